/** The outermost middleware: gives the request its id and logs one line for it. */
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { ApiEnv } from '#api/http/context'
import type { Clock } from '#platform/clock'
import type { ErrorCode } from '#platform/errors'
import type { Log } from '#platform/log'
import type { LabelsOf } from '#platform/metrics/metric-table'
import type { Metrics } from '#platform/metrics/metrics'

export interface RequestLogDeps {
  log: Log
  clock: Clock
  newId: () => string
  metrics: Metrics
}

const SANE_ID = /^[A-Za-z0-9._-]{1,128}$/
const SECURITY_CODES = new Set<ErrorCode | undefined>([
  'KEY_INVALID',
  'SIGNATURE_INVALID',
  'SCOPE_MISSING',
  'CSRF_REFUSED',
  'RATE_LIMITED',
])

export function logRequests({ log, clock, newId, metrics }: RequestLogDeps) {
  let coldStart = true
  return createMiddleware<ApiEnv>(async (c, next) => {
    const startedMs = performance.now()
    const given = c.req.header('X-Request-Id')
    const requestId = given !== undefined && SANE_ID.test(given) ? given : newId()
    c.set('requestId', requestId)
    c.set('clock', clock)
    c.set('log', log.with({ request_id: requestId }))
    c.header('X-Request-Id', requestId)
    await next()
    metrics.count('hunter_requests_total', { class: getStatusClass(c.res.status) })
    const code = c.get('errorCode') as ErrorCode | undefined
    c.get('log').info('request', {
      method: c.req.method,
      route: findRoutePattern(matchedRoutes(c)),
      status: c.res.status,
      code: code ?? 'OK',
      duration_ms: Math.round((performance.now() - startedMs) * 100) / 100,
      key: (c.get('key') as ApiEnv['Variables']['key'] | undefined)?.keyid,
      cold_start: coldStart,
      ...(c.get('isLegacyPath') ? { legacy_path: true } : {}),
      ...(SECURITY_CODES.has(code) ? { security: true } : {}),
    })
    coldStart = false
  })
}

function getStatusClass(status: number): LabelsOf<'hunter_requests_total'>['class'] {
  if (status >= 500) return '5xx'
  if (status >= 400) return '4xx'
  return status >= 300 ? '3xx' : '2xx'
}

/**
 * Returns the pattern, not the path: paths contain data, and are too many to group by. The first match answers:
 * `/leads/export` also fits `/leads/:domain`.
 */
function findRoutePattern(routes: { path: string; method: string }[]): string {
  return routes.find(({ method }) => method !== 'ALL')?.path ?? 'none'
}
