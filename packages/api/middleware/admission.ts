/**
 * Admission control: counts every request once, before the API does any work for it. The first request that needs a
 * limiter loads it.
 */
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { MetricsAccess } from '#api/health/table'
import type { ApiEnv } from '#api/http/context'
import type { LocalLimit } from '#api/middleware/local-limits'
import { PAGE_PATH } from '#api/page/routes'
import type { Authenticator } from '#api/middleware/authenticate'
import { createKeyCheck, HEALTH_PATHS } from '#api/route-table'
import { createLazy } from '#platform/async/lazy'
import type { Clock } from '#platform/clock'

export interface AdmissionDeps {
  clock: Clock
  loadAuthenticator: () => Promise<Authenticator>
  metricsAccess: MetricsAccess
}

/**
 * Returns a function that counts a request. It throws AppError RATE_LIMITED and, on routes that need a key, the
 * authenticator's errors.
 */
export function createAdmission({
  clock,
  loadAuthenticator,
  metricsAccess,
}: AdmissionDeps): (c: Context<ApiEnv>) => Promise<void> {
  const loadLocalLimits = createLazy(async () =>
    (await import('#api/middleware/local-limits')).createLocalLimits(clock),
  )
  const admitLocally = async (c: Context<ApiEnv>, name: LocalLimit) => (await loadLocalLimits())(c, name)
  const isKeyRoute = createKeyCheck(metricsAccess)
  const needsKey = (c: Context<ApiEnv>) => matchedRoutes(c).some(({ method, path }) => isKeyRoute(method, path))
  return async (c) => {
    if (HEALTH_PATHS.includes(c.req.path)) return admitLocally(c, 'health')
    // its files are in memory, and the requests of the page have the limit of their key
    if (c.req.path.startsWith(PAGE_PATH)) return admitLocally(c, 'page')
    // preflights have a limit of their own, so that they cannot use up the one of the request that follows
    if (c.req.method === 'OPTIONS') return admitLocally(c, 'preflight')
    const authenticator = await loadAuthenticator()
    return needsKey(c) ? authenticator.admitKey(c) : authenticator.admitAddress(c)
  }
}
