/** A limit in this instance's memory: counts in windows that start at multiples of their length. */
import type { Clock } from '#platform/clock'

/** What this instance may grant, so that all instances together stay within the limit. */
export interface Share {
  tokens: number
  windowMs: number
}

export interface LocalWindow {
  take(id: string, share: Share): { allowed: boolean; limit: number; remaining: number; resetAt: Date }
  /** Counts what was granted elsewhere. */
  note(id: string, share: Share): void
  /** Nothing more in this window: elsewhere it was refused. */
  fill(id: string, share: Share): void
  /** How many were granted here of which nobody else knows; the caller tells them, or gives them back with `owe`. */
  collectDebt(id: string, share: Share): number
  owe(id: string, share: Share, count: number): void
}

/** Where there are fewer tokens than instances, each has one in a longer window. */
export function shareOf({ tokens, windowMs }: Share, instances: number): Share {
  if (tokens >= instances) return { tokens: Math.floor(tokens / instances), windowMs }
  return { tokens: 1, windowMs: windowMs * Math.ceil(instances / tokens) }
}

interface Count {
  used: number
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
  const countOf = (id: string, windowMs: number): Count => {
    const nowMs = clock.now().getTime()
    sweep(nowMs)
    const endMs = (Math.floor(nowMs / windowMs) + 1) * windowMs
    const kept = counts.get(id)
    if (kept?.endMs === endMs) return kept
    const fresh = { used: 0, owed: 0, endMs }
    counts.set(id, fresh)
    return fresh
  }
  return {
    take(id, { tokens, windowMs }) {
      const count = countOf(id, windowMs)
      const allowed = count.used < tokens
      if (allowed) count.used += 1
      if (allowed) count.owed += 1
      return { allowed, limit: tokens, remaining: Math.max(0, tokens - count.used), resetAt: new Date(count.endMs) }
    },
    note: (id, { windowMs }) => void (countOf(id, windowMs).used += 1),
    fill(id, { tokens, windowMs }) {
      const count = countOf(id, windowMs)
      count.used = Math.max(count.used, tokens)
    },
    collectDebt(id, { windowMs }) {
      const count = countOf(id, windowMs)
      const { owed } = count
      count.owed = 0
      return owed
    },
    owe: (id, { windowMs }, owed) => void (countOf(id, windowMs).owed += owed),
  }
}
