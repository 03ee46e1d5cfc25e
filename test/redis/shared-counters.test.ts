import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { createRedis } from '#redis/client'
import { createSharedCounters } from '#redis/shared-counters'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { answering, hanging, refusingUrl, startStub, type StubServer } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'

let clock: TestClock
let server: RedisServer
let proxy: FaultyProxy
beforeEach(async () => {
  clock = new TestClock()
  server = await startRedisServer({ token: 't', clock })
  proxy = await startFaultyProxy(server.url)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await proxy.close()
  await server.close()
})

const stubs: StubServer[] = []
afterEach(async () => void (await Promise.all(stubs.splice(0).map((stub) => stub.close()))))
async function stubUrl(listener: RequestListener): Promise<string> {
  const stub = await startStub(listener)
  stubs.push(stub)
  return stub.url
}

const realFetch = globalThis.fetch
let instances = 0
function instanceAt(url: string, timeoutMs = 20_000) {
  const redis = createRedis({ url, token: 't', timeoutMs, batching: true })
  return { redis, counts: createSharedCounters({ redis, clock, instanceId: `i${(instances += 1)}` }) }
}
const read = async (url = server.url) => Object.fromEntries((await instanceAt(url).counts.read()) ?? [])
/** The request arrives and is done; its answer is lost. */
const loseAnswers = (times: number) => {
  let left = times
  proxy.faults = () => ((left -= 1) >= 0 ? { kind: 'cut', afterBytes: 0 } : undefined)
}

it('adds up what all instances counted', async () => {
  const all = [instanceAt(server.url), instanceAt(server.url), instanceAt(server.url)]
  for (const { counts } of all) {
    counts.add('a{x="1"}', 2)
    counts.add('b', 1)
  }
  await Promise.all(all.map(({ counts }) => counts.flush()))
  expect(await read()).toEqual({ 'a{x="1"}': 6, b: 3 })
})

it('reads its own counts with those of the others, in one request', async () => {
  const { counts } = instanceAt(proxy.url)
  counts.add('a', 1)
  expect(await counts.read()).toEqual(new Map([['a', 1]]))
  expect(proxy.requests).toBe(1)
  expect(await counts.read()).toEqual(new Map([['a', 1]]))
})

it('travels with the commands of the same tick in one request, at most once a second', async () => {
  const { counts, redis } = instanceAt(proxy.url)
  for (let i = 0; i < 5; i += 1) {
    counts.add('a', 1)
    counts.piggyback()
    await redis.set('key', i)
  }
  expect(proxy.requests).toBe(5)
  expect(await read()).toEqual({ a: 1 })
  clock.advanceMs(1_000)
  counts.piggyback()
  await redis.set('key', 'last')
  expect([proxy.requests, await read()]).toEqual([6, { a: 5 }])
})

it('sends nothing without counts', async () => {
  const { counts } = instanceAt(proxy.url)
  counts.piggyback()
  await counts.flush()
  expect(proxy.requests).toBe(0)
})

describe.each([
  ['refuses', () => refusingUrl()],
  ['hangs', () => stubUrl(hanging)],
  ['answers garbage', () => stubUrl(answering(200, '[{"result":"hello"},7'))],
  ['answers with errors', () => stubUrl(answering(200, '[{"error":"OOM"},{"error":"OOM"}]'))],
])('while Redis %s', (_, start) => {
  it('reports it, loses nothing, and sends everything when Redis is back', async () => {
    let upstream = await start()
    // one client for both times: the address behind it changes
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
      realFetch((input as string).replace('http://redis.invalid', upstream), init),
    )
    const { counts } = instanceAt('http://redis.invalid', 250)
    counts.add('a', 1)
    await counts.flush()
    counts.add('a', 2)
    expect(await counts.read()).toBeUndefined()
    counts.add('b', 4)
    counts.piggyback()
    upstream = server.url
    await counts.flush()
    expect(await read()).toEqual({ a: 3, b: 4 })
  })
})

it('counts a batch once, however often its answer was lost', async () => {
  const { counts } = instanceAt(proxy.url)
  counts.add('a', 5)
  loseAnswers(3)
  for (let i = 0; i < 3; i += 1) await counts.flush()
  counts.add('a', 1)
  expect(await read()).toEqual({ a: 5 })
  await counts.flush()
  expect(await read()).toEqual({ a: 6 })
})

it('counts a batch once that arrives again after a later one', async () => {
  const { counts, redis } = instanceAt(server.url)
  const evaluated = vi.spyOn(globalThis, 'fetch')
  counts.add('a', 5)
  await counts.flush()
  const [url, init] = evaluated.mock.calls[0] ?? []
  counts.add('a', 1)
  await counts.flush()
  if (!url) throw new Error('nothing was sent')
  expect((await realFetch(url, init)).status).toBe(200)
  expect(await redis.hgetall('metrics:v1')).toEqual({ a: 6 })
})

it('starts from zero after Redis lost its data, and ignores invalid counts', async () => {
  const { counts, redis } = instanceAt(server.url)
  counts.add('a', 5)
  await counts.flush()
  await redis.del('metrics:v1')
  counts.add('a', 1)
  await counts.flush()
  await redis.hset('metrics:v1', { b: 'x', c: '1.5', d: '{"e":1}' })
  expect(await read()).toEqual({ a: 1 })
  await redis.set('metrics:v1', 'no hash')
  expect(await counts.read()).toBeUndefined()
})
