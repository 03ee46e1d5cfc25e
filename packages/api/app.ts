/** The HTTPS API: every layer in its order, and the first routes. What stands behind a key is loaded when it is asked for. */
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { ApiEnv } from '#api/http/context'
import { allowOrigins } from '#api/middleware/cors'
import { createAdmission, type AdmissionDeps } from '#api/middleware/admission'
import { answerError, answerNotFound, type ReportError } from '#api/http/errors'
import type { LoadRoutes } from '#api/middleware/lazy-routes'
import { refuseConditions } from '#api/http/preconditions'
import { logRequests, type RequestLogDeps } from '#api/middleware/request-log'
import { runWithinBudget } from '#db/budget'
import { createLazyEngineRoutes, createLazyRecordRoutes } from '#api/route-table'
import { createContractRoutes } from '#api/contract/routes'
import { createLiveRoutes } from '#api/health/live'
import { createRootRoutes } from '#api/root/routes'

export interface AppDeps extends RequestLogDeps, AdmissionDeps {
  version: string
  /** Origins whose pages may call: `https://app.example.com`. */
  corsOrigins: readonly string[]
  report: ReportError
  /** How long a request may wait for the database in all. */
  databaseBudgetMs: number
  loadRecords: LoadRoutes
  loadEngine: LoadRoutes
}

export function createApp(deps: AppDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use(logRequests(deps))
  app.use(setSecurityHeaders)
  app.use(compress({ encoding: 'gzip' }))
  app.use((_c, next) => runWithinBudget(deps.databaseBudgetMs, next))
  const admit = createAdmission(deps)
  // a page must be able to read a refusal; a preflight is answered by the layer that lets it
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
  app.route('/', createLazyRecordRoutes(deps.loadRecords))
  app.route('/', createLazyEngineRoutes(deps.loadEngine))
  return app
}

const isOptions = (c: Context<ApiEnv>) => c.req.method === 'OPTIONS'

/** A layer that may refuse, and adds nothing to an answer. */
function createCheck(check: (c: Context<ApiEnv>) => Promise<void>) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await check(c)
    await next()
  })
}

/** An event of which no request can be made is answered here, behind the layers that name, log and guard an answer. */
const refuseUnreadable = createMiddleware<ApiEnv>(async (c, next) => {
  const { refusal } = (c.env as ApiEnv['Bindings'] | undefined) ?? {}
  if (refusal) throw refusal
  await next()
})

/** Answers are data for programs: a browser must not run, frame, keep or guess anything of them. */
const setSecurityHeaders = createMiddleware<ApiEnv>(async (c, next) => {
  await next()
  // a page brings its own policy, which says what that page alone needs
  const own = c.res.headers.get('Content-Security-Policy')
  await applySecureHeaders(c, async () => undefined)
  if (own !== null) c.res.headers.set('Content-Security-Policy', own)
})

const applySecureHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  strictTransportSecurity: 'max-age=63072000; includeSubDomains',
})
