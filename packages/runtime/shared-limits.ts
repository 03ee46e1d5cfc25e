/** Limits that all functions share; the same names in every function, or they would count apart. */
import { emfLine } from '#platform/emf'
import { AppError } from '#platform/errors'
import { type Breaker, type BreakerDeps, createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter, type DoorLimiter, type Limiter } from '#redis/limiter'
import { createSharedBreaker } from '#redis/shared-breaker'
import type { Base } from '#runtime/base'
import { resource } from '#runtime/resources'
import type { Reporter } from '#runtime/sentry'
import type { Settings } from '#runtime/settings'

/** Function instances that may run at once: without Redis each grants its share. On one machine: API and worker. */
const instancesMax = ({ HUNTER_ENV }: Settings) => (HUNTER_ENV === 'local' ? 2 : 10)

/** A request waits for its limits: a Redis that takes longer is one that does not answer. */
const LIMIT_TIMEOUT_MS = 250

const SECOND_MS = 1_000
export const REQUEST_WINDOW_MS = 60_000

export interface SharedLimits {
  dns: Limiter
  /** Counts for each registry apart. */
  registry: Limiter
  /** Of requests, by address and by key. */
  ip: DoorLimiter
  key: DoorLimiter
  breaker: Breaker
}

export function createSharedLimits(base: Base, reporter: Reporter): SharedLimits {
  const { settings, clock, log } = base
  const redis = createRedis({ ...resource('Redis'), timeoutMs: LIMIT_TIMEOUT_MS, batching: true })
  const shared = createSharedBreaker(redis)
  const breaker = createBreaker({ clock, log, shared, onChange: announce(base, reporter) })
  const limiter = (name: string, tokens: number, windowMs: number) =>
    createLimiter({ redis, clock, breaker }, { name, tokens, windowMs, instances: instancesMax(settings) })
  return {
    dns: limiter('dns', settings.HUNTER_DNS_LIMIT_PER_SECOND, SECOND_MS),
    registry: limiter('registry', settings.HUNTER_WHOIS_LIMIT_PER_SECOND, SECOND_MS),
    ip: limiter('ip', settings.HUNTER_IP_LIMIT_PER_MINUTE, REQUEST_WINDOW_MS),
    key: limiter('key', settings.HUNTER_KEY_LIMIT_PER_MINUTE, REQUEST_WINDOW_MS),
    breaker,
  }
}

/** Beside the log line: a metric for the alarms, and one event for the developers, tagged. */
function announce({ clock }: Base, reporter: Reporter): NonNullable<BreakerDeps['onChange']> {
  return ({ open, problem }) => {
    const metrics = [{ name: 'BreakerOpen', unit: 'Count' as const, value: open ? 1 : 0 }]
    const dimensions = { Stage: resource('App').stage }
    process.stdout.write(`${emfLine({ namespace: 'Hunter/Limits', at: clock.now(), dimensions, metrics })}\n`)
    if (!open) return
    const cause = new Error(problem)
    const event = new AppError('REDIS_UNAVAILABLE', 'limits are kept in memory: Redis does not answer', { cause })
    reporter.report(event, { degraded: 'true' })
  }
}
