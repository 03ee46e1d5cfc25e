/** Remembers blocked callers and until when, so that a caller known to be over its limit costs no round trip. */
import type { Clock } from '#platform/clock'

/** Ids kept at once; the oldest go first. A forgotten block costs one round trip, nothing more. */
const IDS_MAX = 10_000

interface BlockCache {
  /** `untilMs`: the first millisecond since the epoch at which the id may ask again. */
  block(id: string, untilMs: number): void
  /** `undefined`: it may ask. */
  blockedUntil(id: string): number | undefined
}

export function createBlockCache(clock: Clock): BlockCache {
  const ids = new Map<string, number>()
  return {
    block(id, untilMs) {
      const [oldest] = ids.keys()
      if (ids.size >= IDS_MAX && oldest !== undefined) ids.delete(oldest)
      ids.delete(id) // so that it counts as the newest
      ids.set(id, untilMs)
    },
    blockedUntil(id) {
      const untilMs = ids.get(id) ?? 0
      return untilMs > clock.now().getTime() ? untilMs : undefined
    },
  }
}
