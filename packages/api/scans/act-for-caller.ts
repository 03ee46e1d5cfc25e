import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { nameGroup } from '#scans/bulk/batch-message'
import { actFor } from '#scans/observe-domain'
import type { ScanDeps } from '#scans/scan-domain'

/** A key that sends many scans at once waits behind its own. */
export function actForCaller<Deps extends ScanDeps>(c: Context<ApiEnv>, deps: Deps): Deps {
  return actFor(deps, nameGroup(c.get('key').keyid))
}
