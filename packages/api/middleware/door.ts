/**
 * What every request passes, whatever it asks for: it is counted here, once, before anything is done for it. The gate's code
 * is loaded by the first request that does not ask for the process alone.
 */
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { ApiEnv } from '#api/http/context'
import type { Gate } from '#api/middleware/gate'
import { announce } from '#api/middleware/rate-limit-headers'
import { asksForKey } from '#api/route-table'
import type { Clock } from '#platform/clock'
import { createLocalWindow } from '#redis/fallback-window'

export interface DoorDeps {
  clock: Clock
  loadGate: () => Promise<Gate>
  /** `open`: for everybody, which is for a machine of one's own. */
  metricsAccess: 'open' | 'key'
}

/**
 * Room for a monitor or a page behind an address whose strangers have used up its limit: counted apart, in the memory of
 * each instance, since these answers must not wait for Redis and cost next to nothing.
 */
const APART = { tokens: 600, windowMs: 60_000 }
const HEALTH = ['/healthz/live', '/healthz/ready', '/healthz/startup']

/** @returns what counts a request. It throws AppError RATE_LIMITED, and the gate's errors where a key is asked for. */
export function createDoor({ clock, loadGate, metricsAccess }: DoorDeps): (c: Context<ApiEnv>) => Promise<void> {
  const apart = createLocalWindow(clock, APART.windowMs)
  const admitApart = async (c: Context<ApiEnv>, name: 'health' | 'preflight') => {
    const { sourceOf } = await import('#api/middleware/source-ip')
    announce(c, clock, { name, ...apart.take(`${name}:${sourceOf(c)}`, APART), degraded: false })
  }
  const isGated = (c: Context<ApiEnv>) =>
    matchedRoutes(c).some(({ method, path }) => method !== 'ALL' && asksForKey(path, metricsAccess))
  return async (c) => {
    if (HEALTH.includes(c.req.path)) return admitApart(c, 'health')
    // a browser's question before the request with the key, which it must not keep from that
    if (c.req.method === 'OPTIONS') return admitApart(c, 'preflight')
    const gate = await loadGate()
    return isGated(c) ? gate.admitKey(c) : gate.admitAddress(c)
  }
}
