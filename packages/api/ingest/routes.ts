import type { Context, Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseBody, parseQuery } from '#api/http/validate'
import type { ListDeps } from '#api/ingest/import-list'
import { domainBody, listQuery } from '#api/ingest/inputs'
import { sendImport } from '#api/ingest/send-import'
import { ingestTable } from '#api/ingest/table'
import { buildScopeError, hasScope } from '#api/middleware/authorise'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { findStall, getImport, type ImportProgress } from '#ingest/imports/import-progress'
import { requestScan, scanImport } from '#ingest/imports/scan-import'
import { ingestDomain, type IngestedDomain } from '#ingest/ingest-domain'
import type { NewKeyDeps } from '#keys/verify-key'
import { AppError } from '#platform/errors'
import { nameGroup } from '#scans/bulk/batch-message'
import { createImportScans } from '#scans/bulk/import-scans'
import { LOST_AFTER_MS } from '#scans/bulk/retry-job'
import type { ScanRouteDeps } from '#api/scans/routes'

export interface IngestRouteDeps extends ScanRouteDeps, Omit<ListDeps, 'scans' | 'queue'> {
  keyDeps: NewKeyDeps
  queue: ScanRouteDeps['queue'] & ListDeps['queue']
}

/** A request or a command that stores a list itself stores 500 rows within seconds, or has died. */
const QUIET_MS = 5 * 60_000

export function createIngestRoutes(routeDeps: IngestRouteDeps): Hono<ApiEnv> {
  const deps = { ...routeDeps, scans: createImportScans(routeDeps) }
  return mountRoutes(ingestTable, {
    ingestDomain: async (c) => {
      const { domain: text, source, fields } = await parseBody(c, domainBody)
      const input = { text, source, fields, ...buildAuditContext(c) }
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

    ingestList: async (c) => {
      const query = parseQuery(c, listQuery)
      const { importList } = await import('#api/ingest/import-list')
      return importList(c, deps, query)
    },

    ingestWebhook: async (c) => {
      const { receiveWebhook } = await import('#api/ingest/receive-webhook')
      return receiveWebhook(c, deps)
    },

    getImport: async (c) => {
      const page = parsePageQuery(c, pageQuery)
      const found = await getReadableImport(c, deps)
      const quietMs = found.upload === null ? QUIET_MS : LOST_AFTER_MS
      const problem = found.problem ?? (await findStall(deps.db, found, new Date(deps.clock.now().getTime() - quietMs)))
      return sendImport(c, deps.db, { ...found, problem }, { page, status: 200 })
    },

    scanImport: async (c) => {
      const { id } = await requireOwnImport(c, deps)
      return withIdempotencyKey<{ id: string }, string>(c, deps, {
        run: async (keep) => {
          await requestScan(deps.db, id, (tx) => keep(tx, { id }))
          return id
        },
        recall: async () => id,
        answer: async () => {
          await scanImport(deps, { importId: id, keyid: c.get('key').keyid, requestId: c.get('requestId') })
          return sendImport(c, deps.db, await getImport(deps.db, id), { status: 202 })
        },
      })
    },
  })
}

/** A key without `read` sees only its own imports; any other id gets SCOPE_MISSING, whether it exists or not. */
async function getReadableImport(c: Context<ApiEnv>, { db }: IngestRouteDeps): Promise<ImportProgress> {
  const key = c.get('key')
  const id = c.req.param('import') ?? ''
  if (hasScope(key, 'read')) return getImport(db, id)
  const found = await getImport(db, id).catch((thrown: unknown) => {
    const isUnknown = thrown instanceof AppError && thrown.code === 'IMPORT_NOT_FOUND'
    throw isUnknown ? buildScopeError('read') : thrown
  })
  if (nameGroup(found.keyid) !== nameGroup(key.keyid)) throw buildScopeError('read')
  return found
}

/** @throws AppError IMPORT_NOT_FOUND, also for other keys' imports */
async function requireOwnImport(c: Context<ApiEnv>, { db }: IngestRouteDeps): Promise<ImportProgress> {
  const key = c.get('key')
  const found = await getImport(db, c.req.param('import') ?? '')
  if (hasScope(key, 'admin') || found.keyid === key.keyid) return found
  throw new AppError('IMPORT_NOT_FOUND', 'this key sent no such list')
}
