/** A limit in this instance's memory: the same sliding window, counted here. */
import type { Clock } from '#platform/clock'
import { countUsed, findFreeTime } from '#redis/free-time'

/** What this instance may grant, so that all instances together stay within the limit. */
interface Share {
  tokens: number
  windowMs: number
}

export interface FallbackAnswer {
  allowed: boolean
  limit: number
  windowMs: number
  remaining: number
  resetAt: Date
  retryAt: Date
}

interface FallbackWindow {
  take(id: string, share: Share): FallbackAnswer
  /**
   * What was decided elsewhere. This instance may then grant what is left of its share, and `left` at the most, less
   * what it owes; and nothing before `freeAtMs`, when the next token comes free there.
   */
  sync(id: string, share: Share, elsewhere: { allowed: boolean; left: number; freeAtMs: number }): void
  /** Takes the tokens granted here and not reported yet; the caller reports them, or returns them with `recordUnreported`. */
  takeUnreported(id: string): number
  recordUnreported(id: string, share: Share, count: number): void
}

/** Where there are fewer tokens than instances, each has one in a longer window. */
export function divideLimit({ tokens, windowMs }: Share, instances: number): Share {
  if (tokens >= instances) return { tokens: Math.floor(tokens / instances), windowMs }
  return { tokens: 1, windowMs: windowMs * Math.ceil(instances / tokens) }
}

interface Count {
  previous: number
  /** What may not be granted any more: it was, here or elsewhere, or others may have taken it meanwhile. */
  current: number
  /** Tokens granted in the current window, here and elsewhere, to callers of this instance. */
  granted: number
  /** Tokens granted here in the current window and not reported to Redis yet. */
  unreported: number
  freeAtMs: number
  endMs: number
  windowMs: number
}

/** Counts are dropped when they count no more, so memory is bounded by the ids that a few windows see. */
export function createFallbackWindow(clock: Clock, sweepEveryMs: number): FallbackWindow {
  const counts = new Map<string, Count>()
  let sweptAtMs = 0
  const nowMs = () => clock.now().getTime()

  const sweep = (now: number) => {
    if (now - sweptAtMs < sweepEveryMs && now >= sweptAtMs) return
    sweptAtMs = now
    for (const [id, { endMs, windowMs }] of counts) if (endMs + windowMs <= now) counts.delete(id)
  }
  const currentCount = (id: string, { tokens, windowMs }: Share): Count => {
    const now = nowMs()
    sweep(now)
    const endMs = (Math.floor(now / windowMs) + 1) * windowMs
    const stored = counts.get(id)
    const isSame = stored?.windowMs === windowMs
    if (isSame && stored.endMs === endMs) return stored
    // one instance may have been granted more than its share, while the shares were not divided
    const previous = isSame && stored.endMs + windowMs === endMs ? Math.min(stored.current, tokens) : 0
    const fresh = {
      previous,
      current: 0,
      granted: 0,
      unreported: 0,
      freeAtMs: isSame ? stored.freeAtMs : 0,
      endMs,
      windowMs,
    }
    counts.set(id, fresh)
    return fresh
  }
  const tokensLeft = (count: Count, tokens: number) => Math.max(0, tokens - countUsed({ ...count, nowMs: nowMs() }))
  return {
    take(id, share) {
      const { tokens: limit, windowMs } = share
      const count = currentCount(id, share)
      const now = nowMs()
      const allowed = now >= count.freeAtMs && tokensLeft(count, limit) > 0
      if (allowed) {
        count.current += 1
        count.unreported += 1
        count.granted += 1
      }
      const freeAtMs = Math.max(count.freeAtMs, findFreeTime({ ...count, nowMs: now, limit }))
      const remaining = allowed ? tokensLeft(count, limit) : 0
      return { allowed, limit, windowMs, remaining, ...computeTimes({ allowed, remaining, freeAtMs, now, windowMs }) }
    },
    sync(id, share, { allowed, left, freeAtMs }) {
      const count = currentCount(id, share)
      if (allowed) count.granted += 1
      const used = countUsed({ ...count, current: 0, nowMs: nowMs() })
      count.current = Math.max(count.granted, share.tokens - used - Math.max(0, left - count.unreported))
      count.freeAtMs = freeAtMs
    },
    takeUnreported(id) {
      const count = counts.get(id)
      if (!count || count.endMs <= nowMs()) return 0
      const { unreported } = count
      count.unreported = 0
      return unreported
    },
    recordUnreported: (id, share, count) => void (currentCount(id, share).unreported += count),
  }
}

interface Decided {
  allowed: boolean
  remaining: number
  freeAtMs: number
  now: number
  windowMs: number
}

/** A caller with no tokens left gets in at `resetAt`, and a refused one at `retryAt`. */
export function computeTimes({ allowed, remaining, freeAtMs, now, windowMs }: Decided): {
  resetAt: Date
  retryAt: Date
} {
  const endMs = (Math.floor(now / windowMs) + 1) * windowMs
  return { resetAt: new Date(remaining > 0 ? endMs : freeAtMs), retryAt: new Date(allowed ? now : freeAtMs) }
}
