/** What stands before a handler: the limits of its address and of its key, the key itself, and the scope. */
import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { ApiKey, KeyVerifier, SeenKey } from '#keys/verify-key'
import { readPresentedKey } from '#api/middleware/presented-key'
import { announce, type NamedAnswer } from '#api/middleware/rate-limit-headers'
import { sourceOf } from '#api/middleware/source-ip'
import type { Scope } from '#db/tables'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { DoorLimiter } from '#redis/limiter'

export interface GateDeps {
  keys: KeyVerifier
  ipLimiter: DoorLimiter
  keyLimiter: DoorLimiter
  clock: Clock
}

export type Needs = ReturnType<typeof createGate>

/**
 * `needs('read')` before a handler; of several scopes, one is enough. One request to Redis, and none for who is known to be over a limit.
 * Fails with KEY_MISSING, KEYS_SEVERAL, KEY_INVALID, RATE_LIMITED or SCOPE_MISSING.
 */
export function createGate(deps: GateDeps) {
  return (...scopes: [Scope, ...Scope[]]) =>
    createMiddleware<ApiEnv>(async (c, next) => {
      const source = sourceOf(c)
      const seen = seenKey(c, deps.keys)
      const tell = (answers: NamedAnswer[]) => announce(c, deps, answers)
      tell(knownRefusal(deps, source, seen))
      const { ip, settleKey } = await takeBoth(deps, source, seen)
      tell([{ name: 'ip', ...ip }])
      if (seen instanceof AppError) throw seen
      const { key, limitId } = await seen.verify()
      c.set('key', key)
      tell([
        { name: 'ip', ...ip },
        { name: 'key', ...(await settleKey(limitId, key.limitPerMinute ?? undefined)) },
      ])
      if (!scopes.some((scope) => hasScope(key, scope))) throw scopeMissing(scopes[0])
      await next()
    })
}

/** Administrators may do everything. */
export function hasScope({ scopes }: Pick<ApiKey, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin')
}

export function scopeMissing(scope: Scope): AppError {
  return new AppError('SCOPE_MISSING', `this key may not ${scope}`, { details: { scope } })
}

/** The error waits until the address has been counted: whoever tries keys has a limit too. */
function seenKey(c: Context<ApiEnv>, keys: KeyVerifier): SeenKey | AppError {
  try {
    return keys.see(readPresentedKey(c))
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown
    throw thrown
  }
}

function knownRefusal({ ipLimiter, keyLimiter }: GateDeps, source: string, seen: SeenKey | AppError): NamedAnswer[] {
  const ip = ipLimiter.refusal(source)
  if (ip) return [{ name: 'ip', ...ip }]
  const known = seen instanceof AppError ? undefined : seen.known
  if (seen instanceof AppError || !known) return []
  const key = keyLimiter.refusal(seen.limitId, known.limitPerMinute ?? undefined)
  return key ? [{ name: 'key', ...key }] : []
}

/**
 * Both at the same moment, so that the client sends them in one request. The limit of a key that is not trusted yet
 * stands in the database, which nobody over the address's limit should reach: it is applied after the look-up. A rotated
 * key has one count for both of its secrets, which only the look-up tells: it is taken from after it.
 */
async function takeBoth({ ipLimiter, keyLimiter }: GateDeps, source: string, seen: SeenKey | AppError) {
  if (seen instanceof AppError) return { ip: await ipLimiter.limit(source), settleKey: neverAsked }
  const { limitId, known } = seen
  const takeKey = known
    ? keyLimiter.limit(limitId, known.limitPerMinute ?? undefined).then((answer) => () => answer)
    : keyLimiter
        .limitUnknown(limitId)
        .then(
          (settle) => (id: string, tokens?: number) => (id === limitId ? settle(tokens) : keyLimiter.limit(id, tokens)),
        )
  const [ip, settleKey] = await Promise.all([ipLimiter.limit(source), takeKey])
  return { ip, settleKey }
}

function neverAsked(): never {
  throw new Error('no key was counted')
}
