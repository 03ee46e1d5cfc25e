import { deflateRawSync, gunzipSync, gzipSync } from 'node:zlib'
import * as fc from '../support/seeded.ts'
import { answerEvent, type HttpEvent } from '#api/http/event'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog } from '#platform/log'
import { createMetricLines } from '#platform/metrics/metric-lines'
import { createMetrics, createTally } from '#platform/metrics/metrics'
import { heapInUseBytes, leftBehindBytes } from '../support/heap.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'
import { isThorough } from '../support/thorough.ts'

/** Raise it by hand: HUNTER_FUZZ_RUNS=50000 vitest run test/api/fuzz-events.test.ts */
const RUNS = Number(process.env['HUNTER_FUZZ_RUNS'] ?? (isThorough ? 500 : 200))

/** Rounds of requests before the first measurement. */
const WARM_ROUNDS = 4

/** Heap samples during the run, and bytes that a request may leave behind, including what a warm process caches. */
const SAMPLES = 12
const LEFT_BYTES_MAX = 100
const LEARNT_BYTES_MAX = 4 * 2 ** 20

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db, {
    // the test's own recorders would grow with each request
    log: silentLog,
    queue: { send: async () => ({ refused: [] }), sendImport: async () => undefined },
    metrics: createMetrics([createTally(), createMetricLines({ clock: new TestClock(), stage: 'test' })]),
  })
  key = await api.key(['admin'])
})
afterAll(async () => {
  await database.close()
})

/** Well-formed text: an event is JSON decoded from bytes, which cannot contain half a surrogate pair. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'binary-ascii', maxLength: 300 }),
    fc.constantFrom(
      '',
      '*',
      '%00',
      '\0',
      'a\r\nSet-Cookie: a=b',
      '\u00ff',
      '../..',
      '__proto__',
      "'; drop table companies --",
    ),
    fc.constantFrom('k'.repeat(255), 'k'.repeat(256), 'x'.repeat(20_000), '\uD800'),
  )
  .map((any) => any.toWellFormed())

const NAMES = [
  'accept',
  'accept-encoding',
  'accept-language',
  'access-control-request-method',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'idempotency-key',
  'if-none-match',
  'origin',
  'range',
  'transfer-encoding',
  'x-api-key',
  'x-forwarded-for',
  'x-http-method-override',
  'x-request-id',
]
const value = fc.oneof(
  text,
  fc.constantFrom(
    'gzip',
    'gzip;q=0',
    'br, *;q=0.1',
    'identity;q=x',
    'application/problem+json',
    'application/problem+json;q=2',
  ),
  fc.constantFrom(
    'W/"a"',
    '*',
    '-1',
    '99999999999999999999',
    '1e309',
    'chunked',
    'https://app.example.com',
    'tr;q=,en;;',
  ),
)
const headers = fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, text), value, {
  maxKeys: 6,
})

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS') },
  fc.constantFrom('PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'get', '', 'G ET'),
)
const PATHS = [
  '/',
  '/docs',
  '/openapi.json',
  '/healthz/live',
  '/healthz/ready',
  '/alerts',
  '/leads/firma.com.tr',
  '/scan/domain',
  '/api/v1/alerts',
  '/api/v1/leads',
  '/api/v1/leads/firma.com.tr',
  '/api/v1/leads/firma.com.tr/rescan',
  '/api/v1/scan/bulk',
  '/api/v1/scan/domain',
  '/api/v1/admin/provider-overrides',
]
const path = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
  fc.tuple(fc.constantFrom(...PATHS), text).map(([start, rest]) => `${start}/${rest}`),
  fc.constantFrom(
    '//evil.example/..',
    '/api/v1/%2e%2e/docs',
    `/${'a/'.repeat(5_000)}`,
    '/%',
    '/%ff%fe',
    '/api/v1/leads/%2F%2F',
    '\\',
  ),
  text,
)
const bytes = fc.oneof(
  fc.constant(Buffer.from('{"domain":"firma.com.tr"}')),
  fc.constant(gzipSync('{"domain":"firma.com.tr"}')),
  fc.constant(deflateRawSync(Buffer.alloc(5_000_000))),
  fc.constant(Buffer.from('\uFEFF{"domain":"firma.com.tr"}', 'utf16le')),
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  fc.jsonValue().map((json) => Buffer.from(JSON.stringify(json))),
)

interface Answer {
  statusCode: number
  headers: Record<string, string>
  body: string
  isBase64Encoded: boolean
}

it('answers any gateway event with a complete answer below 500 and its security headers, reveals no internals, and leaks no memory', async () => {
  const answer = (event: HttpEvent) => answerEvent(api.app, event)
  const heap: number[] = []
  let requests = 0
  await learn(answer)
  const event = fc.record({
    method,
    path,
    query: text,
    headers,
    body: bytes,
    withBody: fc.boolean(),
    withKey: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(event, async (sent) => {
      api.dns.asked.length = 0
      if (requests++ % Math.ceil(RUNS / SAMPLES) === 0) heap.push(heapInUseBytes())
      const result = (await answer(eventOf(sent))) as unknown as Answer
      expect(api.reported).toEqual([])
      expect(result.statusCode).toBeGreaterThanOrEqual(200)
      expect(result.statusCode).toBeLessThan(500)
      const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8')
      const content = (result.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
      const failure = result.statusCode >= 400 ? content : ''
      expect(failure).not.toMatch(/\\n\s+at |node_modules|file:\/\/|\.ts:\d|postgres|select .+ from|secret_hmac/i)
      expect(JSON.stringify(result.headers)).not.toMatch(/[\r\n]|set-cookie/i)
      expect(content.includes(key)).toBe(false)
      expect(result.headers['x-request-id']).toBeDefined()
      expect(result.headers['x-content-type-options']).toBe('nosniff')
    }),
    { numRuns: RUNS },
  )
  expect(api.reported).toEqual([])
  const leftBytes = leftBehindBytes(heap, requests)
  if (RUNS >= 10_000) console.log(`${requests} requests, ${leftBytes.toFixed(1)} bytes left of each`, heap)
  expect(leftBytes).toBeLessThan(LEFT_BYTES_MAX + LEARNT_BYTES_MAX / requests)
}, 3_600_000)

/** Warms the process up: it caches its documents and compiles busy functions. */
async function learn(answer: (event: HttpEvent) => Promise<unknown>): Promise<void> {
  const headers = { 'accept-encoding': 'gzip', 'content-type': 'application/json' }
  for (let round = 0; round < WARM_ROUNDS; round += 1) {
    for (const path of PATHS) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']) {
        const body = Buffer.from('{"domain":"firma.com.tr"}')
        await answer(eventOf({ method, path, query: '', headers, body, withBody: true, withKey: round % 2 === 0 }))
      }
    }
  }
}

interface Sent {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body: Buffer
  withBody: boolean
  withKey: boolean
}

function eventOf({ method, path, query, headers, body, withBody, withKey }: Sent): HttpEvent {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'api.example', ...(withKey ? { authorization: `Bearer ${key}` } : {}), ...headers },
    requestContext: {
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'r',
      stage: '$default',
    },
    ...(withBody ? { body: body.toString('base64') } : {}),
    isBase64Encoded: true,
  }
  return event
}
