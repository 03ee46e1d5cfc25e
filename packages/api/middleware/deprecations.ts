/**
 * The two path families, and what is deprecated in them. Every operation below `/api/v1` also answers on the path
 * without that prefix. The router sees the versioned path alone, so both share one handler, one limit and one metric.
 */
import { createMiddleware } from 'hono/factory'
import { getPath } from 'hono/utils/url'
import type { ApiEnv } from '#api/http/context'
import { splitRoute } from '#api/http/route'
import { TABLES } from '#api/route-table'
import type { Metrics } from '#platform/metrics/metrics'

const PREFIX = '/api/v1'

/** Since when the paths without the prefix and the retired features are deprecated. */
const DEPRECATED_AT = new Date('2026-11-29T00:00:00Z')
/** Six months later, by the policy in docs/api.md: until then they answer. */
const SUNSET_AT = new Date('2027-05-29T00:00:00Z')

/** First segments below the prefix: `leads`, `scan` … Service paths such as `/docs` and `/healthz` are not among them. */
const RESOURCES = new Set(
  Object.values(TABLES)
    .flatMap((table) => Object.values(table))
    .map(({ route }) => splitRoute(route).path)
    .filter((path) => path.startsWith(`${PREFIX}/`))
    .map((path) => path.split('/')[3]),
)

/** Returns the path that the router matches: `/leads` becomes `/api/v1/leads`. */
export function resolvePath(request: Request): string {
  const path = getPath(request)
  return RESOURCES.has(path.split('/', 2)[1]) ? `${PREFIX}${path}` : path
}

/** Sets the headers of RFC 9745 and RFC 8594 and counts the call, whatever the answer. */
export function announceDeprecations(metrics: Metrics) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const isLegacyPath = c.req.path !== getPath(c.req.raw)
    c.set('isLegacyPath', isLegacyPath)
    await next()
    const retired = c.get('retired')
    if (retired) metrics.count('hunter_deprecated_calls_total', { feature: retired.feature })
    const isKnown = c.get('errorCode') !== 'ROUTE_NOT_FOUND'
    if (isLegacyPath && isKnown && c.req.method !== 'OPTIONS') {
      metrics.count('hunter_deprecated_calls_total', { feature: 'legacy-path' })
    }
    if (!retired && !(isLegacyPath && isKnown)) return
    const successor = retired?.successor ?? `${PREFIX}${new URL(c.req.url).pathname}`
    c.header('Deprecation', `@${DEPRECATED_AT.getTime() / 1_000}`)
    c.header('Sunset', SUNSET_AT.toUTCString())
    c.header('Link', `<${successor}>; rel="successor-version"`, { append: true })
  })
}
