/** Commands on hashes. A hash without fields does not exist as a key. */
import { type Commands, addIntegers, getArgument, parsePairs, readInteger } from '#emulators/redis/command'
import type { Hash, Store } from '#emulators/redis/store'

function hashToWrite(store: Store, key: string): Hash {
  const existing = store.hash(key)
  if (existing) return existing
  const hash: Hash = new Map()
  store.set(key, hash, null)
  return hash
}

function setField(store: Store, hash: Hash, field: string, value: string): number {
  const added = hash.has(field) ? 0 : 1
  hash.set(field, value)
  store.touch()
  return added
}

function removeFields(store: Store, key: string, fields: string[]): number {
  const hash = store.hash(key)
  if (!hash) return 0
  const removed = fields.filter((field) => hash.delete(field)).length
  if (removed > 0) store.touch()
  if (hash.size === 0) store.delete(key)
  return removed
}

export const hashCommands: Commands = {
  hset: {
    arity: -4,
    run(store, [key = '', ...rest]) {
      const pairs = parsePairs(rest, 'hset')
      const hash = hashToWrite(store, key)
      return pairs.reduce((added, [field, value]) => added + setField(store, hash, field, value), 0)
    },
  },
  hget: { arity: 3, run: (store, args) => store.hash(getArgument(args, 0))?.get(getArgument(args, 1)) ?? null },
  hmget: {
    arity: -3,
    run(store, [key = '', ...fields]) {
      const hash = store.hash(key)
      return fields.map((field) => hash?.get(field) ?? null)
    },
  },
  hgetall: { arity: 2, run: (store, args) => [...(store.hash(getArgument(args, 0)) ?? [])].flat() },
  hdel: { arity: -3, run: (store, [key = '', ...fields]) => removeFields(store, key, fields) },
  hincrby: {
    arity: 4,
    run(store, args) {
      const [key, field, by] = [getArgument(args, 0), getArgument(args, 1), readInteger(args[2])]
      const old = readInteger(store.hash(key)?.get(field) ?? '0', 'ERR hash value is not an integer')
      const sum = addIntegers(old, by)
      setField(store, hashToWrite(store, key), field, sum)
      return Number(sum)
    },
  },
}
