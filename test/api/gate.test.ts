import { beforeEach, expect, it, vi } from 'vitest'
import { createKey } from '#keys/verify-key'
import { newKeyText, writeKey } from '#keys/key-format'
import { sourceId } from '#api/middleware/source-ip'
import { systemClock } from '#platform/clock'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter } from '#redis/limiter'
import { randomBytes } from 'node:crypto'
import { useDatabaseAndRedis } from '../support/database-and-redis.ts'
import { recordingLog } from '../support/recording-log.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

/** The API with the real limiters on a real server. */
const startMs = Date.UTC(2026, 10, 20, 12)
const parts = useDatabaseAndRedis(startMs)
let api: TestApi
let key: string
beforeEach(async () => {
  api = createTestApi(parts.database.db, limiters({ ip: 8, key: 5 }))
  key = await api.key(['read'])
  await get(key) // loads the scripts
})

function limiters(tokens: { ip: number; key: number }) {
  const client = createRedis({ url: parts.redis.url, token: 't', timeoutMs: 20_000, batching: true })
  const shared = { openUntil: async () => undefined, tell: async () => undefined }
  const breaker = createBreaker({ clock: systemClock, log: recordingLog(), shared })
  const limiter = (name: 'ip' | 'key') =>
    createLimiter(
      { redis: client, clock: systemClock, breaker },
      { name, tokens: tokens[name], windowMs: 60_000, instances: 1 },
    )
  return { clock: systemClock, ipLimiter: limiter('ip'), keyLimiter: limiter('key') }
}
const get = (key?: string) => api.call('GET', '/api/v1/leads', key === undefined ? {} : { key })
const countRequests = () => vi.spyOn(globalThis, 'fetch')

it('costs one request to Redis for address and key together, at the first sight of a key too', async () => {
  const requests = countRequests()
  const first = await get(await api.key(['read']))
  expect([first.status, requests.mock.calls.length]).toEqual([200, 1])
  expect(first.headers.get('RateLimit')).toBe('"ip";r=6;t=60, "key";r=4;t=60')
  const known = await get(key)
  expect([known.status, requests.mock.calls.length]).toEqual([200, 2])
  expect(known.headers.get('RateLimit')).toBe('"ip";r=5;t=60, "key";r=3;t=60')
  expect(known.headers.get('RateLimit-Policy')).toBe('"ip";q=8;w=60, "key";q=5;w=60')
})

it('costs no request for a key that is known to be over its limit, and then not its address either', async () => {
  for (let i = 0; i < 4; i += 1) expect((await get(key)).status).toBe(200)
  expect((await get(key)).status).toBe(429)
  const requests = countRequests()
  const refused = await get(key)
  expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMITED'])
  expect(refused.body.error.details).toMatchObject({ limit: 'key', retry_after_seconds: 61 })
  expect(refused.headers.get('Retry-After')).toBe('61')
  expect(requests).not.toHaveBeenCalled()
  const other = await get(await api.key(['read']))
  expect(other.headers.get('RateLimit')).toContain('"ip";r=1')
})

it('counts every address before anybody is let in: no key, a mistyped one, a made-up one', async () => {
  const madeUp = writeKey(newKeyText('test', randomBytes))
  for (const wrong of [undefined, 'nonsense', madeUp, undefined, 'nonsense', madeUp, undefined]) {
    expect((await get(wrong)).status).toBe(401)
  }
  for (const any of [undefined, 'nonsense', madeUp, key]) {
    const answer = await get(any)
    expect([answer.status, answer.body.error.details['limit']]).toEqual([429, 'ip'])
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  }
  const requests = countRequests()
  expect((await get(key)).status).toBe(429)
  expect(requests).not.toHaveBeenCalled()
})

it('an address over its limit reaches no database, whatever key it shows', async () => {
  for (let i = 0; i < 7; i += 1) await get()
  const queries = vi.spyOn(parts.database.db.$client, 'query')
  for (let i = 0; i < 5; i += 1) expect((await get(writeKey(newKeyText('test', randomBytes)))).status).toBe(429)
  expect(queries).not.toHaveBeenCalled()
})

it('guesses at the secret of a key take nothing from the key itself', async () => {
  api = createTestApi(parts.database.db, limiters({ ip: 1_000, key: 5 }))
  const keyid = key.split('_')[2] ?? ''
  for (let i = 0; i < 20; i += 1) {
    expect((await get(writeKey({ ...newKeyText('test', randomBytes), keyid }))).status).toBe(401)
  }
  expect((await get(key)).headers.get('RateLimit')).toContain('"key";r=3')
})

it('a key with a limit of its own has that, from its first request on', async () => {
  api = createTestApi(parts.database.db, limiters({ ip: 1_000, key: 5 }))
  const deps = { db: parts.database.db, clock: systemClock, pepper: 'pepper of the tests', env: 'test', randomBytes }
  for (const limitPerMinute of [2, 9]) {
    const made = await createKey(deps, { name: 'x', scopes: ['read'], actor: 'test', limitPerMinute })
    const statuses: number[] = []
    for (let i = 0; i < 12; i += 1) statuses.push((await get(made.key)).status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(limitPerMinute)
    expect((await get(made.key)).headers.get('RateLimit-Policy')).toContain(`"key";q=${limitPerMinute};w=60`)
  }
})

it('both secrets of a rotated key take from one count, before, at and after a rotation', async () => {
  api = createTestApi(parts.database.db, limiters({ ip: 1_000, key: 8 }))
  const admin = await api.key(['admin'])
  const rotate = async (grace_seconds: number) => {
    const path = `/api/v1/admin/keys/${key.split('_')[2]}/rotate`
    return String((await api.call('POST', path, { key: admin, body: { grace_seconds } })).body.data['key'])
  }
  const left = async (text: string) =>
    Number(/"key";r=(\d+)/.exec((await get(text)).headers.get('RateLimit') ?? '')?.[1])
  expect([await left(key), await left(key)]).toEqual([6, 5]) // one was taken to load the scripts
  const next = await rotate(60)
  expect([await left(next), await left(key), await left(next)]).toEqual([4, 3, 2])
  const last = await rotate(0)
  expect([await left(last), await left(last)]).toEqual([1, 0])
  const refused = await get(last)
  expect([refused.status, refused.body.error.details['limit']]).toEqual([429, 'key'])
})

it('no header makes another address of one', async () => {
  for (let i = 0; i < 7; i += 1) await get()
  for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'CF-Connecting-IP']) {
    expect((await api.call('GET', '/api/v1/leads', { headers: { [name]: '203.0.113.7' } })).status).toBe(429)
  }
})

it('takes an IPv4 address for one origin, and the /64 of an IPv6 address', () => {
  expect(sourceId('203.0.113.7')).toBe('203.0.113.7')
  expect(sourceId('::ffff:203.0.113.7')).toBe('203.0.113.7')
  expect(sourceId('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(sourceId('2001:db8:1:2::1')).toBe(sourceId('2001:db8:1:2:ffff::'))
  expect(sourceId('2001:db8:1:3::1')).not.toBe(sourceId('2001:db8:1:2::1'))
  expect(['', 'nonsense'].map(sourceId)).toEqual(['unknown', 'unknown'])
})
