/** Headers of draft-ietf-httpapi-ratelimit-headers, and the refusal. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { LimitAnswer } from '#redis/limiter'

const REFUSALS = {
  ip: 'this address has used up its limit of requests without a key',
  key: 'this key has used up its limit of requests',
  failed_key: 'this address has sent too many unknown keys',
  health: 'this address has sent too many health checks',
  preflight: 'this address has sent too many preflights',
}

interface NamedAnswer extends LimitAnswer {
  /** What was counted, as the headers name it. */
  name: keyof typeof REFUSALS
}

/** @throws AppError RATE_LIMITED for an answer that refuses */
export function announce(c: Context<ApiEnv>, clock: Clock, answer: NamedAnswer): void {
  const { name, allowed, limit, windowMs, remaining, resetAt } = answer
  c.header('RateLimit-Policy', `"${name}";q=${limit};w=${Math.ceil(windowMs / 1_000)}`)
  c.header('RateLimit', `"${name}";r=${remaining};t=${secondsTo(resetAt, clock)}`)
  if (!allowed) throw limited(clock, answer)
}

/** @throws AppError RATE_LIMITED */
export function refuse(c: Context<ApiEnv>, clock: Clock, refusal: NamedAnswer): never {
  announce(c, clock, refusal)
  throw limited(clock, refusal)
}

function limited(clock: Clock, { name, retryAt }: NamedAnswer): AppError {
  const details = { limit: name, retry_after_seconds: secondsTo(retryAt, clock) }
  return new AppError('RATE_LIMITED', REFUSALS[name], { details })
}

function secondsTo(time: Date, clock: Clock): number {
  return Math.max(1, Math.ceil((time.getTime() - clock.now().getTime()) / 1_000))
}
