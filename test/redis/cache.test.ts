import { afterEach, beforeEach, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { BreakerOpen } from '#redis/breaker'
import { type CacheKind, createCache } from '#redis/cache'
import { createRedis } from '#redis/client'
import { recordingLog } from '../support/recording-log.ts'
import { answering, hanging, refusingUrl, startStub } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'

interface Answer {
  name: string
  list: (number | null)[]
}

const schema = z.object({ name: z.string(), list: z.array(z.nullable(z.number())) })
const kind: CacheKind<Answer> = { name: 'dns', version: 1, ttlMs: 60_000, schema }
const value: Answer = { name: 'şğİ', list: [1, null, 1e21] }

let clock: TestClock
let server: RedisServer

beforeEach(async () => {
  clock = new TestClock()
  server = await startRedisServer({ token: 't', clock })
})
afterEach(() => server.close())

function cacheAt(url: string, timeoutMs = 20_000) {
  const log = recordingLog()
  const redis = createRedis({ url, token: 't', timeoutMs })
  return { log, redis, cache: createCache({ redis, log }) }
}

test('returns what was stored, under a key with kind and version', async () => {
  const { cache, redis } = cacheAt(server.url)
  expect(await cache.getJson(kind, 'example.org')).toBeUndefined()
  await cache.setJson(kind, 'example.org', value)
  expect(await cache.getJson(kind, 'example.org')).toEqual(value)
  expect(await redis.exists('dns:v1:example.org')).toBe(1)
})

test('an entry expires after its TTL, which a caller may shorten but not extend', async () => {
  const { cache } = cacheAt(server.url)
  await cache.setJson(kind, 'whole', value)
  await cache.setJson(kind, 'short', value, 10_000)
  await cache.setJson(kind, 'long', value, 3_600_000)
  await cache.setJson(kind, 'none', value, 0.5)
  expect(await cache.getJson(kind, 'none')).toBeUndefined()
  clock.advanceMs(10_000)
  expect(await cache.getJson(kind, 'short')).toBeUndefined()
  expect(await cache.getJson(kind, 'whole')).toEqual(value)
  clock.advanceMs(50_000)
  expect(await cache.getJson(kind, 'whole')).toBeUndefined()
  expect(await cache.getJson(kind, 'long')).toBeUndefined()
})

test('entries of an older version are not read', async () => {
  const { cache } = cacheAt(server.url)
  await cache.setJson(kind, 'example.org', value)
  expect(await cache.getJson({ ...kind, version: 2 }, 'example.org')).toBeUndefined()
})

test.each(['rubbish', '{', '5', 'null', '"text"', '{"name":"a"}', '{"name":1,"list":[]}', ''])(
  'the entry %j is a miss, without a log line',
  async (stored) => {
    const { cache, redis, log } = cacheAt(server.url)
    await redis.set('dns:v1:example.org', stored)
    expect(await cache.getJson(kind, 'example.org')).toBeUndefined()
    expect(log.lines).toEqual([])
  },
)

test('a value that is too long is not stored', async () => {
  const { cache, redis } = cacheAt(server.url)
  await cache.setJson(kind, 'example.org', { name: 'x'.repeat(70_000), list: [] })
  expect(await redis.exists('dns:v1:example.org')).toBe(0)
})

test('counts each read by kind: hit, miss or error', async () => {
  const counted: string[] = []
  const count = (name: string, outcome: string) => void counted.push(`${name} ${outcome}`)
  for (const url of [server.url, await refusingUrl()]) {
    const redis = createRedis({ url, token: 't', timeoutMs: 20_000 })
    const cache = createCache({ redis, log: recordingLog(), count })
    await cache.getJson(kind, 'example.org')
    await cache.setJson(kind, 'example.org', value)
    await cache.getJson(kind, 'example.org')
  }
  expect(counted).toEqual(['dns miss', 'dns hit', 'dns error', 'dns error'])
})

test('sends nothing to Redis while the breaker is open, without a log line', async () => {
  const { redis, log } = cacheAt(server.url)
  const breaker = { run: () => Promise.reject(new BreakerOpen()) }
  const cache = createCache({ redis, log, breaker })
  await cache.setJson(kind, 'example.org', value)
  expect(await cache.getJson(kind, 'example.org')).toBeUndefined()
  expect([await redis.exists('dns:v1:example.org'), log.lines]).toEqual([0, []])
})

test('a key of another type is a miss', async () => {
  const { cache, redis } = cacheAt(server.url)
  await redis.hset('dns:v1:example.org', { a: 1 })
  expect(await cache.getJson(kind, 'example.org')).toBeUndefined()
})

test('a Redis that refuses, hangs or answers nonsense is a miss, and is logged without the value', async () => {
  const stubs = await Promise.all([startStub(hanging), startStub(answering(502, '<html>'))])
  for (const url of [await refusingUrl(), ...stubs.map((stub) => stub.url)]) {
    const { cache, log } = cacheAt(url, 50)
    expect(await cache.getJson(kind, 'example.org')).toBeUndefined()
    await cache.setJson(kind, 'example.org', { name: 'a-secret-value', list: [] })
    expect(log.lines).toMatchObject([
      { level: 'warn', event: 'cache_failed', fields: { kind: 'dns', problem: expect.any(String) } },
      { level: 'warn', event: 'cache_failed' },
    ])
    expect(JSON.stringify(log.lines)).not.toContain('a-secret-value')
  }
  await Promise.all(stubs.map((stub) => stub.close()))
})
