/**
 * Owns the HTTPS API: builds the app from its middleware, in order, and its routes. Routes that need a key are loaded
 * by the first request for one.
 */
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { ApiEnv } from '#api/http/context'
import { allowOrigins } from '#api/middleware/cors'
import { createAdmission, type AdmissionDeps } from '#api/middleware/admission'
import { announceDeprecations, resolvePath } from '#api/middleware/deprecations'
import { answerError, answerNotFound, type ReportError } from '#api/http/errors'
import { createLiteralRouter } from '#api/http/literal-router'
import type { LoadRoutes } from '#api/middleware/lazy-routes'
import { refuseConditions } from '#api/http/preconditions'
import { logRequests, type RequestLogDeps } from '#api/middleware/request-log'
import { runWithinBudget } from '#db/budget'
import { createLazyBackupRoutes, createLazyEngineRoutes, createLazyRecordRoutes } from '#api/route-table'
import { createContractRoutes } from '#api/contract/routes'
import { createLiveRoutes } from '#api/health/live'
import { createPageRoutes } from '#api/page/routes'
import { createRootRoutes } from '#api/root/routes'

export interface AppDeps extends RequestLogDeps, AdmissionDeps {
  version: string
  /** Origins whose pages may call the API: `https://app.example.com`. */
  corsOrigins: readonly string[]
  report: ReportError
  /** Total time that a request may wait for the database. */
  databaseBudgetMs: number
  /** Where a build of the page is, in the order to look. */
  pageFolders: readonly URL[]
  loadRecords: LoadRoutes
  loadEngine: LoadRoutes
  loadBackups: LoadRoutes
}

export function createApp(deps: AppDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ getPath: resolvePath, router: createLiteralRouter() })
  app.use(logRequests(deps))
  app.use(announceDeprecations(deps.metrics))
  app.use(setSecurityHeaders)
  app.use(compress({ encoding: 'gzip' }))
  app.use((_c, next) => runWithinBudget(deps.databaseBudgetMs, next))
  const admit = createAdmission(deps)
  // CORS headers come before the limit for other methods, so that a page can read a refusal; the CORS layer answers
  // preflights itself, so their limit comes first
  app.use(createCheck(async (c) => (isOptions(c) ? admit(c) : undefined)))
  if (deps.corsOrigins.length > 0) app.use(allowOrigins(deps.corsOrigins))
  app.use(createCheck(async (c) => (isOptions(c) ? undefined : admit(c))))
  app.use(refuseUnreadable)
  app.use(refuseConditions)
  app.onError(answerError(deps.report))
  app.notFound(answerNotFound(app))
  app.route('/', createRootRoutes(deps))
  app.route('/', createContractRoutes(deps))
  app.route('/', createLiveRoutes())
  app.route('/', createPageRoutes(deps))
  app.route('/', createLazyRecordRoutes(deps.loadRecords))
  app.route('/', createLazyEngineRoutes(deps.loadEngine))
  app.route('/', createLazyBackupRoutes(deps.loadBackups))
  return app
}

const isOptions = (c: Context<ApiEnv>) => c.req.method === 'OPTIONS'

/** Middleware that may throw and leaves the response unchanged. */
function createCheck(check: (c: Context<ApiEnv>) => Promise<void>) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await check(c)
    await next()
  })
}

/**
 * Answers an event that is no valid request. It runs after the middleware that names, logs and protects every answer.
 */
const refuseUnreadable = createMiddleware<ApiEnv>(async (c, next) => {
  const { refusal } = (c.env as ApiEnv['Bindings'] | undefined) ?? {}
  if (refusal) throw refusal
  await next()
})

/** Headers for API answers: no script, no framing, no sniffing. */
const setSecurityHeaders = createMiddleware<ApiEnv>(async (c, next) => {
  await next()
  // an HTML page sets a policy of its own
  const own = c.res.headers.get('Content-Security-Policy')
  await applySecureHeaders(c, async () => undefined)
  if (own !== null) c.res.headers.set('Content-Security-Policy', own)
})

const applySecureHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  strictTransportSecurity: 'max-age=63072000; includeSubDomains',
})
