/** Answers worth keeping. Redis may be gone or hold rubbish: that makes things slower, never wrong. */
import type { Redis } from '@upstash/redis'
import * as z from 'zod/mini'
import type { Log } from '#platform/log'
import { redisProblem } from '#redis/client'

export interface CacheKind<T extends object> {
  /** First part of the key: `dns` in `dns:v1:example.org`. */
  name: string
  /** Raise it when the shape or the meaning of the entries changes: older ones are then never read again. */
  version: number
  ttlMs: number
  schema: z.ZodMiniType<T>
}

export interface Cache {
  /** `undefined`: not there, expired, unreadable, or Redis did not answer. */
  getJson<T extends object>(kind: CacheKind<T>, id: string): Promise<T | undefined>
  /** `ttlMs` shortens the kind's own life for an entry; a life of no milliseconds stores nothing. */
  setJson<T extends object>(kind: CacheKind<T>, id: string, value: T, ttlMs?: number): Promise<void>
}

export function createCache({ redis, log }: { redis: Redis; log: Log }): Cache {
  const failed = (kind: string, error: unknown) => log.warn('cache_failed', { kind, problem: redisProblem(error) })
  return {
    async getJson(kind, id) {
      try {
        const stored = await redis.get(keyOf(kind, id))
        return z.safeParse(kind.schema, stored).data
      } catch (error) {
        failed(kind.name, error)
        return undefined
      }
    },
    async setJson(kind, id, value, ttlMs = kind.ttlMs) {
      const px = Math.floor(Math.min(ttlMs, kind.ttlMs))
      if (px < 1) return
      try {
        await redis.set(keyOf(kind, id), JSON.stringify(value), { px })
      } catch (error) {
        failed(kind.name, error)
      }
    },
  }
}

function keyOf({ name, version }: { name: string; version: number }, id: string): string {
  return `${name}:v${version}:${id}`
}
