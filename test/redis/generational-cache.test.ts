import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { startRedisServer } from '#emulators/redis/server'
import { createBreaker, FAILURES_MAX } from '#redis/breaker'
import type { CacheKind } from '#redis/cache'
import { createRedis } from '#redis/client'
import { createGenerationalCache } from '#redis/generational-cache'
import { recordingLog } from '../support/recording-log.ts'
import { redisServerPath, startRealRedis } from '../support/redis-server.ts'
import { answering, hanging, refusingUrl, startStub } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'
import { runGenerationalCacheSuite } from './generational-cache-suite.ts'

describe('in this process', () => {
  runGenerationalCacheSuite(async (clock) => ({ ...(await startRedisServer({ token: 't', clock })), token: 't' }))
})

describe.skipIf(redisServerPath === undefined)('over a real redis-server', () => {
  runGenerationalCacheSuite(async () => ({ ...(await startRealRedis(redisServerPath ?? '', 't')), token: 't' }))
})

const kind: CacheKind<object> = { name: 'dns', version: 1, ttlMs: 60_000, schema: z.object({}) }
const untilMs = Date.UTC(2026, 10, 20, 0, 1)

describe.each([
  ['refuses', () => refusingUrl()],
  ['hangs', async () => (await startStub(hanging)).url],
  ['answers with a page of a proxy', async () => (await startStub(answering(502, '<html>'))).url],
  ['answers what is no list', async () => (await startStub(answering(200, '{"result":"OK"}'))).url],
  ['answers a list that is too short', async () => (await startStub(answering(200, '[]'))).url],
])('a Redis that %s', (_, start) => {
  test('delays only a few calls, yields misses, and is logged without the values', async () => {
    const clock = new TestClock()
    const log = recordingLog()
    const redis = createRedis({ url: await start(), token: 't', timeoutMs: 200, batching: true })
    const shared = { openUntil: async () => undefined, publish: async () => undefined }
    const breaker = createBreaker({ clock, log: recordingLog(), shared })
    const cache = createGenerationalCache({ redis, breaker, clock, log, newToken: () => 'token' })
    const startedMs = performance.now()
    for (let round = 0; round < 25; round += 1) {
      expect(await cache.read('firma.com.tr', [kind])).toBeUndefined()
      expect(await cache.claim('firma.com.tr', [kind], 1_000)).toBeUndefined()
      expect(await cache.invalidate('firma.com.tr', [kind], 1_000)).toBeUndefined()
      await cache.write('firma.com.tr', {
        generation: '',
        entries: [{ kind, value: { secret: 'a-secret-value' }, untilMs }],
      })
    }
    expect(log.lines).toHaveLength(FAILURES_MAX)
    expect(performance.now() - startedMs).toBeLessThan(10_000) // a hundred waits are 20 s
    expect(JSON.stringify(log.lines)).not.toContain('a-secret-value')
  })
})
