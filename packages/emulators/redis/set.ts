/** SET and its options. */
import { type Command, getArgument, readInteger } from '#emulators/redis/command'
import { type TimeUnit, toEpochMs } from '#emulators/redis/expiry'
import { OK, RedisError } from '#emulators/redis/reply'
import type { Store } from '#emulators/redis/store'

interface SetOptions {
  onlyIf: 'absent' | 'present' | undefined
  answerOld: boolean
  expiry: 'none' | 'keep' | { amount: string | undefined; unit: TimeUnit }
}

const UNITS: Record<string, TimeUnit> = {
  EX: { unitMs: 1_000, from: 'now' },
  PX: { unitMs: 1, from: 'now' },
  EXAT: { unitMs: 1_000, from: 'epoch' },
  PXAT: { unitMs: 1, from: 'epoch' },
}

export const set: Command = {
  arity: -3,
  run(store, args) {
    const [key, value] = [getArgument(args, 0), getArgument(args, 1)]
    const options = readOptions(args.slice(2))
    const expiresAtMs = computeExpiry(store, key, options)
    const old = options.answerOld ? (store.text(key) ?? null) : undefined
    if (!mayWrite(store, key, options)) return old ?? null
    store.set(key, value, expiresAtMs)
    return old === undefined ? OK : old
  },
}

function readOptions(words: string[]): SetOptions {
  const options: SetOptions = { onlyIf: undefined, answerOld: false, expiry: 'none' }
  for (let i = 0; i < words.length; i += 1) {
    const word = getArgument(words, i).toUpperCase()
    const unit = UNITS[word]
    if (word === 'GET') options.answerOld = true
    else if ((word === 'NX' || word === 'XX') && !options.onlyIf) options.onlyIf = word === 'NX' ? 'absent' : 'present'
    else if (word === 'KEEPTTL' && options.expiry === 'none') options.expiry = 'keep'
    else if (unit && options.expiry === 'none') options.expiry = { amount: getArgument(words, ++i), unit }
    else throw new RedisError('ERR syntax error')
  }
  return options
}

function computeExpiry(store: Store, key: string, { expiry }: SetOptions): number | null {
  if (expiry === 'none') return null
  if (expiry === 'keep') return store.entry(key)?.expiresAtMs ?? null
  const amount = readInteger(expiry.amount)
  if (amount <= 0n) throw new RedisError("ERR invalid expire time in 'set' command")
  return toEpochMs(store, amount, expiry.unit, 'set')
}

function mayWrite(store: Store, key: string, { onlyIf }: SetOptions): boolean {
  return onlyIf === undefined || (store.entry(key) !== undefined) === (onlyIf === 'present')
}
