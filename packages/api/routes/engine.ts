/** Routes to what needs the scans' engine. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/context'
import type { Needs } from '#api/needs'
import { overrideRoutes } from '#api/routes/provider-overrides'
import { scanRoutes, type ScanRouteDeps } from '#api/routes/scan'

export function engineRoutes(deps: ScanRouteDeps, needs: Needs): Hono<ApiEnv> {
  return new Hono<ApiEnv>().route('/api/v1', scanRoutes(deps, needs)).route('/api/v1', overrideRoutes(deps, needs))
}
