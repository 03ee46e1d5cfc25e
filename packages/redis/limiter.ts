/** Limits that every function instance shares through Redis, and what holds while Redis does not answer. */
import type { Redis } from '@upstash/redis'
import type { Clock } from '#platform/clock'
import type { Breaker } from '#redis/breaker'
import { createLocalWindow, shareOf } from '#redis/fallback-window'
import { createRate, type Decision, type Rate, spacingOf } from '#redis/sliding-window'

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

/** What stands at a door: `tokens` is for ids that have a limit of their own. Nothing here throws. */
export interface DoorLimiter extends Limiter {
  limit(id: string, tokens?: number): Promise<LimitAnswer>
  /** Takes one token for an id whose limit is not known yet: the answer comes with the limit. */
  limitUnknown(id: string): Promise<(tokens?: number) => LimitAnswer>
  /** The refusal that this instance knows of without asking. */
  refusal(id: string, tokens?: number): LimitAnswer | undefined
}

export interface LimiterDeps {
  redis: Redis
  clock: Clock
  /** One for all limiters on the same Redis. */
  breaker: Breaker
  /** Called when a request is about to leave for Redis: what else is sent in the same turn goes with it. */
  alongside?: () => void
}

/** More than any limit: with it the script counts and never refuses. */
const COUNT_ONLY = 1_000_000_000
/** Tokens that each other instance may have taken since Redis last answered this one. */
const TAKEN_MEANWHILE = 2
/** Limits that differ, kept ready; keys share a few. */
const RATES_MAX = 100

export function createLimiter({ redis, clock, breaker, alongside }: LimiterDeps, rule: LimitRule): DoorLimiter {
  const { windowMs, instances } = rule
  const local = createLocalWindow(clock, windowMs)
  const rates = new Map<number, Rate>()
  const rateOf = (tokens: number): Rate => {
    const known = rates.get(tokens)
    if (known) return known
    if (rates.size >= RATES_MAX) rates.clear()
    const made = createRate(redis, clock, { ...rule, tokens })
    rates.set(tokens, made)
    return made
  }
  const shareFor = (tokens: number) => shareOf({ tokens, windowMs }, instances)

  const shared = (allowed: boolean, tokens: number, remaining: number): LimitAnswer => {
    const now = clock.now().getTime()
    const resetAt = new Date((Math.floor(now / windowMs) + 1) * windowMs)
    const retryAt = new Date(allowed ? now : Math.min(resetAt.getTime(), now + spacingOf(windowMs, tokens)))
    return { allowed, limit: tokens, remaining, resetAt, retryAt, degraded: false }
  }
  const ownDecision = (id: string, tokens: number): LimitAnswer => {
    const decision = local.take(id, shareFor(tokens))
    return { ...decision, retryAt: decision.allowed ? clock.now() : decision.resetAt, degraded: true }
  }
  const ask = (id: string, rate: Rate, count = 1) =>
    breaker.run(() => {
      alongside?.()
      return rate.take(id, count)
    })
  /** Counts also beyond the limit, which is for the caller to know. */
  const countAll = async (id: string, count: number) => {
    const used = COUNT_ONLY - (await ask(id, rateOf(COUNT_ONLY), count)).remaining
    return (tokens: number) => ({ allowed: used <= tokens, remaining: Math.max(0, tokens - used) })
  }
  const settle = (id: string, tokens: number, { allowed, remaining }: Decision) => {
    // when Redis goes in mid-window, the instances share what was left and not the whole limit once more
    local.learn(id, shareFor(tokens), { allowed, left: Math.floor(remaining / instances) - TAKEN_MEANWHILE })
    return shared(allowed, tokens, remaining)
  }
  return {
    async limit(id, tokens = rule.tokens) {
      const rate = rateOf(tokens)
      // before the breaker, which would take it for an answer of Redis
      if (rate.isBlocked(id)) return shared(false, tokens, 0)
      // what was granted while Redis did not answer is told to it with the next token, and counts whatever it answers
      const debt = local.collectDebt(id)
      try {
        return settle(id, tokens, debt > 0 ? (await countAll(id, 1 + debt))(tokens) : await ask(id, rate))
      } catch {
        local.owe(id, shareFor(tokens), debt)
        return ownDecision(id, tokens)
      }
    },
    async limitUnknown(id) {
      const debt = local.collectDebt(id)
      try {
        const decide = await countAll(id, 1 + debt)
        return (tokens = rule.tokens) => settle(id, tokens, decide(tokens))
      } catch {
        return (tokens = rule.tokens) => {
          local.owe(id, shareFor(tokens), debt)
          return ownDecision(id, tokens)
        }
      }
    },
    refusal(id, tokens = rule.tokens) {
      return rates.get(tokens)?.isBlocked(id) ? shared(false, tokens, 0) : undefined
    },
  }
}
