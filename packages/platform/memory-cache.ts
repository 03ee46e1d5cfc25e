/** Answers kept in this process: bounded, each for a time, and never longer than what it was made from. */
import type { Clock } from '#platform/clock'

export interface MemoryKind {
  /** First part of the key: `provider` in `provider:v1:google.com`. */
  name: string
  /** Raise it when the meaning of the entries changes: it is part of the key. */
  version: number
  ttlMs: number
}

export interface Remembered<T> {
  value: T
  /** Milliseconds since the epoch at which it ends. */
  untilMs: number
}

export interface MemoryCache {
  /** What is kept under the key, else what `make` gives; that is kept until `untilMs` at most. */
  remember<T>(kind: MemoryKind, id: string, make: () => T, untilMs?: number): Remembered<T>
}

export interface MemoryCacheDeps {
  clock: Clock
  /** The one that was not used for the longest time goes first. */
  entriesMax: number
  count?: (kind: string, outcome: 'hit' | 'miss') => void
}

export function createMemoryCache({ clock, entriesMax, count = () => undefined }: MemoryCacheDeps): MemoryCache {
  const entries = new Map<string, Remembered<unknown> & { sinceMs: number }>()
  return {
    remember<T>({ name, version, ttlMs }: MemoryKind, id: string, make: () => T, untilMs = Infinity) {
      const key = `${name}:v${version}:${id}`
      const nowMs = clock.now().getTime()
      const kept = entries.get(key)
      entries.delete(key) // so that what is put back counts as the newest
      // a clock that was set back must not lengthen a life
      if (kept && kept.sinceMs <= nowMs && nowMs < kept.untilMs) {
        entries.set(key, kept)
        count(name, 'hit')
        return { value: kept.value as T, untilMs: kept.untilMs }
      }
      count(name, 'miss')
      const made = { value: make(), untilMs: Math.min(nowMs + ttlMs, untilMs) }
      if (made.untilMs <= nowMs) return made
      const [oldest] = entries.keys()
      if (entries.size >= entriesMax && oldest !== undefined) entries.delete(oldest)
      entries.set(key, { ...made, sinceMs: nowMs })
      return made
    },
  }
}
