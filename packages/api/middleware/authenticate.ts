/** Authenticates requests and counts each one: by its key once the key is verified, otherwise by client address. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { readPresentedKey } from '#api/middleware/presented-key'
import { readSessionToken } from '#api/middleware/session-request'
import { enforceLimit, rejectRequest } from '#api/middleware/rate-limit-headers'
import { getClientAddress } from '#api/middleware/client-address'
import type { ActiveKey } from '#keys/active-keys'
import type { ApiKey, KeyVerifier, Credential } from '#keys/verify-key'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { RequestLimiter, LimitAnswer } from '#redis/limiter'

export interface AuthenticatorDeps {
  keys: KeyVerifier
  /** Counts requests without a key, by address. */
  ipLimiter: RequestLimiter
  keyLimiter: RequestLimiter
  /**
   * Counts keys that this instance does not know yet, by address. An address that sends many of them is most likely
   * guessing.
   */
  failedKeyLimiter: RequestLimiter
  clock: Clock
}

/** Each method costs one request to Redis, or none when this instance knows that the limit is used up. */
export interface Authenticator {
  /** @throws AppError RATE_LIMITED */
  admitAddress(c: Context<ApiEnv>): Promise<void>
  /**
   * Sets `key`, from a header or from the cookie of a session. @throws AppError KEY_MISSING, KEYS_SEVERAL, KEY_INVALID,
   * SESSION_EXPIRED, CSRF_REFUSED, RATE_LIMITED
   */
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

/**
 * Returns the error instead of throwing it, so that the caller can count the address first: guessing keys is
 * rate-limited.
 */
function parseCredential(c: Context<ApiEnv>, keys: KeyVerifier): Credential | AppError {
  try {
    const key = readPresentedKey(c)
    // a key alone decides, even a wrong one: the request must not run with the rights of a session instead
    return key === undefined ? keys.parseSession(readSessionToken(c)) : keys.parse(key)
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
 * Admits a key that this instance does not trust yet. An address over its limit of unknown keys reaches no database
 * look-up: only the cached list of active keys decides. So guesses neither lock out a valid key behind the same address
 * nor load the database.
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
 * Counts before the look-up knows the key's own limit, so that both limits travel in one request to Redis. The look-up
 * supplies that limit, and the counter that both secrets of a rotated key share.
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

/** @throws AppError RATE_LIMITED with `refusal`, unless the key is active */
async function requireActive(
  { clock }: AuthenticatorDeps,
  c: Context<ApiEnv>,
  credential: Credential,
  refusal: LimitAnswer,
): Promise<ActiveKey> {
  return (await credential.findActive()) ?? rejectRequest(c, clock, { name: 'failed_key', ...refusal })
}

const getLimit = ({ limitPerMinute }: ApiKey) => limitPerMinute ?? undefined
