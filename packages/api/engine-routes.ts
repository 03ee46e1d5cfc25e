/** Routes to what needs the scans' engine. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { Needs } from '#api/middleware/authorise'
import { overrideRoutes } from '#api/provider-overrides/routes'
import { scanRoutes, type ScanRouteDeps } from '#api/scans/routes'

export function engineRoutes(deps: ScanRouteDeps, needs: Needs): Hono<ApiEnv> {
  return new Hono<ApiEnv>().route('/api/v1', scanRoutes(deps, needs)).route('/api/v1', overrideRoutes(deps, needs))
}
