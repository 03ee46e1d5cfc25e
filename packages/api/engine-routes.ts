/** Routes to what needs the scans' engine. */
import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { joinRoutes } from '#api/middleware/mount-routes'
import { overrideRoutes } from '#api/provider-overrides/routes'
import { rescanRoutes } from '#api/rescans/routes'
import type { EngineResource } from '#api/route-table'
import { type ScanRouteDeps, scanRoutes } from '#api/scans/routes'

export function engineRoutes(deps: ScanRouteDeps): Hono<ApiEnv> {
  return joinRoutes<EngineResource>({
    scans: scanRoutes(deps),
    rescans: rescanRoutes(deps),
    overrides: overrideRoutes(deps),
  })
}
