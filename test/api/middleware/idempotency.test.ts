import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { googleCompany } from '../../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { keepLead, sampleLead } from '../../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../../support/test-api.ts'

const DAY_MS = 24 * 3_600_000
const BULK = '/api/v1/scan/bulk'
const SCAN = '/api/v1/scan/domain'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, scan_jobs, audit_log, idempotency_keys cascade`)
  api = createTestApi(database.db)
  for (const [name, records] of Object.entries(googleCompany('firma.com.tr'))) api.dns.zone.set(name, records)
  key = await api.key(['read', 'write'])
})

const post = (path: string, body: unknown, idempotencyKey: string, by = key) =>
  api.call('POST', path, { key: by, body, headers: { 'Idempotency-Key': idempotencyKey } })

async function rowsOf(table: 'scan_jobs' | 'companies' | 'idempotency_keys'): Promise<number> {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select count(*)::int as n from ${sql.identifier(table)}`,
  )
  return rows[0]?.n ?? 0
}

async function timesDone(action: string): Promise<number> {
  const { rows } = await database.db.execute(sql`select from audit_log where action = ${action}`)
  return rows.length
}

it('scans once, and repeats the answer without a DNS query', async () => {
  const first = await post(SCAN, { domain: 'firma.com.tr' }, 'one')
  const asked = api.dns.asked.length
  api.clock.advanceMs(DAY_MS - 1)
  const second = await post(SCAN, { domain: 'firma.com.tr' }, 'one')
  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.text).toBe(first.text)
  expect([first, second].map(({ headers }) => headers.get('Idempotency-Replayed'))).toEqual([null, 'true'])
  expect(api.dns.asked.length).toBe(asked)
})

it('rescans once, and repeats the same changes', async () => {
  await keepLead(database.db, sampleLead({ domain: 'firma.com.tr' }))
  const first = await post('/api/v1/leads/firma.com.tr/rescan', undefined, 'one')
  expect((first.body.data['changes'] as unknown[]).length).toBeGreaterThan(0)
  const second = await post('/api/v1/leads/firma.com.tr/rescan', undefined, 'one')
  expect(second.text).toBe(first.text)
})

it('creates one job per request, and retries it once', async () => {
  const first = await post(BULK, { domains: ['firma.com.tr'] }, 'one')
  const second = await post(BULK, { domains: ['firma.com.tr'] }, 'one')
  expect([first.status, second.status, second.text]).toEqual([202, 202, first.text])
  expect(second.headers.get('Location')).toBe(first.headers.get('Location'))
  expect(await rowsOf('scan_jobs')).toBe(1)
  const retry = `${BULK}/${String(first.body.data['id'])}/retry`
  expect((await post(retry, undefined, 'two')).text).toBe((await post(retry, undefined, 'two')).text)
  expect(await timesDone('scan_job.retried')).toBe(1)
  expect(api.queue.sent).toHaveLength(1)
})

it('creates one job for ten concurrent requests', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(BULK, { domains: ['firma.com.tr'] }, 'one')))
  expect(await rowsOf('scan_jobs')).toBe(1)
  const made = answers.filter(({ status }) => status === 202)
  expect(new Set(made.map(({ body }) => body.data['id'])).size).toBe(1)
  const others = answers.filter(({ status }) => status !== 202)
  for (const { status, body } of others) expect([status, body.error.code]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT'])
})

it('refuses a key that was sent with another body or path, and keeps the keys of different callers apart', async () => {
  await post(BULK, { domains: ['firma.com.tr'] }, 'one')
  for (const [path, body] of [
    [BULK, { domains: ['other.com.tr'] }],
    [SCAN, { domain: 'firma.com.tr' }],
  ] as const) {
    const reused = await post(path, body, 'one')
    expect([reused.status, reused.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
  }
  const other = await post(BULK, { domains: ['other.com.tr'] }, 'one', await api.key(['write']))
  expect(other.status).toBe(202)
  expect(await rowsOf('scan_jobs')).toBe(2)
})

it('accepts a key again after a day, and deletes expired ones', async () => {
  await post(BULK, { domains: ['firma.com.tr'] }, 'one')
  await post(BULK, { domains: ['firma.com.tr'] }, 'two')
  api.clock.advanceMs(DAY_MS)
  expect((await post(BULK, { domains: ['other.com.tr'] }, 'one')).status).toBe(202)
  expect(await rowsOf('scan_jobs')).toBe(3)
  expect(await rowsOf('idempotency_keys')).toBe(1)
})

it('records nothing of a failed request: the corrected request can use the same key', async () => {
  const refused = await post(SCAN, { domain: '10.0.0.1' }, 'one')
  expect([refused.status, await rowsOf('idempotency_keys')]).toEqual([422, 0])
  expect((await post(SCAN, { domain: 'firma.com.tr' }, 'one')).status).toBe(200)
})

it('queues the batches of a job that was saved but not queued, and creates no second job', async () => {
  api.queue.refuse = () => true
  const first = await post(BULK, { domains: ['firma.com.tr'] }, 'one')
  expect([first.status, first.body.error.code]).toEqual([503, 'QUEUE_UNAVAILABLE'])
  api.queue.refuse = () => false
  const second = await post(BULK, { domains: ['firma.com.tr'] }, 'one')
  expect([second.status, second.body.data['id']]).toEqual([202, first.body.error.details['job']])
  expect(second.body.data['state']).toBe('queued')
  expect(await rowsOf('scan_jobs')).toBe(1)
})

it('rebuilds a lost answer from the recorded outcome', async () => {
  const first = await post(SCAN, { domain: 'firma.com.tr' }, 'one')
  await database.db.execute(sql`update idempotency_keys set status = null, body = null`)
  const asked = api.dns.asked.length
  expect((await post(SCAN, { domain: 'firma.com.tr' }, 'one')).body.error.code).toBe('IDEMPOTENCY_IN_FLIGHT')
  api.clock.advanceMs(60_000)
  const second = await post(SCAN, { domain: 'firma.com.tr' }, 'one')
  expect(second.body.data).toEqual(first.body.data)
  expect(api.dns.asked.length).toBe(asked)
})

/** Scans wait here until the test releases them, in the order of their arrival. */
function gatedApi() {
  const waiting: (() => void)[] = []
  const arrivals: (() => void)[] = []
  const gated = createTestApi(database.db, {
    pacer: {
      acquire: () => {
        const gate = Promise.withResolvers<void>()
        waiting.push(gate.resolve)
        arrivals.shift()?.()
        return gate.promise
      },
    },
  })
  const arrival = () => new Promise<void>((resolve) => arrivals.push(resolve))
  return { gated, waiting, arrival }
}

it('tells a second request to wait, and for how long, while the first one runs', async () => {
  const { gated, waiting, arrival } = gatedApi()
  const arrived = arrival()
  const request = { key, body: { domain: 'firma.com.tr' }, headers: { 'Idempotency-Key': 'one' } }
  const first = gated.call('POST', SCAN, request)
  await arrived
  const second = await gated.call('POST', SCAN, request)
  expect([second.status, second.body.error.code]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT'])
  const waits = [second.headers.get('Retry-After')]
  for (const ms of [2_500, 20_000, 37_000]) {
    gated.clock.advanceMs(ms)
    waits.push((await gated.call('POST', SCAN, request)).headers.get('Retry-After'))
  }
  expect(waits).toEqual(['1', '3', '5', '1']) // the suggested wait doubles until the claim ends
  waiting.shift()?.()
  expect((await first).status).toBe(200)
  expect((await gated.call('POST', SCAN, request)).text).toBe((await first).text)
})

it('takes over from a request that died, and rolls it back when it returns too late', async () => {
  const { gated, waiting, arrival } = gatedApi()
  const request = { key, body: { domain: 'firma.com.tr' }, headers: { 'Idempotency-Key': 'one' } }
  const [arrived, arrivedNext] = [arrival(), arrival()]
  const first = gated.call('POST', SCAN, request)
  await arrived
  gated.clock.advanceMs(60_000)
  const second = gated.call('POST', SCAN, request)
  await arrivedNext
  waiting.shift()?.()
  const late = await first
  expect([late.status, late.body.error.code]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT'])
  expect(await rowsOf('companies')).toBe(0)
  waiting.shift()?.()
  expect((await second).status).toBe(200)
  expect(await rowsOf('companies')).toBe(1)
})

it.each([
  ['an empty one', ''],
  ['one of 256 characters', 'k'.repeat(256)],
  ['one that is not ASCII', 'ş'.normalize('NFD').slice(0, 1) + '\u00e9'],
])('refuses a key that cannot be stored: %s', async (_, bad) => {
  const answer = await post(BULK, { domains: ['firma.com.tr'] }, bad)
  expect([answer.status, answer.body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
  expect(answer.body.error.details['fields']).toMatchObject([{ field: 'Idempotency-Key' }])
  expect(await rowsOf('scan_jobs')).toBe(0)
})

it('accepts a key of 255 characters', async () => {
  expect((await post(BULK, { domains: ['firma.com.tr'] }, 'k'.repeat(255))).status).toBe(202)
})
