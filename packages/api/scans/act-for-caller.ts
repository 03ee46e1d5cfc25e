import type { Context } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { nameGroup } from '#scans/bulk/batch-message'
import { bindToGroup } from '#scans/observe-domain'
import type { ScanDeps } from '#scans/scan-domain'

/** Runs scans in the key's own group, where a key that sends many queues behind its own, and audits them as its own. */
export function actForCaller<Deps extends ScanDeps>(c: Context<ApiEnv>, deps: Deps): Deps {
  return { ...bindToGroup(deps, nameGroup(c.get('key').keyid)), askedBy: buildAuditContext(c) }
}
