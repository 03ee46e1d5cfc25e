import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { type HangingTcp, startHangingTcp } from '../support/hanging-tcp.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { isThorough } from '../support/thorough.ts'

const CONNECTIONS = 3
/** "Within a few seconds", on a busy machine. */
const SOON_MS = 20_000

let database: HunterDatabase
let proxy: HangingTcp
let db: Database
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  proxy = await startHangingTcp(database.url)
  db = createDatabase({
    url: proxy.urlOf(database.url),
    maxConnections: CONNECTIONS,
    statementTimeoutMs: 10_000,
    answerTimeoutMs: 2_000,
    connectTimeoutMs: 2_000,
  })
  api = createTestApi(db)
  key = await api.key(['admin'])
})
afterAll(async () => {
  await closeDatabase(db)
  await proxy.close()
  await database.close()
})
beforeEach(async () => {
  await api.call('GET', '/api/v1/leads', { key }) // makes the instance trust the key
})

const REQUESTS = [
  ['GET', '/api/v1/leads', undefined],
  ['GET', '/api/v1/leads/yok.com.tr', undefined],
  ['GET', '/api/v1/admin/keys', undefined],
  ['POST', '/api/v1/scan/domain', { domain: 'firma.com.tr' }],
  ['POST', '/api/v1/scan/bulk', { domains: ['a.com.tr'] }],
  ['GET', '/healthz/startup', undefined],
] as const

it('answers 503 in the envelope while the database hangs, reports it in readiness, and recovers without a restart', async () => {
  proxy.hang()
  const startedMs = performance.now()
  const answers = await Promise.all(REQUESTS.map(([method, path, body]) => api.call(method, path, { key, body })))
  const [ready, live] = [await api.call('GET', '/healthz/ready'), await api.call('GET', '/healthz/live')]
  expect(performance.now() - startedMs).toBeLessThan(SOON_MS)
  for (const { status, headers, body } of answers) {
    expect([status, headers.get('Retry-After')]).toEqual([503, '10'])
    expect(body).toMatchObject({ success: false, error: { code: 'DATABASE_UNAVAILABLE' } })
    expect(body.error.details).toMatchObject({ retry_after_seconds: 10, request_id: expect.any(String) })
  }
  expect([ready.status, ready.body.error]).toMatchObject([
    503,
    { code: 'NOT_READY', details: { parts: [{ name: 'database', state: 'down' }] } },
  ])
  expect(live.status).toBe(200)
  await expect.poll(() => db.$client.totalCount).toBe(0) // the connection is dropped, not reused by the next request
  proxy.resume({ forgets: true })
  const again = await Promise.all(REQUESTS.map(([method, path, body]) => api.call(method, path, { key, body })))
  expect(again.map(({ status }) => status)).toEqual([200, 404, 200, 200, 202, 200])
  expect((await api.call('GET', '/healthz/ready')).status).toBe(200)
  expect(db.$client.totalCount).toBeLessThanOrEqual(CONNECTIONS)
})

it.runIf(isThorough)(
  'lets a client repeat a request at once with the same Idempotency-Key when its commit was lost',
  async () => {
    const send = () =>
      api.call('POST', '/api/v1/scan/bulk', {
        key,
        headers: { 'Idempotency-Key': 'one' },
        body: { domains: ['b.com.tr'] },
      })
    proxy.hangsAt = (piece) => piece.includes('commit')
    const lost = await send()
    expect([lost.status, lost.headers.get('Retry-After')]).toEqual([503, '10'])
    proxy.hangsAt = () => false
    expect((await send()).status).toBe(202)
  },
)

it.runIf(isThorough)(
  'tells how long an Idempotency-Key stays claimed when the database hangs before its release',
  async () => {
    const send = () =>
      api.call('POST', '/api/v1/scan/bulk', {
        key,
        headers: { 'Idempotency-Key': 'two' },
        body: { domains: ['c.com.tr'] },
      })
    proxy.hangsAt = (piece) => {
      if (piece.includes('commit')) proxy.hang()
      return false
    }
    const lost = await send()
    expect([lost.status, lost.headers.get('Retry-After')]).toEqual([503, '60'])
    proxy.hangsAt = () => false
    proxy.resume({ forgets: true })
    expect((await send()).status).toBe(409)
    api.clock.advanceMs(60_000)
    expect((await send()).status).toBe(202)
  },
)

it('gives a request one time budget for the database, however many statements it sends', async () => {
  const hurried = createTestApi(database.db, { databaseBudgetMs: 0 })
  const { status, body } = await hurried.call('GET', '/healthz/startup')
  expect([status, body.error.code]).toEqual([503, 'DATABASE_UNAVAILABLE'])
  expect((await hurried.call('GET', '/healthz/live')).status).toBe(200)
})
