/** The HTTPS API: every layer in its order, and where each resource's routes are. */
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { ApiEnv } from '#api/context'
import { crossOrigin } from '#api/cors'
import { answerError, answerNotFound, type ReportError } from '#api/errors'
import type { NewKeyDeps } from '#api/keys'
import { createGate, type GateDeps } from '#api/needs'
import { requestLog, type RequestLogDeps } from '#api/request-log'
import { contractRoutes } from '#api/routes/contract'
import { type HealthDeps, healthRoutes } from '#api/routes/health'
import { keyRoutes } from '#api/routes/keys'
import { leadViewRoutes } from '#api/routes/lead-views'
import { leadRoutes } from '#api/routes/leads'
import { metricRoutes, type MetricsDeps } from '#api/routes/metrics'
import { overrideRoutes } from '#api/routes/provider-overrides'
import { rootRoutes } from '#api/routes/root'
import { scanRoutes, type ScanRouteDeps } from '#api/routes/scan'
import type { Metrics } from '#platform/metrics'

export interface ApiDeps extends ScanRouteDeps, GateDeps, RequestLogDeps, MetricsDeps {
  metrics: Metrics
  keyDeps: NewKeyDeps
  health: HealthDeps
  version: string
  /** Origins whose pages may call: `https://app.example.com`. */
  corsOrigins: readonly string[]
  report: ReportError
}

export function createApp(deps: ApiDeps): Hono<ApiEnv> {
  const needs = createGate(deps)
  const app = new Hono<ApiEnv>()
  app.use(requestLog(deps))
  app.use(guardedHeaders)
  app.use(compress({ encoding: 'gzip' }))
  if (deps.corsOrigins.length > 0) app.use(crossOrigin(deps.corsOrigins))
  app.onError(answerError(deps.report))
  app.notFound(answerNotFound(app))
  app.route('/', rootRoutes(deps))
  app.route('/', contractRoutes(deps))
  app.route('/', healthRoutes(deps.health))
  app.route('/', metricRoutes(deps, needs))
  app.route('/api/v1', scanRoutes(deps, needs))
  app.route('/api/v1', leadRoutes(deps, needs))
  app.route('/api/v1', leadViewRoutes(deps, needs))
  app.route('/api/v1', overrideRoutes(deps, needs))
  app.route('/api/v1', keyRoutes(deps, needs))
  return app
}

/** Answers are data for programs: a browser must not run, frame, keep or guess anything of them. */
const guardedHeaders = createMiddleware<ApiEnv>(async (c, next) => {
  await next()
  // a page brings its own policy, which says what that page alone needs
  const own = c.res.headers.get('Content-Security-Policy')
  await secured(c, async () => undefined)
  if (own !== null) c.res.headers.set('Content-Security-Policy', own)
})

const secured = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  strictTransportSecurity: 'max-age=63072000; includeSubDomains',
})
