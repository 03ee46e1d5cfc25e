/** Limits that all functions share; the same names in every function, or they would count apart. */
import type { Redis } from '@upstash/redis'
import { createLimiter, type Limiter } from '#redis/limiter'
import type { Base } from '#runtime/base'

/** Function instances that may run at once: without Redis each grants its share. */
const INSTANCES_MAX = 10

export const KEY_WINDOW_MS = 60_000

export function dnsLimiter({ settings, clock, log }: Base, redis: Redis): Limiter {
  const tokens = settings.HUNTER_DNS_LIMIT_PER_SECOND
  return createLimiter({ redis, clock, log }, { name: 'dns', tokens, windowMs: 1_000, instances: INSTANCES_MAX })
}

/** Counts for each registry apart. */
export function registryLimiter({ settings, clock, log }: Base, redis: Redis): Limiter {
  const tokens = settings.HUNTER_WHOIS_LIMIT_PER_SECOND
  return createLimiter({ redis, clock, log }, { name: 'registry', tokens, windowMs: 1_000, instances: INSTANCES_MAX })
}

export function keyLimiter({ settings, clock, log }: Base, redis: Redis): Limiter {
  const tokens = settings.HUNTER_KEY_LIMIT_PER_MINUTE
  return createLimiter(
    { redis, clock, log },
    { name: 'key', tokens, windowMs: KEY_WINDOW_MS, instances: INSTANCES_MAX },
  )
}
