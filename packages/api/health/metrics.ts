import { Hono, type MiddlewareHandler } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { Needs } from '#api/middleware/authorise'
import { PROMETHEUS_TYPE } from '#platform/metrics/prometheus'

export interface MetricsDeps {
  /** The counts in Prometheus's text format. Never throws. */
  metricsText: () => Promise<string>
  /** `open`: for everybody, which is for a machine of one's own. */
  metricsAccess: 'open' | 'key'
}

export function metricRoutes({ metricsText, metricsAccess }: MetricsDeps, needs: Needs): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  const asked: MiddlewareHandler<ApiEnv> = metricsAccess === 'open' ? (_, next) => next() : needs('read')

  routes.get('/healthz/metrics', asked, async (c) =>
    c.text(await metricsText(), 200, { 'Content-Type': PROMETHEUS_TYPE, 'Cache-Control': 'no-store' }),
  )

  return routes
}
