/** The breaker's state where all instances see it: written when it changes, read by who has just met a failure. */
import type { Redis } from '@upstash/redis'
import type { SharedBreakerState } from '#redis/breaker'

const KEY = 'breaker:v1:limits'

export function createSharedBreaker(redis: Redis): SharedBreakerState {
  return {
    async openUntil() {
      const until = await redis.get<unknown>(KEY).catch(() => undefined)
      return typeof until === 'number' && Number.isSafeInteger(until) ? new Date(until) : undefined
    },
    async publish(until) {
      const told = until ? redis.set(KEY, until.getTime(), { pxat: until.getTime() }) : redis.del(KEY)
      await told.catch(() => undefined)
    },
  }
}
