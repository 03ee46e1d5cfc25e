/** Limits that every function instance shares through Redis, and what holds while Redis does not answer. */
import { Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis'
import type { Clock } from '#platform/clock'
import type { Log } from '#platform/log'
import { BlockedIds } from '#redis/blocked-ids'
import { redisProblem } from '#redis/client'
import { createLocalWindow } from '#redis/local-window'

export interface LimitRule {
  /** Part of the keys in Redis: two rules of one name share their counts. */
  name: string
  /** How many in any window, within what a sliding window approximates. */
  tokens: number
  windowMs: number
  /** How many function instances may run at once: without Redis each of them grants its share. */
  instances: number
}

export interface LimitAnswer {
  allowed: boolean
  /** What `remaining` counts down from: the rule's tokens, or this instance's share of them. */
  limit: number
  remaining: number
  /** When the current window ends. */
  resetAt: Date
  /** When asking again may help: now if allowed. */
  retryAt: Date
  /** Redis did not answer; this instance decided by itself. */
  degraded: boolean
}

export interface Limiter {
  /** Takes one token for `id`. Never throws. */
  limit(id: string): Promise<LimitAnswer>
}

export interface LimiterDeps {
  redis: Redis
  clock: Clock
  log: Log
}

type Decision = Omit<LimitAnswer, 'retryAt' | 'degraded'>

export function createLimiter({ redis, clock, log }: LimiterDeps, rule: LimitRule): Limiter {
  const { name, tokens, windowMs, instances } = rule
  const spacingMs = Math.max(1, Math.floor(windowMs / tokens))
  const shared = sharedLimit(redis, rule, new BlockedIds(clock, spacingMs))
  // At least one, or a small limit would stop everything while Redis is away.
  const local = createLocalWindow(clock, { tokens: Math.max(1, Math.floor(tokens / instances)), windowMs })
  const health = createHealth(log.with({ limiter: name }))

  const retryAtOf = ({ allowed, resetAt }: Decision, wait: number) => {
    const now = clock.now().getTime()
    return new Date(allowed ? now : Math.min(resetAt.getTime(), now + wait))
  }
  return {
    async limit(id) {
      try {
        const { success, limit, remaining } = await shared.limit(id)
        // The library passes on whatever a proxy or a wrong server answered.
        if (!Number.isInteger(limit) || !Number.isInteger(remaining)) throw new Error('the answer is no limit')
        health.up()
        const decision = { allowed: success, limit, remaining, resetAt: windowEnd(clock, windowMs) }
        return { ...decision, retryAt: retryAtOf(decision, spacingMs), degraded: false }
      } catch (error) {
        health.down(error)
        const decision = local.take(id)
        return { ...decision, retryAt: retryAtOf(decision, windowMs), degraded: true }
      }
    },
  }
}

function sharedLimit(redis: Redis, { name, tokens, windowMs }: LimitRule, blocked: BlockedIds): Ratelimit {
  return new Ratelimit({
    redis,
    limiter: Ratelimit.slidingWindow(tokens, `${windowMs} ms`),
    prefix: `limit:v1:${name}`,
    ephemeralCache: blocked,
    // Its own timeout answers "allowed"; 0 turns that off and leaves the client's, which fails.
    timeout: 0,
    analytics: false,
    enableTelemetry: false,
  })
}

function windowEnd(clock: Clock, windowMs: number): Date {
  return new Date((Math.floor(clock.now().getTime() / windowMs) + 1) * windowMs)
}

/** One line when Redis goes and one when it is back, not one for each request in between. */
function createHealth(log: Log): { up(): void; down(error: unknown): void } {
  let isDegraded = false
  return {
    up() {
      if (isDegraded) log.info('recovered', { degraded: false })
      isDegraded = false
    },
    down(error) {
      if (!isDegraded) log.warn('degraded', { degraded: true, problem: redisProblem(error) })
      isDegraded = true
    },
  }
}
