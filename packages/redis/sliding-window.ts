/** Sliding windows in Redis. An answer has the counts of both windows, from which the time of the next token follows. */
import { createHash } from 'node:crypto'
import { type Algorithm, Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis'
import type { Clock } from '#platform/clock'
import { countUsed, type WindowState } from '#redis/free-time'

export interface WindowDecision extends WindowState {
  allowed: boolean
}

interface SharedSlidingWindow {
  /**
   * Counts `count` for the id, all or none of them; without a limit, all.
   * @throws what the client throws, or that the answer is none
   */
  take(id: string, count: number, limit?: number): Promise<WindowDecision>
}

const RETRIES_MAX = 2

/** `countUsed` in Lua. Both counts are told as they are after it. No limit: everything is counted. */
const SCRIPT = `local previous = tonumber(redis.call('GET', KEYS[2]) or 0)
local current = tonumber(redis.call('GET', KEYS[1]) or 0)
local now, window, count, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local used = math.floor(previous * (window - now % window) / window) + current
if limit and used + count > limit then return {0, previous, current} end
current = redis.call('INCRBY', KEYS[1], count)
if current == count then redis.call('PEXPIRE', KEYS[1], window * 2 + 1000) end
return {1, previous, current}`
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

export function createSlidingWindow(
  redis: Redis,
  clock: Clock,
  { name, windowMs }: { name: string; windowMs: number },
): SharedSlidingWindow {
  const ratelimits = new Map<number | undefined, Ratelimit>()
  const ratelimitFor = (limit: number | undefined) => {
    const ratelimit =
      ratelimits.get(limit) ??
      new Ratelimit({
        redis,
        limiter: slidingWindowWithCounts({ clock, windowMs, limit }),
        prefix: `limit:v1:${name}`,
        ephemeralCache: false, // `createBlockCache` knows until when an id is blocked
        timeout: 0, // the library's own timeout answers "allowed"; the client's fails
        analytics: false,
        enableTelemetry: false,
      })
    if (ratelimits.size < LIMITS_MAX) ratelimits.set(limit, ratelimit)
    return ratelimit
  }
  return {
    async take(id, count, limit) {
      const { taken } = (await retryLostConnection(() => ratelimitFor(limit).limit(id, { rate: count }))) as WithCounts
      return taken
    },
  }
}

/** Limits of keys and rules that are remembered; each has its own algorithm. */
const LIMITS_MAX = 1_000

type WindowAlgorithm = Algorithm<{ redis: Redis }>
type WithCounts = Awaited<ReturnType<ReturnType<WindowAlgorithm>['limit']>> & { taken: WindowDecision }

interface WindowRule {
  clock: Clock
  windowMs: number
  /** Undefined: counts whatever it is. */
  limit: number | undefined
}

/** The library's sliding window answers how much remains. This one answers with both counts, too, in the same round trip. */
function slidingWindowWithCounts({ clock, windowMs, limit }: WindowRule): WindowAlgorithm {
  const notUsed = () => Promise.reject(new Error('this algorithm can only decide on a request'))
  return () => ({
    async limit({ redis }, identifier, count = 1): Promise<WithCounts> {
      const nowMs = clock.now().getTime()
      const index = Math.floor(nowMs / windowMs)
      const keys = [index, index - 1].map((window) => `${identifier}:${window}`)
      const args = [nowMs, windowMs, count, limit ?? '']
      const [allowed, previous, current] = readCounts(await evaluate(redis, keys, args))
      const taken = { allowed: allowed === 1, previous, current, windowMs, nowMs }
      return {
        taken,
        success: taken.allowed,
        limit: limit ?? Infinity,
        remaining: Math.max(0, (limit ?? Infinity) - countUsed(taken)),
        reset: (index + 1) * windowMs,
        pending: Promise.resolve(),
      }
    },
    getRemaining: notUsed,
    resetTokens: notUsed,
  })
}

/** Calls the script by its short hash, and sends the text only if Redis does not know it. */
async function evaluate(redis: Redis, keys: string[], args: unknown[]): Promise<unknown> {
  try {
    return await redis.evalsha(SHA, keys, args)
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error
    return redis.eval(SCRIPT, keys, args)
  }
}

/** The client passes on whatever a proxy or a wrong server answered. */
function readCounts(answer: unknown): [allowed: number, previous: number, current: number] {
  const isCounts = Array.isArray(answer) && answer.length === 3 && answer.every((part) => Number.isSafeInteger(part))
  if (!isCounts) throw new Error('the answer is not a limit')
  return answer as [number, number, number]
}

/**
 * Tokens granted without Redis are unknown to the other instances until they are reported. A call whose connection broke
 * is therefore retried: that may count a token twice, but never grants one more. No caller waits for a silent Redis twice.
 */
async function retryLostConnection<T>(call: () => Promise<T>): Promise<T> {
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
