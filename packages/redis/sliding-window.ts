/** One limit in Redis, with the library's sliding window. */
import { Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis'
import type { Clock } from '#platform/clock'
import { BlockedIds } from '#redis/block-cache'

export interface Decision {
  allowed: boolean
  remaining: number
}

export interface Rate {
  /** Counts `count` for the id, all or none of them. @throws what the client throws, or that the answer is none */
  take(id: string, count: number): Promise<Decision>
  /** Refused so lately that asking is of no use. */
  isBlocked(id: string): boolean
}

export interface RateOptions {
  name: string
  tokens: number
  windowMs: number
}

const RETRIES_MAX = 2

export function createRate(redis: Redis, clock: Clock, { name, tokens, windowMs }: RateOptions): Rate {
  const prefix = `limit:v1:${name}`
  const blocked = new BlockedIds(clock, spacingOf(windowMs, tokens))
  const ratelimit = new Ratelimit({
    redis,
    limiter: Ratelimit.slidingWindow(tokens, `${windowMs} ms`),
    prefix,
    ephemeralCache: blocked,
    // Its own timeout answers "allowed"; 0 turns that off and leaves the client's, which fails.
    timeout: 0,
    analytics: false,
    enableTelemetry: false,
  })
  return {
    async take(id, count) {
      const { success, limit, remaining } = await again(() => ratelimit.limit(id, { rate: count }))
      // The library passes on whatever a proxy or a wrong server answered.
      if (!Number.isInteger(limit) || !Number.isInteger(remaining)) throw new Error('the answer is no limit')
      return { allowed: success, remaining }
    },
    isBlocked: (id) => (blocked.get(`${prefix}:${id}`) ?? -1) >= clock.now().getTime(),
  }
}

/** How long one token takes to come free. */
export function spacingOf(windowMs: number, tokens: number): number {
  return Math.max(1, Math.floor(windowMs / tokens))
}

/**
 * What is granted without Redis is unknown to the others until it is told. A call whose connection broke is therefore
 * made again: that may count a token twice, and never grants one more. Nobody waits for a silent Redis twice.
 */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let retries = RETRIES_MAX; ; retries -= 1) {
    try {
      return await call()
    } catch (error) {
      if (retries <= 0 || !isConnectionLost(error)) throw error
    }
  }
}

/** As fetch says it. A time that ran out, a page of a proxy and an answer that is none are other errors. */
function isConnectionLost(error: unknown): boolean {
  return error instanceof TypeError && error.cause !== undefined
}
