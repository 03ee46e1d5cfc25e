/**
 * What every request passes, whatever it asks for: it is counted here, once, before anything is done for it. Each way
 * of counting is loaded by the first request that needs it.
 */
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { MetricsAccess } from '#api/health/table'
import type { ApiEnv } from '#api/http/context'
import type { Gate } from '#api/middleware/gate'
import { createKeyCheck, HEALTH_PATHS } from '#api/route-table'
import { createLazy } from '#platform/async/lazy'
import type { Clock } from '#platform/clock'

export interface DoorDeps {
  clock: Clock
  loadGate: () => Promise<Gate>
  metricsAccess: MetricsAccess
}

/** @returns what counts a request. It throws AppError RATE_LIMITED, and the gate's errors where a key is asked for. */
export function createDoor({ clock, loadGate, metricsAccess }: DoorDeps): (c: Context<ApiEnv>) => Promise<void> {
  const loadApart = createLazy(async () => (await import('#api/middleware/apart')).createApart(clock))
  const admitApart = async (c: Context<ApiEnv>, name: 'health' | 'preflight') => (await loadApart())(c, name)
  const asksForKey = createKeyCheck(metricsAccess)
  const isGated = (c: Context<ApiEnv>) => matchedRoutes(c).some(({ method, path }) => asksForKey(method, path))
  return async (c) => {
    if (HEALTH_PATHS.includes(c.req.path)) return admitApart(c, 'health')
    // a browser's question before the request with the key, which it must not keep from that
    if (c.req.method === 'OPTIONS') return admitApart(c, 'preflight')
    const gate = await loadGate()
    return isGated(c) ? gate.admitKey(c) : gate.admitAddress(c)
  }
}
