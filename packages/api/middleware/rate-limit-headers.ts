/** Sets the headers of draft-ietf-httpapi-ratelimit-headers, and refuses requests over their limit. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { LimitAnswer } from '#redis/limiter'

const REFUSALS = {
  ip: 'this address has used up its limit of requests',
  key: 'this key has used up its limit of requests',
  failed_key: 'this address has sent too many unknown keys',
  health: 'this address has sent too many health checks',
  preflight: 'this address has sent too many preflights',
  page: 'this address has asked too often for files of the page',
}

interface NamedAnswer extends LimitAnswer {
  /** Name of the limit in the headers. */
  name: keyof typeof REFUSALS
}

function setRateLimitHeaders(c: Context<ApiEnv>, clock: Clock, answer: NamedAnswer): void {
  const { name, limit, windowMs, remaining, resetAt } = answer
  c.header('RateLimit-Policy', `"${name}";q=${limit};w=${Math.ceil(windowMs / 1_000)}`)
  c.header('RateLimit', `"${name}";r=${remaining};t=${countSecondsTo(resetAt, clock)}`)
}

/** Sets the headers. @throws AppError RATE_LIMITED unless the answer allows the request */
export function enforceLimit(c: Context<ApiEnv>, clock: Clock, answer: NamedAnswer): void {
  if (!answer.allowed) rejectRequest(c, clock, answer)
  setRateLimitHeaders(c, clock, answer)
}

/** Sets the headers. @throws AppError RATE_LIMITED */
export function rejectRequest(c: Context<ApiEnv>, clock: Clock, answer: NamedAnswer): never {
  setRateLimitHeaders(c, clock, answer)
  const { name, retryAt } = answer
  const details = { limit: name, retry_after_seconds: countSecondsTo(retryAt, clock) }
  throw new AppError('RATE_LIMITED', REFUSALS[name], { details })
}

function countSecondsTo(time: Date, clock: Clock): number {
  return Math.max(1, Math.ceil((time.getTime() - clock.now().getTime()) / 1_000))
}
