/** Routes to what is kept, and to whether it can be reached: all that a request needs that scans nothing. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { Needs } from '#api/middleware/authorise'
import { type KeyRouteDeps, keyRoutes } from '#api/keys/routes'
import { leadViewRoutes } from '#api/routes/lead-views'
import { leadRoutes } from '#api/leads/routes'
import { metricRoutes, type MetricsDeps } from '#api/health/metrics'
import { type ReadinessDeps, readinessRoutes } from '#api/health/readiness'
import type { Database } from '#db/client'

export interface RecordDeps extends MetricsDeps, KeyRouteDeps {
  db: Database
  readiness: ReadinessDeps
}

export function recordRoutes(deps: RecordDeps, needs: Needs): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .route('/', readinessRoutes(deps.readiness))
    .route('/', metricRoutes(deps, needs))
    .route('/api/v1', leadRoutes(deps, needs))
    .route('/api/v1', leadViewRoutes(deps, needs))
    .route('/api/v1', keyRoutes(deps, needs))
}
