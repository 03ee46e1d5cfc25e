/** Answers worth keeping. Redis may be gone or hold rubbish: that makes things slower, never wrong. */
import type { Redis } from '@upstash/redis'
import * as z from 'zod/mini'
import type { Log } from '#platform/log'
import { type Breaker, BreakerOpen } from '#redis/breaker'
import { describeRedisError } from '#redis/client'

export interface CacheKind<T extends object> {
  /** First part of the key: `dns` in `dns:v1:example.org`. */
  name: string
  /** Raise it when the shape or the meaning of the entries changes: older ones are then never read again. */
  version: number
  ttlMs: number
  schema: z.ZodMiniType<T>
  /** What is longer is not stored; absent: `ENTRY_CHARS_MAX`. */
  charsMax?: number
}

export interface Cache {
  /** `undefined`: not there, expired, unreadable, or Redis did not answer. */
  getJson<T extends object>(kind: CacheKind<T>, id: string): Promise<T | undefined>
  /** `ttlMs` shortens the kind's own life for an entry; a life of no milliseconds stores nothing. */
  setJson<T extends object>(kind: CacheKind<T>, id: string, value: T, ttlMs?: number): Promise<void>
}

/** Called once for each look into a cache, with the name of its kind. `error`: Redis did not answer. */
export type CountCache = (kind: string, outcome: 'hit' | 'miss' | 'error') => void

export interface CacheDeps {
  redis: Redis
  log: Log
  /** The one of all that use the same Redis; without it each call waits for Redis itself. */
  breaker?: Pick<Breaker, 'run'>
  count?: CountCache
}

/** What is longer is not worth its way: the largest answers of ordinary domains are a tenth of it. */
export const ENTRY_CHARS_MAX = 64 * 1024

export function createCache({ redis, log, breaker, count = () => undefined }: CacheDeps): Cache {
  const attempt = createAttempt({ log, breaker })
  return {
    async getJson(kind, id) {
      const got = await attempt(kind.name, async () => ({ stored: await redis.get(buildCacheKey(kind, id)) }))
      const value = got && z.safeParse(kind.schema, got.stored).data
      count(kind.name, got ? (value ? 'hit' : 'miss') : 'error')
      return value
    },
    async setJson(kind, id, value, ttlMs = kind.ttlMs) {
      const px = Math.floor(Math.min(ttlMs, kind.ttlMs))
      const text = JSON.stringify(value)
      if (px < 1 || text.length > (kind.charsMax ?? ENTRY_CHARS_MAX)) return
      await attempt(kind.name, () => redis.set(buildCacheKey(kind, id), text, { px }))
    },
  }
}

/** Does a call that may fail: `undefined` then, and a line in the log unless Redis is being left alone. */
export function createAttempt({
  log,
  breaker,
}: Pick<CacheDeps, 'log'> & { breaker: CacheDeps['breaker'] | undefined }) {
  return async <T>(kind: string, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await (breaker ? breaker.run(call) : call())
    } catch (error) {
      if (!(error instanceof BreakerOpen)) log.warn('cache_failed', { kind, problem: describeRedisError(error) })
      return undefined
    }
  }
}

export function buildCacheKey({ name, version }: { name: string; version: number }, id: string): string {
  return `${name}:v${version}:${id}`
}
