/** A limit in this instance's memory: counts in windows that start at multiples of their length. */
import type { Clock } from '#platform/clock'

/** What this instance may grant, so that all instances together stay within the limit. */
export interface Share {
  tokens: number
  windowMs: number
}

export interface LocalWindow {
  take(id: string, share: Share): { allowed: boolean; limit: number; remaining: number; resetAt: Date }
  /**
   * What was decided elsewhere: until its window ends this instance may grant what is left of its share, and `left` at
   * the most, less what it owes.
   */
  learn(id: string, share: Share, elsewhere: { allowed: boolean; left: number }): void
  /** How many were granted here of which nobody else knows; the caller tells them, or gives them back with `owe`. */
  collectDebt(id: string): number
  owe(id: string, share: Share, count: number): void
}

/** Where there are fewer tokens than instances, each has one in a longer window. */
export function shareOf({ tokens, windowMs }: Share, instances: number): Share {
  if (tokens >= instances) return { tokens: Math.floor(tokens / instances), windowMs }
  return { tokens: 1, windowMs: windowMs * Math.ceil(instances / tokens) }
}

interface Count {
  /** Here and elsewhere, to callers of this instance. */
  granted: number
  /** May still be granted here. */
  left: number
  /** Granted here, and told to nobody. */
  owed: number
  endMs: number
}

/** Counts are dropped when their window has ended, so memory is bounded by the ids that a window or two see. */
export function createLocalWindow(clock: Clock, sweepEveryMs: number): LocalWindow {
  const counts = new Map<string, Count>()
  let sweptAtMs = 0

  const sweep = (nowMs: number) => {
    if (nowMs - sweptAtMs < sweepEveryMs && nowMs >= sweptAtMs) return
    sweptAtMs = nowMs
    for (const [id, { endMs }] of counts) if (endMs <= nowMs) counts.delete(id)
  }
  const countOf = (id: string, { tokens, windowMs }: Share): Count => {
    const nowMs = clock.now().getTime()
    sweep(nowMs)
    const endMs = (Math.floor(nowMs / windowMs) + 1) * windowMs
    const kept = counts.get(id)
    if (kept?.endMs === endMs) return kept
    const fresh = { granted: 0, left: tokens, owed: 0, endMs }
    counts.set(id, fresh)
    return fresh
  }
  return {
    take(id, share) {
      const count = countOf(id, share)
      const allowed = count.left > 0
      if (allowed) {
        count.left -= 1
        count.owed += 1
        count.granted += 1
      }
      return { allowed, limit: share.tokens, remaining: count.left, resetAt: new Date(count.endMs) }
    },
    learn(id, share, { allowed, left }) {
      const count = countOf(id, share)
      if (allowed) count.granted += 1
      count.left = Math.max(0, Math.min(share.tokens - count.granted, left - count.owed))
    },
    collectDebt(id) {
      const count = counts.get(id)
      if (!count || count.endMs <= clock.now().getTime()) return 0
      const { owed } = count
      count.owed = 0
      return owed
    },
    owe: (id, share, owed) => void (countOf(id, share).owed += owed),
  }
}
