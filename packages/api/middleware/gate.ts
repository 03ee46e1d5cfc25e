/** Counts a request by its key, once that is known to be good, or else by its address. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { readPresentedKey } from '#api/middleware/presented-key'
import { announce, refuse } from '#api/middleware/rate-limit-headers'
import { sourceOf } from '#api/middleware/source-ip'
import type { GoodKey } from '#keys/roster'
import type { ApiKey, KeyVerifier, SeenKey } from '#keys/verify-key'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { DoorLimiter, LimitAnswer } from '#redis/limiter'

export interface GateDeps {
  keys: KeyVerifier
  /** Counts requests without a key by address. */
  ipLimiter: DoorLimiter
  keyLimiter: DoorLimiter
  /** Counts keys that this instance does not know by address. Where there are many, most of them are wrong. */
  failedKeyLimiter: DoorLimiter
  clock: Clock
}

/** Each costs one request to Redis, and none where this instance knows that a limit is used up. */
export interface Gate {
  /** @throws AppError RATE_LIMITED */
  admitAddress(c: Context<ApiEnv>): Promise<void>
  /** Sets `key`. @throws AppError KEY_MISSING, KEYS_SEVERAL, KEY_INVALID, RATE_LIMITED */
  admitKey(c: Context<ApiEnv>): Promise<void>
}

export function createGate(deps: GateDeps): Gate {
  const { keys, ipLimiter, keyLimiter, clock } = deps
  const admitAddress = async (c: Context<ApiEnv>) =>
    announce(c, clock, { name: 'ip', ...(await ipLimiter.limit(sourceOf(c))) })
  return {
    admitAddress,
    async admitKey(c) {
      const seen = seenKey(c, keys)
      if (seen instanceof AppError) {
        await admitAddress(c)
        throw seen
      }
      const { known, limitId } = seen
      const { key, answer } = known
        ? { key: known, answer: await keyLimiter.limit(limitId, limitOf(known)) }
        : await takeUnknown(deps, c, seen)
      announce(c, clock, { name: 'key', ...answer })
      c.set('key', key)
    },
  }
}

/** Throws only after the address was counted, so that guessing keys is limited. */
function seenKey(c: Context<ApiEnv>, keys: KeyVerifier): SeenKey | AppError {
  try {
    return keys.see(readPresentedKey(c))
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown
    throw thrown
  }
}

interface Counted {
  key: ApiKey
  answer: LimitAnswer
}

/**
 * An address that showed too many unknown keys asks the database about no more of them. The roster then tells who is good,
 * so that a stranger's guesses neither lock out a key behind the same address nor reach the database.
 */
async function takeUnknown(deps: GateDeps, c: Context<ApiEnv>, seen: SeenKey): Promise<Counted> {
  const { failedKeyLimiter, keyLimiter, clock } = deps
  const { last, limitId } = seen
  const keyRefusal = last && keyLimiter.refusal(limitId, limitOf(last))
  if (keyRefusal) return refuse(c, clock, { name: 'key', ...keyRefusal })
  const source = sourceOf(c)
  const guessRefusal = failedKeyLimiter.refusal(source)
  if (guessRefusal) {
    const { key, limitId } = await recognise(deps, c, seen, guessRefusal)
    return { key, answer: await keyLimiter.limit(limitId, limitOf(key)) }
  }
  const [guess, settleKey] = await Promise.all([failedKeyLimiter.limit(source), countUnknown(deps, seen)])
  const good = guess.allowed ? await seen.verify(source) : await recognise(deps, c, seen, guess)
  return { key: good.key, answer: await settleKey(good) }
}

/**
 * Both limits are asked for at the same moment, so that the client sends them in one request. The limit of a key stands in
 * the database and is applied after the look-up; so is the count of a rotated key, which both of its secrets take from.
 */
async function countUnknown({ keyLimiter }: GateDeps, { last, limitId }: SeenKey) {
  const ask = async () => {
    if (!last) return keyLimiter.limitUnknown(limitId)
    const answer = await keyLimiter.limit(limitId, limitOf(last))
    return () => answer
  }
  const settle = await ask()
  return async ({ key, limitId: id }: GoodKey) =>
    id === limitId ? settle(limitOf(key)) : keyLimiter.limit(id, limitOf(key))
}

/** @throws AppError RATE_LIMITED, as `refusal` says, unless the key is known to be good */
async function recognise(
  { clock }: GateDeps,
  c: Context<ApiEnv>,
  seen: SeenKey,
  refusal: LimitAnswer,
): Promise<GoodKey> {
  return (await seen.recognise()) ?? refuse(c, clock, { name: 'failed_key', ...refusal })
}

const limitOf = ({ limitPerMinute }: ApiKey) => limitPerMinute ?? undefined
