/** Limits in this instance's memory, for answers that must not wait for Redis and cost next to nothing. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { announce } from '#api/middleware/rate-limit-headers'
import { sourceOf } from '#api/middleware/source-ip'
import type { Clock } from '#platform/clock'
import { createLocalWindow } from '#redis/fallback-window'

/** Room for a monitor or a page behind an address whose strangers have used up its limit. */
const ROOM = { tokens: 600, windowMs: 60_000 }

/** @returns what counts a request by its address. It throws AppError RATE_LIMITED. */
export function createApart(clock: Clock): (c: Context<ApiEnv>, name: 'health' | 'preflight') => void {
  const window = createLocalWindow(clock, ROOM.windowMs)
  return (c, name) => announce(c, clock, { name, ...window.take(`${name}:${sourceOf(c)}`, ROOM), degraded: false })
}
