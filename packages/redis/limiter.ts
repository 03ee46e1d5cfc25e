/** Limits that every function instance shares through Redis, and what holds while Redis does not answer. */
import type { Redis } from '@upstash/redis'
import type { Clock } from '#platform/clock'
import { createBlockCache } from '#redis/block-cache'
import type { Breaker } from '#redis/breaker'
import { createFallbackWindow, type FallbackAnswer, divideLimit, computeTimes } from '#redis/fallback-window'
import { countUsed, findFreeTime } from '#redis/free-time'
import { createSlidingWindow, type WindowDecision } from '#redis/sliding-window'

export interface LimitRule {
  /** Part of the keys in Redis: two rules of one name share their counts. */
  name: string
  /** How many in any window, within what a sliding window approximates. */
  tokens: number
  windowMs: number
  /** How many function instances may run at once: without Redis each of them grants its share. */
  instances: number
}

/**
 * `limit` is what `remaining` counts down from: the rule's tokens, or this instance's share of them, in any `windowMs`.
 * `retryAt` is when asking again helps, which is now if it was allowed: who waits for it is let in, unless others take
 * the tokens. `resetAt` is when the current window ends, and where nothing remains, when the next token is free.
 */
export interface LimitAnswer extends FallbackAnswer {
  /** Redis did not answer; this instance decided by itself. */
  degraded: boolean
}

export interface Limiter {
  /** Takes one token for `id`. Never throws. */
  limit(id: string): Promise<LimitAnswer>
}

/** What stands at a door: `tokens` is for ids that have a limit of their own. Nothing here throws. */
export interface RequestLimiter extends Limiter {
  limit(id: string, tokens?: number): Promise<LimitAnswer>
  /** Takes one token for an id whose limit is not known yet: the answer comes with the limit. */
  limitThenDecide(id: string): Promise<(tokens?: number) => LimitAnswer>
  /** The refusal that this instance knows of without asking. */
  knownBlock(id: string, tokens?: number): LimitAnswer | undefined
}

interface LimiterDeps {
  redis: Redis
  clock: Clock
  /** One for all limiters on the same Redis. */
  breaker: Breaker
  /** Called when a request is about to leave for Redis: what else is sent in the same turn goes with it. */
  onSend?: () => void
}

/** Tokens that each other instance may have taken since Redis last answered this one. */
const TAKEN_MEANWHILE = 2

export function createLimiter({ redis, clock, breaker, onSend }: LimiterDeps, rule: LimitRule): RequestLimiter {
  const { windowMs, instances } = rule
  const local = createFallbackWindow(clock, windowMs)
  const shared = createSlidingWindow(redis, clock, rule)
  const blocks = createBlockCache(clock)
  const shareFor = (tokens: number) => divideLimit({ tokens, windowMs }, instances)
  /** An id is blocked for a limit: it may have been given a higher one. */
  const blockId = (id: string, tokens: number) => `${tokens}:${id}`

  const findKnownBlock = (id: string, tokens: number): LimitAnswer | undefined => {
    const untilMs = blocks.blockedUntil(blockId(id, tokens))
    if (untilMs === undefined) return undefined
    const until = new Date(untilMs)
    const none = { allowed: false, remaining: 0, resetAt: until, retryAt: until }
    return { ...none, limit: tokens, windowMs, degraded: false }
  }
  const decideLocally = (id: string, tokens: number): LimitAnswer => ({
    ...local.take(id, shareFor(tokens)),
    degraded: true,
  })
  const ask = (id: string, count: number, tokens?: number) =>
    breaker.run(() => {
      onSend?.()
      return shared.take(id, count, tokens)
    })
  /** Also settles tokens that were counted regardless of the limit; these may exceed it. */
  const settle = (id: string, tokens: number, taken: WindowDecision): LimitAnswer => {
    const left = tokens - countUsed(taken)
    const allowed = taken.allowed && left >= 0
    const remaining = allowed ? left : 0
    const freeAtMs = findFreeTime({ ...taken, limit: tokens })
    if (!allowed) blocks.block(blockId(id, tokens), freeAtMs)
    // when Redis goes in mid-window, the instances share what was left and not the whole limit once more
    const share = Math.floor(remaining / instances) - TAKEN_MEANWHILE
    local.sync(id, shareFor(tokens), { allowed, left: share, freeAtMs })
    const times = computeTimes({ allowed, remaining, freeAtMs, now: taken.nowMs, windowMs })
    return { allowed, limit: tokens, windowMs, remaining, ...times, degraded: false }
  }
  return {
    async limit(id, tokens = rule.tokens) {
      // before the breaker, which would take it for an answer of Redis
      const block = findKnownBlock(id, tokens)
      if (block) return block
      // what was granted while Redis did not answer is told to it with the next token, and counts whatever it answers
      const unreported = local.takeUnreported(id)
      try {
        return settle(id, tokens, await (unreported > 0 ? ask(id, 1 + unreported) : ask(id, 1, tokens)))
      } catch {
        local.recordUnreported(id, shareFor(tokens), unreported)
        return decideLocally(id, tokens)
      }
    },
    async limitThenDecide(id) {
      const unreported = local.takeUnreported(id)
      try {
        const taken = await ask(id, 1 + unreported)
        return (tokens = rule.tokens) => settle(id, tokens, taken)
      } catch {
        return (tokens = rule.tokens) => {
          local.recordUnreported(id, shareFor(tokens), unreported)
          return decideLocally(id, tokens)
        }
      }
    },
    knownBlock: (id, tokens = rule.tokens) => findKnownBlock(id, tokens),
  }
}
