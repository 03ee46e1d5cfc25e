import { randomUUID } from 'node:crypto'
import { createGenerationalCache, type GenerationalCache } from '#redis/generational-cache'
import type { ProcessContext } from '#runtime/process-context'
import { findResource } from '#runtime/resources'
import { createBatchingRedis } from '#runtime/shared-limits'

/** Opens what scans remember in Redis, for a command; undefined: no Redis is linked. */
export function openScanEntries({ clock, log }: ProcessContext): GenerationalCache | undefined {
  if (!findResource('Redis')) return undefined
  const breaker = { run: <T>(call: () => Promise<T>) => call() } // a command makes one call
  return createGenerationalCache({ redis: createBatchingRedis(), breaker, clock, log, newToken: randomUUID })
}
