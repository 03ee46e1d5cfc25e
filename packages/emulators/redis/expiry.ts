/** Implements TTLs: the commands that set and read them. */
import { type Command, type Commands, getArgument, readInteger } from '#emulators/redis/command'
import { RedisError } from '#emulators/redis/reply'
import type { Store } from '#emulators/redis/store'

/** How an option or a command counts: relative or since the epoch, in seconds or milliseconds. */
export interface TimeUnit {
  unitMs: number
  from: 'now' | 'epoch'
}

/** Returns milliseconds since the epoch. @throws RedisError for a time that no date can hold. */
export function toEpochMs(store: Store, amount: bigint, { unitMs, from }: TimeUnit, command: string): number {
  const ms = Number(amount) * unitMs + (from === 'now' ? store.nowMs() : 0)
  if (!Number.isSafeInteger(ms)) throw new RedisError(`ERR invalid expire time in '${command}' command`)
  return ms
}

const expire = (name: string, unit: TimeUnit): Command => ({
  arity: 3,
  run(store, args) {
    const [key, at] = [getArgument(args, 0), toEpochMs(store, readInteger(args[1]), unit, name)]
    if (!store.entry(key)) return 0
    if (at <= store.nowMs()) store.delete(key)
    else store.expireAt(key, at)
    return 1
  },
})

const timeToLive = (unitMs: number): Command => ({
  arity: 2,
  run(store, args) {
    const entry = store.entry(getArgument(args, 0))
    if (!entry) return -2
    if (entry.expiresAtMs === null) return -1
    return Math.round((entry.expiresAtMs - store.nowMs()) / unitMs)
  },
})

export const expiryCommands: Commands = {
  expire: expire('expire', { unitMs: 1_000, from: 'now' }),
  pexpire: expire('pexpire', { unitMs: 1, from: 'now' }),
  expireat: expire('expireat', { unitMs: 1_000, from: 'epoch' }),
  pexpireat: expire('pexpireat', { unitMs: 1, from: 'epoch' }),
  ttl: timeToLive(1_000),
  pttl: timeToLive(1),
  persist: {
    arity: 2,
    run(store, args) {
      const key = getArgument(args, 0)
      if (typeof store.entry(key)?.expiresAtMs !== 'number') return 0
      store.expireAt(key, null)
      return 1
    },
  },
}
