import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { closeDatabase, createDatabase } from '#db/client'
import { ERROR_TEXTS } from '#platform/error-texts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, scan_jobs cascade`)
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
})

it('scans a domain and returns the lead at its address', async () => {
  for (const [name, records] of Object.entries(googleCompany('firma.com.tr'))) api.dns.zone.set(name, records)
  const scan = await api.call('POST', '/api/v1/scan/domain', { key, body: { domain: 'https://Firma.com.tr/' } })
  expect(scan.status).toBe(200)
  expect(scan.body).toMatchObject({
    success: true,
    message: 'firma.com.tr scanned',
    timestamp: '2026-11-20T00:00:00.000Z',
    data: {
      domain: 'firma.com.tr',
      segment: 'Migration',
      provider: { mailbox: { id: 'google-workspace' } },
      signals: {
        mx: { state: 'present', value: { null_mx: false } },
        dmarc: { value: { effective_policy: 'reject' } },
      },
      unanswered: [],
    },
  })
  const found = await api.call('GET', '/api/v1/leads/FIRMA.com.tr', { key })
  expect(found.body.data).toEqual(scan.body.data)
  const list = await api.call('GET', '/api/v1/leads?segment=Migration&score_min=60', { key })
  expect(list.body.data).toMatchObject({ leads: [{ domain: 'firma.com.tr', score: found.body.data['score'] }] })
})

it('accepts a bulk job, reports its progress, and names each refused domain', async () => {
  const made = await api.call('POST', '/api/v1/scan/bulk', { key, body: { domains: ['firma.com.tr', '10.0.0.1'] } })
  expect(made.status).toBe(202)
  expect(made.body.data).toMatchObject({ state: 'queued', received: 2, domains: { pending: 1, failed: 1 } })
  const id = String(made.body.data['id'])
  expect(made.headers.get('Location')).toBe(`/api/v1/scan/bulk/${id}`)
  expect(api.queue.sent).toMatchObject([{ jobId: id, batch: 1 }])
  const job = await api.call('GET', `/api/v1/scan/bulk/${id}?outcome=failed`, { key })
  expect(job.body.data).toMatchObject({
    outcomes: [{ input: '10.0.0.1', outcome: 'failed', reason: 'DOMAIN_INVALID' }],
    next_after: null,
  })
})

it('saves a job that could not be queued, says so, and queues it on retry', async () => {
  api.queue.refuse = () => true
  const made = await api.call('POST', '/api/v1/scan/bulk', { key, body: { domains: ['firma.com.tr'] } })
  expect(made.status).toBe(503)
  expect(made.body.error).toMatchObject({ code: 'QUEUE_UNAVAILABLE', details: { unsent: 1 } })
  const id = String(made.body.error.details['job'])
  expect((await api.call('GET', `/api/v1/scan/bulk/${id}`, { key })).body.data).toMatchObject({ state: 'unsent' })
  api.queue.refuse = () => false
  const again = await api.call('POST', `/api/v1/scan/bulk/${id}/retry`, { key })
  expect(again.status).toBe(202)
  expect(again.body.data).toMatchObject({ state: 'queued' })
})

it('pages through leads with the cursor of each page', async () => {
  for (const domain of ['a1.com.tr', 'b2.com.tr', 'c3.com.tr']) await keepLead(database.db, sampleLead({ domain }))
  const first = await api.call('GET', '/api/v1/leads?sort=domain&limit=2', { key })
  expect(first.body.data).toMatchObject({ leads: [{ domain: 'a1.com.tr' }, { domain: 'b2.com.tr' }] })
  const cursor = encodeURIComponent(String(first.body.data['next_cursor']))
  const second = await api.call('GET', `/api/v1/leads?sort=domain&limit=2&cursor=${cursor}`, { key })
  expect(second.body.data).toMatchObject({ leads: [{ domain: 'c3.com.tr' }], next_cursor: null })
})

it.each([
  ['no key', {}, 'KEY_MISSING'],
  ['another scheme', { Authorization: 'Basic abc' }, 'KEY_MISSING'],
  ['a wrong key', { Authorization: 'Bearer hk_test_wrong' }, 'KEY_INVALID'],
  ['a wrong key in the other header', { 'X-API-Key': 'wrong' }, 'KEY_INVALID'],
])('refuses %s on every route that needs one', async (_, headers, code) => {
  for (const [method, path] of [
    ['POST', '/api/v1/scan/domain'],
    ['POST', '/api/v1/scan/bulk'],
    ['GET', '/api/v1/scan/bulk/x'],
    ['POST', '/api/v1/scan/bulk/x/retry'],
    ['GET', '/api/v1/leads'],
    ['GET', '/api/v1/leads/firma.com.tr'],
  ] as const) {
    const answer = await api.call(method, path, { headers })
    expect([answer.status, answer.body.error.code]).toEqual([401, code])
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
  }
})

it('accepts the key in either header', async () => {
  expect((await api.call('GET', '/api/v1/leads', { headers: { 'X-API-Key': key } })).status).toBe(200)
  expect((await api.call('GET', '/api/v1/leads', { headers: { Authorization: `bearer ${key}` } })).status).toBe(200)
})

it('lets a key do only what its scopes allow', async () => {
  const reader = await api.key(['read'])
  expect((await api.call('GET', '/api/v1/leads', { key: reader })).status).toBe(200)
  const refused = await api.call('POST', '/api/v1/scan/domain', { key: reader, body: { domain: 'firma.com.tr' } })
  expect([refused.status, refused.body.error.code]).toEqual([403, 'SCOPE_MISSING'])
  expect(refused.body.error.details).toMatchObject({ scope: 'write' })
  const admin = await api.key(['admin'])
  expect((await api.call('GET', '/api/v1/leads', { key: admin })).status).toBe(200)
})

it('tells every caller its limit, and a caller over it when to retry', async () => {
  const within = await api.call('GET', '/api/v1/leads', { key })
  expect(within.headers.get('RateLimit-Policy')).toBe('"key";q=60;w=60')
  expect(within.headers.get('RateLimit')).toBe('"key";r=59;t=30')
  api.limits.push({ allowed: false, remaining: 0, retryAt: new Date(api.clock.now().getTime() + 6_500) })
  const over = await api.call('GET', '/api/v1/leads', { key })
  expect([over.status, over.body.error.code]).toEqual([429, 'RATE_LIMITED'])
  expect(over.headers.get('Retry-After')).toBe('7')
  expect(over.headers.get('RateLimit')).toBe('"key";r=0;t=30')
})

it('keeps a well-formed request id and replaces any other', async () => {
  const given = await api.call('GET', '/', { headers: { 'X-Request-Id': 'abc-123' } })
  expect(given.headers.get('X-Request-Id')).toBe('abc-123')
  for (const id of ['a b', 'x'.repeat(129), '<script>']) {
    const replaced = (await api.call('GET', '/nothing', { headers: { 'X-Request-Id': id } })).headers.get(
      'X-Request-Id',
    )
    expect(replaced).toMatch(/^[0-9a-f-]{36}$/)
  }
})

it('logs one line per request, with the route instead of the path, and never the key', async () => {
  await api.call('GET', '/api/v1/leads/firma.com.tr', { key, headers: { 'X-Request-Id': 'r1' } })
  await api.call('GET', '/api/v1/leads', { key: `${key}x`, headers: { 'X-Request-Id': 'r2' } })
  await api.call('GET', '/nothing')
  const requests = api.lines.filter(({ event }) => event === 'request').map(({ fields }) => fields)
  expect(requests).toMatchObject([
    {
      request_id: 'r1',
      method: 'GET',
      route: '/api/v1/leads/:domain',
      status: 404,
      code: 'LEAD_NOT_FOUND',
      cold_start: true,
    },
    { request_id: 'r2', route: '/api/v1/leads', status: 401, code: 'KEY_INVALID', security: true, cold_start: false },
    { route: 'none', status: 404, code: 'ROUTE_NOT_FOUND' },
  ])
  expect(requests[0]?.['key']).toBe(key.split('_')[2])
  expect(JSON.stringify(api.lines)).not.toContain(key.split('_')[3])
})

it('sends security headers with every answer, failures included', async () => {
  for (const path of ['/', '/nothing', '/api/v1/leads']) {
    const { headers } = await api.call('GET', path)
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(headers.get('Strict-Transport-Security')).toContain('max-age=')
    expect(headers.get('Cache-Control')).toBe('no-store')
  }
})

it('shows only the request id of an unexpected failure, and logs the cause', async () => {
  await database.db.execute(sql`alter view leads_ready rename to gone`)
  const answer = await api.call('GET', '/api/v1/leads', { key })
  await database.db.execute(sql`alter view gone rename to leads_ready`)
  expect(answer.status).toBe(500)
  expect(answer.body.error).toEqual({
    code: 'INTERNAL',
    message: 'something went wrong on our side',
    details: { remedy: ERROR_TEXTS.INTERNAL.api, request_id: answer.headers.get('X-Request-Id') },
  })
  expect(answer.text).not.toContain('leads_ready')
  const failure = api.lines.find(({ event }) => event === 'request_failed')
  expect(failure?.fields).toMatchObject({ code: 'INTERNAL', request_id: answer.headers.get('X-Request-Id') })
  expect(String(failure?.fields['error'])).toContain('relation "leads_ready" does not exist')
  expect(api.reported).toHaveLength(1)
})

it('reports an unreachable database on requests and in readiness, and stays alive', async () => {
  const url = 'postgres://someone:hush-hush@127.0.0.1:1/none'
  const nowhere = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 1_000 })
  const away = createTestApi(nowhere)
  const request = await away.call('GET', '/api/v1/leads', { key })
  expect([request.status, request.body.error.code]).toEqual([503, 'DATABASE_UNAVAILABLE'])
  const ready = await away.call('GET', '/healthz/ready')
  expect([ready.status, ready.body.error.code]).toEqual([503, 'NOT_READY'])
  expect(ready.body.error.details['parts']).toMatchObject([{ name: 'database', state: 'down' }])
  const startup = await away.call('GET', '/healthz/startup')
  expect([startup.status, startup.body.error.code]).toEqual([503, 'DATABASE_UNAVAILABLE'])
  expect((await away.call('GET', '/healthz/live')).status).toBe(200)
  expect(JSON.stringify([request, ready, startup, away.lines])).not.toContain('hush')
  await closeDatabase(nowhere)
})
