import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answerEvent, type EventV2, type HttpEvent } from '#api/http/event'
import { maskAddress } from '#api/middleware/client-address'
import { type ParsedKey, generateKey, formatKey } from '#keys/key-format'
import { createKey, createKeyVerifier, type NewKeyDeps } from '#keys/verify-key'
import { systemClock } from '#platform/clock'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter } from '#redis/limiter'
import { useDatabaseAndRedis } from '../support/database-and-redis.ts'
import { recordingLog } from '../support/recording-log.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

/** The API with real limiters and a real Redis server. */
const startMs = Date.UTC(2026, 10, 20, 12)
const parts = useDatabaseAndRedis(startMs)
const LIMITS = { ip: 8, failed_key: 4, key: 5 }
let keyDeps: NewKeyDeps
let api: TestApi
let key: string
beforeEach(async () => {
  keyDeps = { db: parts.database.db, clock: systemClock, pepper: 'pepper of the tests', env: 'test', randomBytes }
  api = instance()
  key = await api.key(['read'])
  await get('/') // the first request loads the script
})

/** One of several instances that share the database and Redis. */
function instance(tokens: Partial<typeof LIMITS> = {}): TestApi {
  const client = createRedis({ url: parts.redis.url, token: 't', timeoutMs: 20_000, batching: true })
  const shared = { openUntil: async () => undefined, publish: async () => undefined }
  const breaker = createBreaker({ clock: systemClock, log: recordingLog(), shared })
  const limiter = (name: keyof typeof LIMITS) =>
    createLimiter(
      { redis: client, clock: systemClock, breaker },
      { name, tokens: { ...LIMITS, ...tokens }[name], windowMs: 60_000, instances: 1 },
    )
  return createTestApi(parts.database.db, {
    clock: systemClock,
    keyDeps,
    keys: createKeyVerifier(keyDeps),
    ipLimiter: limiter('ip'),
    failedKeyLimiter: limiter('failed_key'),
    keyLimiter: limiter('key'),
  })
}

interface Sent {
  key?: string
  address?: string
  method?: string
  headers?: Record<string, string>
  to?: TestApi
}

async function get(path: string, { key, address = '192.0.2.1', method = 'GET', headers = {}, to = api }: Sent = {}) {
  const authorization = key === undefined ? {} : { Authorization: `Bearer ${key}` }
  const response = await to.app.request(
    path,
    { method, headers: { ...authorization, ...headers } },
    { sourceIp: address },
  )
  const text = await response.text()
  const { error } = (text.startsWith('{') ? JSON.parse(text) : {}) as {
    error?: { code: string; details: Record<string, unknown> }
  }
  return { status: response.status, headers: response.headers, error }
}
const leads = (sent: Sent = {}) => get('/api/v1/leads', sent)
const madeUp = (changes: Partial<ParsedKey> = {}) => formatKey({ ...generateKey('test', randomBytes), ...changes })
const countRequests = () => vi.spyOn(globalThis, 'fetch')
const countQueries = () => vi.spyOn(parts.database.db.$client, 'query')
const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

async function flood(count: number, make = () => madeUp(), sent: Sent = {}) {
  const statuses: number[] = []
  for (let i = 0; i < count; i += 1) statuses.push((await leads({ ...sent, key: make() })).status)
  return statuses
}

describe('a request', () => {
  it('costs one request to Redis, even with a key that is new to the instance, and names the limit that it counts for', async () => {
    const requests = countRequests()
    const first = await leads({ key })
    expect([first.status, requests.mock.calls.length]).toEqual([200, 1])
    expect(first.headers.get('RateLimit')).toBe('"key";r=4;t=60')
    const known = await leads({ key })
    expect([known.status, requests.mock.calls.length]).toEqual([200, 2])
    expect(known.headers.get('RateLimit')).toBe('"key";r=3;t=60')
    expect(known.headers.get('RateLimit-Policy')).toBe('"key";q=5;w=60')
    const none = await leads()
    expect([none.status, requests.mock.calls.length]).toEqual([401, 3])
    expect(none.headers.get('RateLimit')).toBe('"ip";r=6;t=60')
  })

  it('costs no request to Redis when its key or address is known to be over the limit, and gets a Retry-After', async () => {
    for (let i = 0; i < 5; i += 1) expect((await leads({ key })).status).toBe(200)
    for (let i = 0; i < 7; i += 1) await leads()
    for (const over of [{ key }, {}]) expect((await leads(over)).status).toBe(429)
    const requests = countRequests()
    for (const [over, limit] of [
      [{ key }, 'key'],
      [{}, 'ip'],
    ] as const) {
      const { status, headers, error } = await leads(over)
      expect([status, error?.code, error?.details]).toMatchObject([
        429,
        'RATE_LIMITED',
        { limit, retry_after_seconds: 61 },
      ])
      expect(headers.get('Retry-After')).toBe('61')
      expect(headers.get('RateLimit')).toBe(`"${limit}";r=0;t=61`)
    }
    expect(requests).not.toHaveBeenCalled()
    later(61_000)
    for (const [over, status] of [
      [{ key }, 200],
      [{}, 401],
    ] as const) {
      expect((await leads(over)).status).toBe(status)
    }
  })

  it('costs no request to Redis and no query while its key is over the limit, even after the trust in the key has expired', async () => {
    for (let i = 0; i < 6; i += 1) await leads({ key })
    later(6_000)
    const [requests, queries] = [countRequests(), countQueries()]
    expect((await leads({ key })).error?.details['limit']).toBe('key')
    expect([requests.mock.calls, queries.mock.calls]).toEqual([[], []])
  })
})

describe('an address', () => {
  it('has a limit for requests without a valid key, which does not count its valid keys', async () => {
    for (const wrong of [{}, { key: 'nonsense' }, {}, { key: 'nonsense' }, {}, {}, {}]) {
      expect((await leads(wrong)).status).toBe(401)
    }
    for (const wrong of [{}, { key: 'nonsense' }]) {
      expect((await leads(wrong)).error?.details['limit']).toBe('ip')
    }
    expect((await leads({ key })).status).toBe(200)
    expect((await leads({ address: '192.0.2.2' })).status).toBe(401)
  })

  it('can have many keys, each up to its own limit', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => api.key(['read'])))
    for (const each of keys) {
      for (let i = 0; i < 5; i += 1) expect((await leads({ key: each })).status).toBe(200)
      expect((await leads({ key: each })).error?.details['limit']).toBe('key')
    }
  })

  it('has a lower limit for unknown keys, across all instances', async () => {
    expect(await flood(6)).toEqual([401, 401, 401, 401, 429, 429])
    const { status, error, headers } = await leads({ key: madeUp(), to: instance() })
    expect([status, error?.details['limit'], headers.get('Retry-After')]).toEqual([429, 'failed_key', '61'])
    expect((await leads({ key: madeUp(), address: '192.0.2.2' })).status).toBe(401)
    later(61_000)
    expect((await leads({ key: madeUp() })).status).toBe(401)
  })

  it('that is flooded with unknown keys locks out no valid key: trusted here, trusted elsewhere, or never used', async () => {
    const unused = await api.key(['read'])
    await flood(40)
    expect((await leads({ key })).status).toBe(200)
    later(6_000) // after the verification TTL
    expect((await leads({ key })).status).toBe(200)
    expect((await leads({ key: unused })).status).toBe(200)
    expect((await leads({ key: unused, to: instance() })).status).toBe(200)
    const youngest = await api.key(['read'])
    await flood(10)
    later(5_000)
    expect((await leads({ key: youngest })).status).toBe(200)
  })

  it('cannot make the database look up more unknown keys than its limit, whatever it sends', async () => {
    const keyid = key.split('_')[2] ?? ''
    const queries = countQueries()
    const most = LIMITS.failed_key + 3 // the lists of active keys and sessions, and whether an imported key waits for its first use
    await flood(50)
    expect(queries.mock.calls.length).toBeLessThanOrEqual(most)
    await flood(50, () => madeUp({ keyid })) // the id of an existing key
    expect(queries.mock.calls.length).toBeLessThanOrEqual(most)
  })

  it('cannot cause requests to Redis with a flood beyond its limit', async () => {
    await flood(5)
    const requests = countRequests()
    await flood(20)
    expect(requests).not.toHaveBeenCalled()
  })

  it('that is flooded still refuses revoked and expired keys, and holds each valid key to its own limit', async () => {
    const [revoked, good] = [await api.key(['read']), await createKey(keyDeps, { name: 'x', scopes: ['read'], actor: 'test', limitPerMinute: 2 })] // prettier-ignore
    const expiring = await createKey(keyDeps, { name: 'x', scopes: ['read'], actor: 'test', expiresAt: new Date(Date.now() + 3_000) }) // prettier-ignore
    await api.call('DELETE', `/api/v1/admin/keys/${revoked.split('_')[2]}`, { key: await api.key(['admin']) })
    await flood(5)
    expect((await leads({ key: revoked })).status).toBe(429)
    expect((await leads({ key: expiring.key })).status).toBe(200)
    expect(await flood(3, () => good.key)).toEqual([200, 200, 429])
    later(3_000)
    expect((await leads({ key: expiring.key })).status).toBe(429)
  })

  it('is an IPv4 address, or the /64 of an IPv6 address', () => {
    expect(maskAddress('203.0.113.7')).toBe('203.0.113.7')
    expect(maskAddress('::ffff:203.0.113.7')).toBe('203.0.113.7')
    expect(maskAddress('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(maskAddress('2001:db8:1:2::1')).toBe(maskAddress('2001:db8:1:2:ffff::'))
    expect(maskAddress('2001:db8:1:3::1')).not.toBe(maskAddress('2001:db8:1:2::1'))
    expect(['', 'nonsense'].map(maskAddress)).toEqual(['unknown', 'unknown'])
  })

  it('is the one that the gateway saw, whatever a header claims', async () => {
    for (let i = 0; i < 7; i += 1) await leads()
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'CF-Connecting-IP']) {
      expect((await leads({ headers: { [name]: '203.0.113.7' } })).status).toBe(429)
    }
  })
})

describe('a key', () => {
  it('loses none of its limit to guesses at its secret', async () => {
    const keyid = key.split('_')[2] ?? ''
    await flood(20, () => madeUp({ keyid }))
    expect((await leads({ key })).headers.get('RateLimit')).toContain('"key";r=4')
  })

  it('has one counter for both of its secrets, before, during and after a rotation', async () => {
    const admin = await api.key(['admin'])
    const [roomy, other] = [instance({ key: 9 }), instance({ key: 9 })]
    const rotate = async (grace_seconds: number) => {
      const path = `/api/v1/admin/keys/${key.split('_')[2]}/rotate`
      return String((await roomy.call('POST', path, { key: admin, body: { grace_seconds } })).body.data['key'])
    }
    const left = async (text: string, to = roomy) =>
      Number(/"key";r=(\d+)/.exec((await leads({ key: text, to })).headers.get('RateLimit') ?? '')?.[1])
    expect([await left(key), await left(key)]).toEqual([8, 7])
    const next = await rotate(60)
    expect([await left(next), await left(key), await left(next)]).toEqual([6, 5, 4])
    await flood(5)
    expect([await left(key, other), await left(next, other)]).toEqual([3, 2]) // found in the cached list of active keys
    const last = await rotate(0)
    expect([await left(last), await left(last)]).toEqual([1, 0])
    expect((await leads({ key: last, to: roomy })).error?.details['limit']).toBe('key')
  })

  it('with a limit of its own gets it from its first request on, even above the limit of its address', async () => {
    for (const limitPerMinute of [2, 30]) {
      const made = await createKey(keyDeps, { name: 'x', scopes: ['read'], actor: 'test', limitPerMinute })
      const statuses = await flood(35, () => made.key)
      expect(statuses.filter((status) => status === 200)).toHaveLength(limitPerMinute)
      expect((await leads({ key: made.key })).headers.get('RateLimit-Policy')).toBe(`"key";q=${limitPerMinute};w=60`)
    }
  })
})

describe('every path has a limit', () => {
  const event = (changes: Partial<EventV2> & { method?: string; path?: string }): HttpEvent => ({
    rawPath: changes.path ?? '/',
    headers: {},
    requestContext: { domainName: 'api.example', http: { method: changes.method ?? 'GET', sourceIp: '192.0.2.1' } },
    ...changes,
  })
  it.each<[string, HttpEvent]>([
    ['the root', event({})],
    ['the contract', event({ path: '/openapi.json' })],
    ['its page', event({ path: '/docs' })],
    ['a path that is not there', event({ path: '/nothing' })],
    ['a path that is nearly there', event({ path: '/api/v1/nothing' })],
    ['a method that is not there', event({ method: 'DELETE', path: '/docs' })],
    ['HEAD', event({ method: 'HEAD', path: '/docs' })],
    ['a condition that cannot be checked', event({ path: '/docs', headers: { 'if-match': '"a"' } })],
    ['the counts', event({ path: '/healthz/metrics' })],
    ['a body that is no base64', event({ method: 'POST', body: '*', isBase64Encoded: true })],
    ['a path that leads elsewhere', event({ path: '/api/v1/leads/../x' })],
    ['a broken query', event({ rawQueryString: '%ff' })],
    ['TRACE', event({ method: 'TRACE' })],
    [
      'a URL that is none',
      event({ requestContext: { domainName: 'a b', http: { method: 'GET', sourceIp: '192.0.2.1' } } }),
    ],
  ])('%s: a client that waits as long as Retry-After says gets an answer', async (_, event) => {
    for (let i = 0; i < 7; i += 1) expect((await answerEvent(api.app, event)).statusCode).not.toBe(429)
    api.lines.length = 0
    const { statusCode, headers = {}, body } = await answerEvent(api.app, event)
    const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    expect([statusCode, names['retry-after'], names['x-request-id']]).toEqual([
      429,
      '61',
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ])
    expect(body === '' || (JSON.parse(body) as { success: boolean }).success).toBe(body === '')
    expect(api.lines.filter(({ event }) => event === 'request')).toMatchObject([
      { fields: { code: 'RATE_LIMITED', security: true } },
    ])
    later(61_000)
    expect((await answerEvent(api.app, event)).statusCode).not.toBe(429)
  })

  it('health checks, the page and preflights have separate limits and cost no request to Redis', async () => {
    const origin = { Origin: 'https://app.example.com' }
    const preflight = { method: 'OPTIONS', headers: { ...origin, 'Access-Control-Request-Method': 'GET' } }
    for (let i = 0; i < 8; i += 1) await get('/nothing')
    const requests = countRequests()
    const each = [
      ['/healthz/live', {}, 200],
      ['/app/assets/none.js', {}, 404],
      ['/api/v1/leads', preflight, 204],
    ] as const
    for (const [path, sent, status] of each) {
      for (let i = 0; i < 600; i += 1) expect((await get(path, sent)).status).toBe(status)
      const refused = await get(path, sent)
      expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '61'])
      expect((await get(path, { ...sent, address: '192.0.2.2' })).status).toBe(status)
    }
    expect((await get('/healthz/ready')).status).toBe(429)
    expect(requests).not.toHaveBeenCalled()
    later(61_000)
    for (const [path, sent, status] of each) expect((await get(path, sent)).status).toBe(status)
  })

  it('a page of an allowed origin can read the refusal', async () => {
    for (let i = 0; i < 7; i += 1) await leads()
    const { status, headers } = await leads({ headers: { Origin: 'https://app.example.com' } })
    expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([429, 'https://app.example.com'])
  })

  it('each route counts a request once, by its key or by its address', async () => {
    const roomy = instance({ ip: 1_000, key: 1_000, failed_key: 1_000 })
    const hasOwnLimit = (route: string) => route.includes('/healthz/') || route.includes(' /app/')
    for (const route of roomy.routes().filter((route) => !hasOwnLimit(route))) {
      const [method = '', path = ''] = route.split(' ')
      const before = await get('/', { to: roomy })
      const answer = await get(path.replaceAll(/\{\w+\}/g, 'x'), { method: method.toUpperCase(), to: roomy })
      const left = (headers: Headers) => Number(/"ip";r=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1])
      expect([route, left(before.headers) - left(answer.headers)]).toEqual([route, 1])
      expect([route, answer.status === 401]).toEqual([route, path.startsWith('/api/v1')])
    }
  })
})
