/** Counts a request by its key, once that is known to be good, or else by its address. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { readPresentedKey } from '#api/middleware/presented-key'
import { enforceLimit, rejectRequest } from '#api/middleware/rate-limit-headers'
import { getClientAddress } from '#api/middleware/client-address'
import type { ActiveKey } from '#keys/active-keys'
import type { ApiKey, KeyVerifier, Credential } from '#keys/verify-key'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { RequestLimiter, LimitAnswer } from '#redis/limiter'

export interface AuthenticatorDeps {
  keys: KeyVerifier
  /** Counts requests without a key by address. */
  ipLimiter: RequestLimiter
  keyLimiter: RequestLimiter
  /** Counts keys that this instance does not know by address. Where there are many, most of them are wrong. */
  failedKeyLimiter: RequestLimiter
  clock: Clock
}

/** Each costs one request to Redis, and none where this instance knows that a limit is used up. */
export interface Authenticator {
  /** @throws AppError RATE_LIMITED */
  admitAddress(c: Context<ApiEnv>): Promise<void>
  /** Sets `key`. @throws AppError KEY_MISSING, KEYS_SEVERAL, KEY_INVALID, RATE_LIMITED */
  admitKey(c: Context<ApiEnv>): Promise<void>
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { keys, ipLimiter, keyLimiter, clock } = deps
  const admitAddress = async (c: Context<ApiEnv>) =>
    enforceLimit(c, clock, { name: 'ip', ...(await ipLimiter.limit(getClientAddress(c))) })
  return {
    admitAddress,
    async admitKey(c) {
      const credential = parseCredential(c, keys)
      if (credential instanceof AppError) {
        await admitAddress(c)
        throw credential
      }
      const { trustedKey, limitId } = credential
      const { key, answer } = trustedKey
        ? { key: trustedKey, answer: await keyLimiter.limit(limitId, getLimit(trustedKey)) }
        : await admitUnverified(deps, c, credential)
      enforceLimit(c, clock, { name: 'key', ...answer })
      c.set('key', key)
    },
  }
}

/** Throws only after the address was counted, so that guessing keys is limited. */
function parseCredential(c: Context<ApiEnv>, keys: KeyVerifier): Credential | AppError {
  try {
    return keys.parse(readPresentedKey(c))
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown
    throw thrown
  }
}

interface AdmittedKey {
  key: ApiKey
  answer: LimitAnswer
}

/**
 * An address that showed too many unknown keys asks the database about no more of them. The roster then tells who is good,
 * so that a stranger's guesses neither lock out a key behind the same address nor reach the database.
 */
async function admitUnverified(
  deps: AuthenticatorDeps,
  c: Context<ApiEnv>,
  credential: Credential,
): Promise<AdmittedKey> {
  const { failedKeyLimiter, keyLimiter, clock } = deps
  const { lastVerified, limitId } = credential
  const keyRefusal = lastVerified && keyLimiter.knownBlock(limitId, getLimit(lastVerified))
  if (keyRefusal) return rejectRequest(c, clock, { name: 'key', ...keyRefusal })
  const source = getClientAddress(c)
  const guessRefusal = failedKeyLimiter.knownBlock(source)
  if (guessRefusal) {
    const { key, limitId } = await requireActive(deps, c, credential, guessRefusal)
    return { key, answer: await keyLimiter.limit(limitId, getLimit(key)) }
  }
  const [guessAnswer, settleKey] = await Promise.all([
    failedKeyLimiter.limit(source),
    countUnverified(deps, credential),
  ])
  const active = guessAnswer.allowed
    ? await credential.verify(source)
    : await requireActive(deps, c, credential, guessAnswer)
  return { key: active.key, answer: await settleKey(active) }
}

/**
 * Both limits are asked for at the same moment, so that the client sends them in one request. The limit of a key stands in
 * the database and is applied after the look-up; so is the count of a rotated key, which both of its secrets take from.
 */
async function countUnverified({ keyLimiter }: AuthenticatorDeps, { lastVerified, limitId }: Credential) {
  const ask = async () => {
    if (!lastVerified) return keyLimiter.limitThenDecide(limitId)
    const answer = await keyLimiter.limit(limitId, getLimit(lastVerified))
    return () => answer
  }
  const settle = await ask()
  return async ({ key, limitId: id }: ActiveKey) =>
    id === limitId ? settle(getLimit(key)) : keyLimiter.limit(id, getLimit(key))
}

/** @throws AppError RATE_LIMITED, as `refusal` says, unless the key is known to be active */
async function requireActive(
  { clock }: AuthenticatorDeps,
  c: Context<ApiEnv>,
  credential: Credential,
  refusal: LimitAnswer,
): Promise<ActiveKey> {
  return (await credential.findActive()) ?? rejectRequest(c, clock, { name: 'failed_key', ...refusal })
}

const getLimit = ({ limitPerMinute }: ApiKey) => limitPerMinute ?? undefined
