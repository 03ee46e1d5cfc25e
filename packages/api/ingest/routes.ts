import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parseBody } from '#api/http/validate'
import { domainBody } from '#api/ingest/inputs'
import { ingestTable } from '#api/ingest/table'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { Database } from '#db/client'
import { ingestDomain, type IngestedDomain } from '#ingest/ingest-domain'
import type { Clock } from '#platform/clock'

interface IngestRouteDeps {
  db: Database
  clock: Clock
  newId: () => string
}

export function createIngestRoutes(deps: IngestRouteDeps): Hono<ApiEnv> {
  return mountRoutes(ingestTable, {
    ingestDomain: async (c) => {
      const { domain: text, source, fields } = await parseBody(c, domainBody)
      const input = { text, source, fields, actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') }
      return withIdempotencyKey<IngestedDomain, IngestedDomain>(c, deps, {
        run: (keep) => ingestDomain(deps, input, keep),
        recall: async (ingested) => ingested,
        answer: async (ingested) =>
          sendData(c, ingested, {
            message: `${ingested.domain} ${ingested.created ? 'created' : 'known'}`,
            status: 201,
          }),
      })
    },
  })
}
