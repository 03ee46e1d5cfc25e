/** What stands before a handler: a key, its limit, and the scope. */
import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/context'
import type { KeyVerifier } from '#api/keys'
import type { Scope } from '#db/tables'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { LimitAnswer, Limiter } from '#redis/limiter'

export interface GateDeps {
  keys: KeyVerifier
  keyLimiter: Limiter
  /** The window of `keyLimiter`, for the policy that callers are told. */
  keyWindowMs: number
  clock: Clock
}

export type Needs = ReturnType<typeof createGate>

/**
 * `needs('read')` before a handler.
 * Fails with KEY_MISSING, KEY_INVALID, RATE_LIMITED or SCOPE_MISSING.
 */
export function createGate(deps: GateDeps) {
  return (scope: Scope) =>
    createMiddleware<ApiEnv>(async (c, next) => {
      const key = await deps.keys.verify(presentedKey(c))
      c.set('key', key)
      announce(c, deps, await deps.keyLimiter.limit(key.keyid))
      if (!key.scopes.includes(scope) && !key.scopes.includes('admin')) {
        throw new AppError('SCOPE_MISSING', `this key may not ${scope}`, { details: { scope } })
      }
      await next()
    })
}

function presentedKey(c: Context<ApiEnv>): string {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(c.req.header('Authorization') ?? '') ?? []
  const key = bearer ?? c.req.header('X-API-Key')?.trim()
  if (!key) throw new AppError('KEY_MISSING', 'no API key was sent')
  return key
}

/** Headers of draft-ietf-httpapi-ratelimit-headers. */
function announce(c: Context<ApiEnv>, { clock, keyWindowMs }: GateDeps, answer: LimitAnswer): void {
  const now = clock.now().getTime()
  const secondsTo = (time: Date) => Math.max(1, Math.ceil((time.getTime() - now) / 1_000))
  c.header('RateLimit-Policy', `"key";q=${answer.limit};w=${keyWindowMs / 1_000}`)
  c.header('RateLimit', `"key";r=${answer.remaining};t=${secondsTo(answer.resetAt)}`)
  if (answer.allowed) return
  throw new AppError('RATE_LIMITED', 'this key has used up its requests', {
    details: { retry_after_seconds: secondsTo(answer.retryAt) },
  })
}
