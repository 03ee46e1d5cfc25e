/** Headers of draft-ietf-httpapi-ratelimit-headers, and the refusal. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { LimitAnswer } from '#redis/limiter'

export interface NamedAnswer extends LimitAnswer {
  name: 'ip' | 'key'
}

const REFUSALS = {
  ip: 'this address has used up its requests',
  key: 'this key has used up its requests',
}

/** @throws AppError RATE_LIMITED for the first answer that refuses */
export function announce(c: Context<ApiEnv>, { clock }: { clock: Clock }, answers: NamedAnswer[]): void {
  const now = clock.now().getTime()
  const secondsTo = (time: Date) => Math.max(1, Math.ceil((time.getTime() - now) / 1_000))
  if (answers.length === 0) return
  const policies = answers.map(({ name, limit, windowMs }) => `"${name}";q=${limit};w=${Math.ceil(windowMs / 1_000)}`)
  const states = answers.map(({ name, remaining, resetAt }) => `"${name}";r=${remaining};t=${secondsTo(resetAt)}`)
  c.header('RateLimit-Policy', policies.join(', '))
  c.header('RateLimit', states.join(', '))
  const refusal = answers.find(({ allowed }) => !allowed)
  if (!refusal) return
  throw new AppError('RATE_LIMITED', REFUSALS[refusal.name], {
    details: { limit: refusal.name, retry_after_seconds: secondsTo(refusal.retryAt) },
  })
}
