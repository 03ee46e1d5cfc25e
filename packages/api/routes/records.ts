/** Routes to what is kept, and to whether it can be reached: all that a request needs that scans nothing. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/context'
import type { NewKeyDeps } from '#api/keys'
import type { Needs } from '#api/needs'
import { keyRoutes } from '#api/routes/keys'
import { leadViewRoutes } from '#api/routes/lead-views'
import { leadRoutes } from '#api/routes/leads'
import { metricRoutes, type MetricsDeps } from '#api/routes/metrics'
import { type ReadinessDeps, readinessRoutes } from '#api/routes/readiness'
import type { Database } from '#db/client'

export interface RecordDeps extends MetricsDeps {
  db: Database
  keyDeps: NewKeyDeps
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
