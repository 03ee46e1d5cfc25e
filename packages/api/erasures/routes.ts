import type { Hono } from 'hono'
import { erasureTable } from '#api/erasures/table'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { Database } from '#db/client'
import { type Erasure, eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import type { Clock } from '#platform/clock'
import { forgetDomain } from '#scans/cache/forget-domain'
import type { ScanCache } from '#scans/cache/scan-cache'
import { normaliseDomain } from '#signals/normalise'

export interface ErasureRouteDeps {
  db: Database
  clock: Clock
  newId: () => string
  keyDeps: { pepper: string }
  cache?: ScanCache
}

export function createErasureRoutes(deps: ErasureRouteDeps): Hono<ApiEnv> {
  const { db, clock, newId, cache, keyDeps } = deps
  return mountRoutes(erasureTable, {
    eraseLead: async (c) => {
      const key = createErasureKey(keyDeps.pepper)
      const domain = normaliseDomain(c.req.param('domain'))
      const input = { domain, ...buildAuditContext(c) }
      return withIdempotencyKey<Erasure, Erasure>(c, deps, {
        run: (keep) => eraseLead({ db, clock, newId, key }, input, keep),
        recall: async (erasure) => erasure, // JSON turned its time into text, as in the answer
        answer: async (erasure) => {
          // after the commit: a scan that began before could otherwise cache its answers again
          const cachesCleared = cache === undefined || (await forgetDomain(cache, domain))
          return sendData(c, { ...erasure, cachesCleared }, { message: 'the company is erased' })
        },
      })
    },
  })
}
