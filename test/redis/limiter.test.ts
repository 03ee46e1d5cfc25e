import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import { createBreaker, type SharedBreakerState } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { type LimitRule, createLimiter } from '#redis/limiter'
import { recordingLog } from '../support/recording-log.ts'
import { answering, hanging, refusingUrl, startStub } from '../support/stub-redis.ts'
import { isThorough } from '../support/thorough.ts'

const startMs = Date.UTC(2026, 10, 20, 12)
const rule: LimitRule = { name: 'keys', tokens: 6, windowMs: 60_000, instances: 2 }
const alone: SharedBreakerState = { openUntil: async () => undefined, publish: async () => undefined }
let server: RedisServer

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: startMs })
  server = await startRedisServer({ token: 't', clock: systemClock })
})
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await server.close()
})

function limiterAt(url: string, over: Partial<LimitRule> = {}, { token = 't', timeoutMs = 20_000 } = {}) {
  const log = recordingLog()
  const redis = createRedis({ url, token, timeoutMs })
  const breaker = createBreaker({ clock: systemClock, log, shared: alone })
  return { log, breaker, limiter: createLimiter({ redis, clock: systemClock, breaker }, { ...rule, ...over }) }
}

async function allowedOf(limiter: ReturnType<typeof limiterAt>['limiter'], id: string, count: number, tokens?: number) {
  const answers = await Promise.all(Array.from({ length: count }, () => limiter.limit(id, tokens)))
  return answers.filter(({ allowed }) => allowed).length
}

test('grants the tokens, says what remains, and refuses the rest with the time to retry', async () => {
  const { limiter, log } = limiterAt(server.url)
  const first = await limiter.limit('a')
  expect(first).toEqual({
    allowed: true,
    limit: 6,
    windowMs: 60_000,
    remaining: 5,
    resetAt: new Date(startMs + 60_000),
    retryAt: new Date(startMs),
    degraded: false,
  })
  expect(await allowedOf(limiter, 'a', 5)).toBe(5)
  expect(await limiter.limit('a')).toMatchObject({
    allowed: false,
    remaining: 0,
    // five of the six count in the next window, as soon as one millisecond of them is more than a minute old
    resetAt: new Date(startMs + 60_001),
    retryAt: new Date(startMs + 60_001),
  })
  expect((await limiter.limit('b')).allowed).toBe(true)
  expect(log.lines).toEqual([])
})

test('instances share one limit', async () => {
  const instances = [limiterAt(server.url), limiterAt(server.url), limiterAt(server.url)]
  const allowed = await Promise.all(instances.map(({ limiter }) => allowedOf(limiter, 'a', 6)))
  expect(allowed.reduce((sum, count) => sum + count, 0)).toBe(6)
})

test('limits of different names are separate', async () => {
  await allowedOf(limiterAt(server.url).limiter, 'a', 6)
  expect((await limiterAt(server.url, { name: 'dns' }).limiter.limit('a')).allowed).toBe(true)
})

test('needs one request for a decision, and none for a caller that is known to be blocked', async () => {
  const { limiter } = limiterAt(server.url)
  await allowedOf(limiter, 'a', 7)
  const requests = vi.spyOn(globalThis, 'fetch')
  expect(await limiter.limit('a')).toMatchObject({ allowed: false, degraded: false })
  expect(requests).not.toHaveBeenCalled()
  await limiter.limit('b')
  expect(requests).toHaveBeenCalledTimes(1)
})

test.each([
  { tokens: 10, windowMs: 1_000, windows: isThorough ? 60 : 15 },
  { tokens: 60, windowMs: 60_000, windows: 5 },
])('a caller that returns at retryAt gets 95 % of $tokens in $windowMs ms, and never more', async (given) => {
  const { tokens, windowMs, windows } = given
  const { limiter } = limiterAt(server.url, { tokens, windowMs })
  const endMs = startMs + windows * windowMs
  const takenAt: number[] = []
  while (Date.now() < endMs) {
    const { allowed, retryAt } = await limiter.limit('a')
    if (allowed) takenAt.push(Date.now())
    else vi.setSystemTime(retryAt)
  }
  expect(takenAt.length).toBeGreaterThanOrEqual(0.95 * tokens * windows)
  expect(takenAt.length).toBeLessThanOrEqual(tokens * windows)
})

test('without Redis, an id whose limit arrives later is granted the share of that limit', async () => {
  const { limiter } = limiterAt(await refusingUrl())
  const settle = await limiter.limitThenDecide('a')
  expect(settle(20)).toMatchObject({ allowed: true, limit: 10, remaining: 9, degraded: true })
  const settleNext = await limiter.limitThenDecide('b')
  expect(settleNext()).toMatchObject({ allowed: true, limit: 3, remaining: 2, degraded: true })
  await allowedOf(limiter, 'b', 2)
  const settleLast = await limiter.limitThenDecide('b')
  expect(settleLast()).toMatchObject({ allowed: false, remaining: 0, degraded: true })
})

test('without Redis, each instance grants its share and reports it', async () => {
  const { limiter, log } = limiterAt(await refusingUrl())
  expect(await limiter.limit('a')).toEqual({
    allowed: true,
    limit: 3,
    windowMs: 60_000,
    remaining: 2,
    resetAt: new Date(startMs + 60_000),
    retryAt: new Date(startMs),
    degraded: true,
  })
  expect(await allowedOf(limiter, 'a', 5)).toBe(2)
  expect(await limiter.limit('a')).toMatchObject({
    allowed: false,
    remaining: 0,
    retryAt: new Date(startMs + 60_001),
    degraded: true,
  })
  expect((await limiter.limit('b')).allowed).toBe(true)
  vi.setSystemTime(startMs + 60_000)
  expect(await allowedOf(limiter, 'a', 5)).toBe(0)
  vi.setSystemTime(startMs + 60_001)
  expect(await allowedOf(limiter, 'a', 5)).toBe(1)
  vi.setSystemTime(startMs + 180_000)
  expect(await allowedOf(limiter, 'a', 5)).toBe(3)
  expect(log.lines).toEqual([
    {
      level: 'warn',
      event: 'degraded',
      fields: { degraded: true, problem: expect.stringContaining('ECONNREFUSED') },
    },
  ])
})

test('with fewer tokens than instances, each grants one token only in some windows, so the sum stays below the limit', async () => {
  const { limiter } = limiterAt(await refusingUrl(), { tokens: 3, instances: 10 })
  vi.setSystemTime(0)
  expect(await allowedOf(limiter, 'a', 5)).toBe(1)
  vi.setSystemTime(3.9 * 60_000)
  expect(await limiter.limit('a')).toMatchObject({ allowed: false, retryAt: new Date(4 * 60_000 + 1) })
  vi.setSystemTime(4 * 60_000 + 1)
  expect(await allowedOf(limiter, 'a', 5)).toBe(1)
})

test('when Redis fails in mid-window, the instance grants its share of what was left', async () => {
  const [one, other] = [limiterAt(server.url).limiter, limiterAt(server.url).limiter]
  await allowedOf(one, 'mine', 6, 20)
  await allowedOf(one, 'ours', 9, 20)
  await other.limit('ours', 20)
  await server.close()
  expect(await allowedOf(one, 'mine', 20, 20)).toBe(4) // its share is ten
  expect(await allowedOf(other, 'ours', 20, 20)).toBe(3) // half of the ten that were left, less what went meanwhile
})

test('tokens granted during an outage are reported to Redis in the same window', async () => {
  const port = Number(new URL(server.url).port)
  const { limiter } = limiterAt(server.url)
  await server.close()
  expect(await allowedOf(limiter, 'a', 3)).toBe(3)
  expect(await allowedOf(limiter, 'b', 1)).toBe(1)
  server = await startRedisServer({ token: 't', clock: systemClock, port })
  expect(await limiter.limit('a')).toMatchObject({ allowed: true, remaining: 2, degraded: false })
  expect(await limiter.limit('a')).toMatchObject({ remaining: 1 })
  expect((await limiter.limitThenDecide('b'))()).toMatchObject({ remaining: 4, degraded: false })
})

test('tokens granted during an outage count in Redis even if it refuses', async () => {
  const port = Number(new URL(server.url).port)
  const [one, other] = [limiterAt(server.url).limiter, limiterAt(server.url).limiter]
  await server.close()
  expect(await allowedOf(one, 'a', 3)).toBe(3)
  server = await startRedisServer({ token: 't', clock: systemClock, port })
  expect(await allowedOf(other, 'a', 4)).toBe(4) // knows nothing of the three
  expect(await one.limit('a')).toMatchObject({ allowed: false, degraded: false })
  expect(await other.limit('a')).toMatchObject({ allowed: false })
})

test('retries a call whose connection breaks, and no call without an answer or with a wrong one', async () => {
  const answers: RequestListener[] = [
    (_, response) => response.destroy(),
    (_, response) => response.destroy(),
    (_, response) => response.destroy(),
    answering(502, '<html>'),
    answering(200, '{"result":"hello"'),
    hanging,
  ]
  const stub = await startStub((request, response) => answers[stub.requests.length - 1]?.(request, response))
  const { limiter } = limiterAt(stub.url, {}, { timeoutMs: 500 })
  for (const requests of [3, 4, 5, 6]) {
    expect(await limiter.limit('a')).toMatchObject({ limit: 3, degraded: true })
    expect(stub.requests).toHaveLength(requests)
  }
  await stub.close()
})

test('a caller that Redis refused gets no share of this window when Redis fails', async () => {
  const [one, other] = [limiterAt(server.url), limiterAt(server.url)]
  await allowedOf(one.limiter, 'a', 6)
  expect((await other.limiter.limit('a')).allowed).toBe(false)
  await server.close()
  vi.setSystemTime(startMs + 60_000)
  expect(await other.limiter.limit('a')).toMatchObject({ allowed: false, degraded: false }) // known to be blocked
  expect(await other.limiter.limit('a', 5)).toMatchObject({ allowed: false, degraded: true })
})

test('an id may have its own limit, and is counted even before that limit is known', async () => {
  const { limiter } = limiterAt(server.url)
  const [first, second, third] = [
    await limiter.limitThenDecide('a'),
    await limiter.limitThenDecide('a'),
    await limiter.limitThenDecide('a'),
  ]
  expect(first(2)).toMatchObject({ allowed: true, limit: 2, remaining: 1 })
  expect(second(2)).toMatchObject({ allowed: true, remaining: 0 })
  expect(third(2)).toMatchObject({ allowed: false, remaining: 0, retryAt: new Date(startMs + 80_001) })
  expect(await limiter.limit('a', 2)).toMatchObject({ allowed: false, limit: 2 })
  expect(await limiter.limit('a', 5)).toMatchObject({ allowed: true, limit: 5, remaining: 1 })
  expect(limiter.knownBlock('a', 2)).toMatchObject({ allowed: false })
  expect(limiter.knownBlock('a', 5)).toBeUndefined()
})

test('two simultaneous limits take one request, even after a restart of Redis', async () => {
  const redis = createRedis({ url: server.url, token: 't', timeoutMs: 20_000, batching: true })
  const breaker = createBreaker({ clock: systemClock, log: recordingLog(), shared: alone })
  const [ips, keys] = ['ips', 'keys'].map((name) =>
    createLimiter({ redis, clock: systemClock, breaker }, { ...rule, name }),
  )
  const both = () => Promise.all([ips?.limit('a'), keys?.limitThenDecide('b').then((settle) => settle(6))])
  await both() // loads the scripts
  const requests = vi.spyOn(globalThis, 'fetch')
  expect(await both()).toMatchObject([{ remaining: 4 }, { remaining: 4 }])
  expect(requests).toHaveBeenCalledTimes(1)
})

test('a cached refusal does not close an open breaker', async () => {
  const { limiter, breaker } = limiterAt(server.url, { windowMs: 3_600_000 })
  await allowedOf(limiter, 'a', 7)
  await server.close()
  await allowedOf(limiter, 'b', 5)
  expect(breaker.isOpen()).toBe(true)
  vi.setSystemTime(startMs + 60_000)
  expect(await limiter.limit('a')).toMatchObject({ allowed: false, degraded: false })
  expect(breaker.isOpen()).toBe(true)
})

test('a Redis that does not answer is a failure, not a permission', async () => {
  const stub = await startStub(hanging)
  const { limiter, log } = limiterAt(stub.url, {}, { timeoutMs: 50 })
  expect(await allowedOf(limiter, 'a', 10)).toBe(3)
  const problem: unknown = expect.stringContaining('timeout')
  expect(log.lines).toMatchObject([{ level: 'warn', event: 'degraded', fields: { problem } }])
  await stub.close()
})

test('a timeout is never an answer, whatever the timeout of the client', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: startMs })
  const stub = await startStub(hanging)
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 3_600_000 })
  const breaker = createBreaker({ clock: systemClock, log: recordingLog(), shared: alone })
  const limiter = createLimiter({ redis, clock: systemClock, breaker }, { ...rule, tokens: 2 })
  let answered = false
  const answer = limiter.limit('a').finally(() => (answered = true))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(answered).toBe(false)
  await stub.close()
  expect(await answer).toMatchObject({ limit: 1, degraded: true })
})

test.each([
  ['an error of the server', answering(500, '{"error":"ERR internal"}')],
  ['a page of a proxy', answering(502, '<html>')],
  ['another shape', answering(200, '{"result":"hello"}')],
  ['nothing', answering(200, '{}')],
])('%s is a failure', async (_, listener) => {
  const stub = await startStub(listener)
  expect(await limiterAt(stub.url).limiter.limit('a')).toMatchObject({ limit: 3, degraded: true })
  await stub.close()
})

test('a wrong token is a failure, and the log holds neither the command nor the id', async () => {
  const { limiter, log } = limiterAt(server.url, {}, { token: 'wrong' })
  for (let i = 0; i < 5; i += 1) expect((await limiter.limit('a-secret-id')).degraded).toBe(true)
  expect(log.lines).toMatchObject([{ event: 'degraded', fields: { problem: expect.stringContaining('WRONGPASS') } }])
  expect(JSON.stringify(log.lines)).not.toContain('a-secret-id')
})

test('reports once that Redis is back, and counts there again', async () => {
  const port = Number(new URL(server.url).port)
  const { limiter, log } = limiterAt(server.url)
  await server.close()
  await allowedOf(limiter, 'a', 5)
  server = await startRedisServer({ token: 't', clock: systemClock, port })
  expect(await limiter.limit('a')).toMatchObject({ degraded: true }) // no call is sent before the minute is over
  vi.setSystemTime(startMs + 60_000)
  expect(await limiter.limit('a')).toMatchObject({ limit: 6, remaining: 5, degraded: false })
  await limiter.limit('a')
  expect(log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual(['warn degraded', 'info recovered'])
})
