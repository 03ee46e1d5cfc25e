/** Commands on keys of any type and on the whole keyspace. */
import { type Commands, getArgument, readInteger } from '#emulators/redis/command'
import { expiryCommands } from '#emulators/redis/expiry'
import { matchesGlob } from '#emulators/redis/glob'
import { OK, type Reply, RedisError } from '#emulators/redis/reply'
import type { Store } from '#emulators/redis/store'

const del = { arity: -2, run: (store: Store, keys: string[]) => keys.filter((key) => deleteLiving(store, key)).length }
const flush = { arity: -1, run: (store: Store) => (store.clear(), OK) }

function deleteLiving(store: Store, key: string): boolean {
  return store.entry(key) !== undefined && store.delete(key)
}

function getType(store: Store, key: string): string {
  const value = store.entry(key)?.value
  if (value === undefined) return 'none'
  return typeof value === 'string' ? 'string' : 'hash'
}

/**
 * Returns all keys at once with the cursor 0: COUNT is a hint, and one page keeps SCAN's guarantee (it returns every
 * key that stays) even when the caller deletes between pages.
 */
function scan(store: Store, [cursor = '', ...options]: string[]): Reply {
  const position = readInteger(cursor, 'ERR invalid cursor')
  const { MATCH = '*', TYPE } = readScanOptions(options)
  if (position !== 0n) return ['0', []]
  const keys = store.living().map(([key]) => key)
  return ['0', keys.filter((key) => matchesGlob(MATCH, key) && (!TYPE || getType(store, key) === TYPE.toLowerCase()))]
}

function readScanOptions(words: string[]): { MATCH?: string; COUNT?: string; TYPE?: string } {
  const options: Record<string, string> = {}
  for (let i = 0; i < words.length; i += 2) {
    const word = getArgument(words, i).toUpperCase()
    if (!['MATCH', 'COUNT', 'TYPE'].includes(word)) throw new RedisError('ERR syntax error')
    options[word] = getArgument(words, i + 1)
  }
  if (options.COUNT !== undefined && readInteger(options.COUNT) < 1n) throw new RedisError('ERR syntax error')
  return options
}

export const keyCommands: Commands = {
  ...expiryCommands,
  del,
  unlink: del,
  exists: { arity: -2, run: (store, keys) => keys.filter((key) => store.entry(key) !== undefined).length },
  type: { arity: 2, run: (store, args) => ({ status: getType(store, getArgument(args, 0)) }) },
  scan: { arity: -2, run: scan },
  dbsize: { arity: 1, run: (store) => store.living().length },
  flushdb: flush,
  flushall: flush,
  ping: { arity: -1, run: (_store, [text]) => text ?? { status: 'PONG' } },
  echo: { arity: 2, run: (_store, args) => getArgument(args, 0) },
}
