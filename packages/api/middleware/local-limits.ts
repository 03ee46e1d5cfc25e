/** Rate limits in this instance's memory, for cheap answers that must not wait for Redis. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { enforceLimit } from '#api/middleware/rate-limit-headers'
import { getClientAddress } from '#api/middleware/client-address'
import type { Clock } from '#platform/clock'
import { createFallbackWindow } from '#redis/fallback-window'

/**
 * Separate from the address's limit, so that a monitor still works when others behind its address have used that up.
 */
const LIMIT = { tokens: 600, windowMs: 60_000 }

export type LocalLimit = 'health' | 'preflight' | 'page'

/** Returns a function that counts a request by its address. It throws AppError RATE_LIMITED. */
export function createLocalLimits(clock: Clock): (c: Context<ApiEnv>, name: LocalLimit) => void {
  const window = createFallbackWindow(clock, LIMIT.windowMs)
  return (c, name) =>
    enforceLimit(c, clock, { name, ...window.take(`${name}:${getClientAddress(c)}`, LIMIT), degraded: false })
}
