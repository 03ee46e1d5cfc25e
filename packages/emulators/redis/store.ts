/** Holds keys and values in memory. An expired key does not exist for any reader, swept or not. */
import type { Clock } from '#platform/clock'
import { RedisError } from '#emulators/redis/reply'

export type Hash = Map<string, string>

interface Entry {
  value: string | Hash
  /** Milliseconds since the epoch; `null`: never. */
  expiresAtMs: number | null
}

export class Store {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  #changes = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Grows with every change: two equal readings mean that nothing was written in between. */
  get changes(): number {
    return this.#changes
  }

  nowMs(): number {
    return this.#clock.now().getTime()
  }

  entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (!entry || !this.#isPast(entry)) return entry
    this.delete(key)
    return undefined
  }

  /** @throws RedisError WRONGTYPE when the key holds a hash. */
  text(key: string): string | undefined {
    const value = this.entry(key)?.value
    if (value instanceof Map) throw wrongType()
    return value
  }

  /** @throws RedisError WRONGTYPE when the key holds a text. */
  hash(key: string): Hash | undefined {
    const value = this.entry(key)?.value
    if (typeof value === 'string') throw wrongType()
    return value
  }

  set(key: string, value: string | Hash, expiresAtMs: number | null): void {
    this.#entries.set(key, { value, expiresAtMs })
    this.touch()
  }

  expireAt(key: string, expiresAtMs: number | null): void {
    const entry = this.entry(key)
    if (!entry) return
    entry.expiresAtMs = expiresAtMs
    this.touch()
  }

  delete(key: string): boolean {
    const had = this.#entries.delete(key)
    if (had) this.touch()
    return had
  }

  clear(): void {
    this.#entries.clear()
    this.touch()
  }

  /** Records that a value was changed in place. */
  touch(): void {
    this.#changes += 1
  }

  /** Drops expired keys, so that keys without readers do not accumulate. */
  sweep(): void {
    for (const [key, entry] of this.#entries) if (this.#isPast(entry)) this.delete(key)
  }

  /** Returns unexpired keys, in the order of their first write. */
  living(): [key: string, entry: Entry][] {
    return [...this.#entries].filter(([, entry]) => !this.#isPast(entry))
  }

  #isPast(entry: Entry): boolean {
    return entry.expiresAtMs !== null && entry.expiresAtMs <= this.nowMs()
  }
}

function wrongType(): RedisError {
  return new RedisError('WRONGTYPE Operation against a key holding the wrong kind of value')
}
