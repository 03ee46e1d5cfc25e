/** Commands on texts and counters. */
import {
  type Command,
  type Commands,
  addIntegers,
  getArgument,
  parsePairs,
  readInteger,
} from '#emulators/redis/command'
import { OK } from '#emulators/redis/reply'
import { set } from '#emulators/redis/set'
import type { Store } from '#emulators/redis/store'

const setWithExpiry = (option: 'EX' | 'PX'): Command => ({
  arity: 4,
  run: (store, args) => set.run(store, [getArgument(args, 0), getArgument(args, 2), option, getArgument(args, 1)]),
})

const count = (arity: 2 | 3, sign: 1n | -1n): Command => ({
  arity,
  run: (store, args) => increment(store, getArgument(args, 0), sign * (arity === 2 ? 1n : readInteger(args[1]))),
})

/** Stores the exact value; the reply is a JSON number, exact up to 2^53. */
function increment(store: Store, key: string, by: bigint): number {
  const sum = addIntegers(readInteger(store.text(key) ?? '0'), by)
  store.set(key, sum, store.entry(key)?.expiresAtMs ?? null)
  return Number(sum)
}

function textOrNull(store: Store, key: string): string | null {
  const value = store.entry(key)?.value
  return typeof value === 'string' ? value : null
}

export const stringCommands: Commands = {
  set,
  setex: setWithExpiry('EX'),
  psetex: setWithExpiry('PX'),
  get: { arity: 2, run: (store, args) => store.text(getArgument(args, 0)) ?? null },
  mget: { arity: -2, run: (store, args) => args.map((key) => textOrNull(store, key)) },
  mset: {
    arity: -3,
    run(store, args) {
      for (const [key, value] of parsePairs(args, 'mset')) store.set(key, value, null)
      return OK
    },
  },
  incr: count(2, 1n),
  incrby: count(3, 1n),
  decr: count(2, -1n),
  decrby: count(3, -1n),
}
