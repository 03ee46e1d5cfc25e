/** Routes to what is saved, and to whether it can be reached: all that a request needs that scans nothing. */
import type { Hono } from 'hono'
import { alertRoutes } from '#api/alerts/routes'
import { type HealthRouteDeps, healthRoutes } from '#api/health/routes'
import type { ApiEnv } from '#api/http/context'
import { type KeyRouteDeps, keyRoutes } from '#api/keys/routes'
import { leadRoutes } from '#api/leads/routes'
import { joinRoutes } from '#api/middleware/mount-routes'
import type { RecordResource } from '#api/route-table'
import type { Database } from '#db/client'

export interface RecordDeps extends HealthRouteDeps, KeyRouteDeps {
  db: Database
}

export function recordRoutes(deps: RecordDeps): Hono<ApiEnv> {
  return joinRoutes<RecordResource>({
    health: healthRoutes(deps),
    leads: leadRoutes(deps),
    alerts: alertRoutes(deps),
    keys: keyRoutes(deps),
  })
}
