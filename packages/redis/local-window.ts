/** A limit in this instance's memory: counts in windows that start at multiples of their length. */
import type { Clock } from '#platform/clock'

export interface LocalWindow {
  take(id: string): { allowed: boolean; limit: number; remaining: number; resetAt: Date }
}

/** Only the current window's counts are kept, so memory is bounded by the ids that one window sees. */
export function createLocalWindow(
  clock: Clock,
  { tokens, windowMs }: { tokens: number; windowMs: number },
): LocalWindow {
  let current = -1
  let counts = new Map<string, number>()
  return {
    take(id) {
      const window = Math.floor(clock.now().getTime() / windowMs)
      if (window !== current) counts = new Map()
      current = window
      const used = counts.get(id) ?? 0
      const allowed = used < tokens
      if (allowed) counts.set(id, used + 1)
      const remaining = allowed ? tokens - used - 1 : 0
      return { allowed, limit: tokens, remaining, resetAt: new Date((window + 1) * windowMs) }
    },
  }
}
