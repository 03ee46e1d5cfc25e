import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { rawLeads } from '#db/tables'
import { systemClock } from '#platform/clock'
import { createMetrics } from '#platform/metrics/metrics'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter } from '#redis/limiter'
import { createSharedBreaker } from '#redis/shared-breaker'
import { createSharedCounters } from '#redis/shared-counters'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { recordingLog } from '../support/recording-log.ts'
import { answering, hanging, refusingUrl } from '../support/stub-redis.ts'
import { createTestApi } from '../support/test-api.ts'
import { sampleOf } from '../support/thorough.ts'

/** Whole requests with key, limits and counts while Redis fails. Raise it by hand: HUNTER_FAULT_REQUESTS=5000. */
const REQUESTS = Number(process.env['HUNTER_FAULT_REQUESTS'] ?? 40)
/** A wait costs every round, a busy machine only some: the first round that costs little settles it. */
const ROUNDS_MAX = 5
const CALLERS = 4
const TIMEOUT_MS = 250
/** Cost of a failing Redis at the 99th percentile. */
const COST_MS_MAX = 300

let database: HunterDatabase
let redis: RedisServer
const closers: (() => void)[] = []
beforeAll(async () => {
  database = await createHunterDatabase()
  redis = await startRedisServer({ token: 't', clock: systemClock })
})
afterAll(async () => {
  await redis.close()
  await database.close()
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The client may be gone by then. */
const passOn = (request: IncomingMessage, response: ServerResponse) =>
  void ask(request, response).catch(() => response.destroy())

async function ask(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const { authorization = '', 'upstash-encoding': encoding } = request.headers
  const headers = { authorization, ...(typeof encoding === 'string' ? { 'upstash-encoding': encoding } : {}) }
  const answer = await fetch(redis.url + (request.url ?? ''), { method: 'POST', headers, body: Buffer.concat(chunks) })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
}

const slow =
  (ms: number): RequestListener =>
  (request, response) =>
    void setTimeout(() => passOn(request, response), ms)

/** Drops every other call. */
function losingHalf(): RequestListener {
  let nth = 0
  return (request, response) => ((nth += 1) % 2 ? passOn(request, response) : void response.destroy())
}

function apiAt(url: string) {
  const log = recordingLog()
  const client = createRedis({ url, token: 't', timeoutMs: TIMEOUT_MS, batching: true })
  const counts = createSharedCounters({ redis: client, clock: systemClock, instanceId: 'one' })
  const breaker = createBreaker({ clock: systemClock, log, shared: createSharedBreaker(client) })
  const limiter = (name: string) =>
    createLimiter(
      { redis: client, clock: systemClock, breaker, onSend: () => counts.piggyback() },
      { name, tokens: 1_000_000, windowMs: 60_000, instances: 10 },
    )
  const metrics = createMetrics([counts])
  return {
    breaker,
    api: createTestApi(database.db, {
      ipLimiter: limiter('ip'),
      failedKeyLimiter: limiter('failed_key'),
      keyLimiter: limiter('key'),
      metrics,
    }),
  }
}

/** Parallel callers, each sending its next request after the last answer, until `isOver`. */
async function press(url: string, isOver: (requests: number) => boolean) {
  const { api, breaker } = apiAt(url)
  const key = await api.key(['read'])
  const times: number[] = []
  const statuses = new Set<number>()
  const caller = async () => {
    while (!isOver(times.length)) {
      const startedMs = performance.now()
      statuses.add((await api.call('GET', '/api/v1/leads', { key })).status)
      times.push(performance.now() - startedMs)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0
  return { statuses: [...statuses], p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), isOpen: breaker.isOpen() }
}

const FAULTS: [string, () => string | Promise<string>, boolean | undefined][] = [
  ['refuses', () => refusingUrl(), true],
  ['hangs', () => listening(hanging), true],
  ['answers garbage', () => listening(answering(200, '[{"result":"hello"},7')), true],
  ['answers with a page of a proxy', () => listening(answering(502, '<html>')), true],
  ['is slower than anybody waits', () => listening(slow(2 * TIMEOUT_MS)), true],
  // undefined: the breaker may or may not open
  ['is slow', () => listening(slow(100)), undefined],
  ['loses half of the calls', () => listening(losingHalf()), undefined],
]

/** Runs both at the same time, so that a busy machine slows both alike. */
async function pressBoth(url: string) {
  let isDone = false
  const pressing = press(url, (requests) => requests > REQUESTS - CALLERS).finally(() => (isDone = true))
  const [failing, normal] = await Promise.all([pressing, press(redis.url, () => isDone)])
  return { failing, normal }
}

it('a delivery of a webhook is stored once while Redis refuses', async () => {
  const { api } = apiAt(await refusingUrl())
  const key = await api.key(['write'])
  await api.signAs(key)
  const deliver = () => api.call('POST', '/api/v1/ingest/webhook', { key, body: { data: { domain: 'acme.com.tr' } } })
  const answers = [await deliver(), ...(await Promise.all([deliver(), deliver()]))]
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
  expect(await database.db.select().from(rawLeads)).toHaveLength(1)
})

describe.each(sampleOf(FAULTS, 2))('a Redis that %s', (name, start, opens) => {
  it('costs a request at most one timeout, and fails none', async () => {
    const costs: number[] = []
    do {
      const { failing, normal } = await pressBoth(await start())
      if (process.env['HUNTER_FAULT_REQUESTS']) console.log(name, { normal, failing })
      expect(failing.statuses).toEqual([200])
      expect([undefined, failing.isOpen]).toContain(opens)
      costs.push(failing.p99Ms - normal.maxMs)
    } while (Math.min(...costs) >= COST_MS_MAX && costs.length < ROUNDS_MAX)
    expect(Math.min(...costs)).toBeLessThan(COST_MS_MAX)
  })
})
