import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter, type LimitAnswer } from '#redis/limiter'
import { createSharedBreaker } from '#redis/shared-breaker'
import { recordingLog } from '../support/recording-log.ts'
import { answering, hanging, refusingUrl, startStub } from '../support/stub-redis.ts'
import { isThorough, sampleOf } from '../support/thorough.ts'

const startMs = Date.UTC(2026, 10, 20, 12)
const INSTANCES = 8
const TOKENS = 80
const TIMEOUT_MS = 250
/** Longer than a busy machine takes for any call: who took as long waited a timeout out. */
const PATIENT_MS = 10_000
const REQUESTS_EACH = isThorough ? 120 : 60
/** Beyond what the fault itself may cost: two cores are shared with other tests. */
const BUSY_MS = 400

let redis: RedisServer
const open: { close(): Promise<void> }[] = []
beforeEach(async () => {
  // time stands still, so that all of a run is in one window
  vi.useFakeTimers({ toFake: ['Date'], now: startMs })
  redis = await startRedisServer({ token: 't', clock: systemClock })
  open.push(redis)
})
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

/** Redis behind something that does `fault` with each request before, or instead of, passing it on. */
async function behind(fault: (pass: () => void, response: ServerResponse, nth: number) => void): Promise<string> {
  let count = 0
  const stub = createServer((request, response) => {
    count += 1
    // the client may have disconnected in the meantime, or Redis stopped with the test
    fault(() => void passOn(request, response).catch(() => response.destroy()), response, count)
  }).listen(0, '127.0.0.1')
  await once(stub, 'listening')
  open.push({
    close: async () => {
      stub.close()
      stub.closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(stub.address() as AddressInfo).port}`
}

async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const headers = Object.fromEntries(
    ['authorization', 'content-type', 'upstash-encoding'].flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )
  const answer = await fetch(redis.url + (request.url ?? ''), { method: 'POST', headers, body: Buffer.concat(chunks) })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
}

async function stubUrl(listener: Parameters<typeof startStub>[0]): Promise<string> {
  const stub = await startStub(listener)
  open.push(stub)
  return stub.url
}

/** Asks the healthy Redis now and again, for the longest that it takes. */
function startProbe() {
  const client = createRedis({ url: redis.url, token: 't', timeoutMs: 60_000, batching: false })
  const over = new AbortController()
  const longest = (async () => {
    let longestMs = 0
    while (!over.signal.aborted) {
      const before = performance.now()
      await client.ping()
      longestMs = Math.max(longestMs, performance.now() - before)
      await pause(5)
    }
    return longestMs
  })()
  return {
    stop: () => {
      over.abort()
      return longest
    },
  }
}

async function runInstances(url: string, timeoutMs = TIMEOUT_MS) {
  const instances = Array.from({ length: INSTANCES }, () => {
    const client = createRedis({ url, token: 't', timeoutMs, batching: true })
    const log = recordingLog()
    const breaker = createBreaker({ clock: systemClock, log, shared: createSharedBreaker(client) })
    const rule = { name: 'key', tokens: TOKENS, windowMs: 60_000, instances: INSTANCES }
    return { log, breaker, limiter: createLimiter({ redis: client, clock: systemClock, breaker }, rule) }
  })
  const answers: (LimitAnswer & { ms: number })[] = []
  const busy = startProbe()
  await Promise.all(
    instances.map(async ({ limiter }) => {
      for (let i = 0; i < REQUESTS_EACH; i += 1) {
        const before = performance.now()
        const answer = await limiter.limit('everyone')
        answers.push({ ...answer, ms: performance.now() - before })
      }
    }),
  )
  const busyMs = await busy.stop()
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  return {
    granted: answers.filter(({ allowed }) => allowed).length,
    /** Without what a busy machine made even a healthy Redis take meanwhile. */
    p99Ms: (sorted[Math.floor(sorted.length * 0.99)] ?? 0) - busyMs,
    opened: instances.filter(({ breaker }) => breaker.isOpen()).length,
    degradedLines: instances.map(({ log }) => log.lines.filter(({ event }) => event === 'degraded').length),
  }
}

test('a Redis that answers grants exactly the limit', async () => {
  expect(await runInstances(redis.url, PATIENT_MS)).toMatchObject({ granted: TOKENS, opened: 0 })
})

const FAULTS: [string, () => string | Promise<string>][] = [
  ['refuses', () => refusingUrl()],
  ['hangs', () => stubUrl(hanging)],
  ['answers garbage', () => stubUrl(answering(200, '[{"result":"hello"},7'))],
  ['answers with a page of a proxy', () => stubUrl(answering(502, '<html>'))],
  ['stops in the middle of its answer', () => stubUrl((_, response) => void response.writeHead(200).write('[{"res'))],
]
describe.each(sampleOf(FAULTS, 2))('a Redis that %s', (_, start) => {
  test('delays only a few callers, and the instances together stay within the limit', async () => {
    const { granted, p99Ms, opened, degradedLines } = await runInstances(await start())
    expect(granted).toBe(TOKENS) // each its share
    expect(opened).toBe(INSTANCES)
    expect(degradedLines).toEqual(Array.from({ length: INSTANCES }, () => 1))
    expect(p99Ms).toBeLessThan(TIMEOUT_MS + BUSY_MS)
  })
})

test('a slow Redis that answers in time grants the limit', async () => {
  const slow = await behind((pass) => void setTimeout(pass, 20))
  const { granted, p99Ms, opened, degradedLines } = await runInstances(slow, PATIENT_MS)
  expect(granted).toBe(TOKENS)
  expect(opened).toBe(0)
  expect(degradedLines).toEqual(Array.from({ length: INSTANCES }, () => 0))
  expect(p99Ms).toBeLessThan(PATIENT_MS)
})

test.each([
  [
    'before they count',
    (nth: number, pass: () => void, response: ServerResponse) => (nth % 2 ? pass() : void response.destroy()),
  ],
  [
    'by the toss of a fixed coin',
    (nth: number, pass: () => void, response: ServerResponse) =>
      (nth * 2_654_435_761) % 4_294_967_296 < 2_147_483_648 ? pass() : void response.destroy(),
  ],
])('a Redis that loses half of the calls %s holds the instances to the limit', async (_, fault) => {
  const half = await behind((pass, response, nth) => fault(nth, pass, response))
  const { granted, p99Ms } = await runInstances(half, PATIENT_MS) // a lost call fails at once
  expect(granted).toBeLessThanOrEqual(1.05 * TOKENS)
  expect(granted).toBeGreaterThanOrEqual(TOKENS / 2)
  expect(p99Ms).toBeLessThan(PATIENT_MS)
})

test.each([
  ['loses half of the answers after it has counted', (nth: number) => nth % 2 === 0],
  ['sends no answer, but counts', () => true],
])('a Redis that %s never lets the instances grant more than the limit', async (_, isLost) => {
  const lossy = await behind((pass, response, nth) => {
    if (isLost(nth)) response.end = () => response.destroy() // no client reads the answer
    pass()
  })
  const { granted, p99Ms } = await runInstances(lossy, PATIENT_MS)
  expect(granted).toBeLessThanOrEqual(TOKENS)
  expect(granted).toBeGreaterThan(0)
  expect(p99Ms).toBeLessThan(PATIENT_MS)
})
