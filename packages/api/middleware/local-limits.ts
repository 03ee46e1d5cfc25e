/** Limits in this instance's memory, for answers that must not wait for Redis and cost next to nothing. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { enforceLimit } from '#api/middleware/rate-limit-headers'
import { getClientAddress } from '#api/middleware/client-address'
import type { Clock } from '#platform/clock'
import { createFallbackWindow } from '#redis/fallback-window'

/** Room for a monitor or a page behind an address whose strangers have used up its limit. */
const LIMIT = { tokens: 600, windowMs: 60_000 }

/** @returns what counts a request by its address. It throws AppError RATE_LIMITED. */
export function createLocalLimits(clock: Clock): (c: Context<ApiEnv>, name: 'health' | 'preflight') => void {
  const window = createFallbackWindow(clock, LIMIT.windowMs)
  return (c, name) =>
    enforceLimit(c, clock, { name, ...window.take(`${name}:${getClientAddress(c)}`, LIMIT), degraded: false })
}
