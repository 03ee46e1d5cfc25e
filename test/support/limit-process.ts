/** One worker of many on one limit: takes whatever it gets from the moment it is told, and answers with when it got it. */
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '#platform/clock'
import { silentLog } from '#platform/log'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter, type LimitRule } from '#redis/limiter'
import { createSharedBreaker } from '#redis/shared-breaker'

export interface LimitWork {
  url: string
  token: string
  rule: LimitRule
  startMs: number
  endMs: number
}

export interface LimitResult {
  /** When each granted token was asked for, in milliseconds since the epoch. */
  grantedAtMs: number[]
  refused: number
  degraded: number
  /** How long each answer took. */
  latenciesMs: number[]
}

process.once('message', (work: LimitWork) => {
  void takeAll(work).then((result) => process.send?.(result, () => process.disconnect()))
})
process.send?.('ready')

async function takeAll({ url, token, rule, startMs, endMs }: LimitWork): Promise<LimitResult> {
  const redis = createRedis({ url, token, timeoutMs: 5_000, batching: true })
  const breaker = createBreaker({ clock: systemClock, log: silentLog, shared: createSharedBreaker(redis) })
  const limiter = createLimiter({ redis, clock: systemClock, breaker }, rule)
  const result: LimitResult = { grantedAtMs: [], refused: 0, degraded: 0, latenciesMs: [] }
  await pause(startMs - Date.now())
  while (Date.now() < endMs) {
    const askedAtMs = Date.now()
    const before = performance.now()
    const { allowed, retryAt, degraded } = await limiter.limit('everyone')
    result.latenciesMs.push(performance.now() - before)
    if (degraded) result.degraded += 1
    if (allowed) result.grantedAtMs.push(askedAtMs)
    else result.refused += 1
    if (!allowed) await pause(Math.max(1, retryAt.getTime() - Date.now()))
  }
  return result
}
