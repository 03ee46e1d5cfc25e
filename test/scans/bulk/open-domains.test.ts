/** The quota of open domains, over a real Postgres. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { AppError } from '#platform/errors'
import type { JobId } from '#scans/bulk/create-job'
import { countOpenDomains } from '#scans/bulk/open-domains'
import { processBatch } from '#scans/bulk/process-batch'
import { createFakeDns, googleCompany } from '../../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { scanDeps } from '../../support/scan-deps.ts'
import { createTestApi, type TestApi } from '../../support/test-api.ts'

const LIMIT = 10
const names = (count: number, name = 'firma') => Array.from({ length: count }, (_, n) => `${name}${n}.com.tr`)

let database: HunterDatabase
let api: TestApi
let key: string
let keyid: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
  api = createTestApi(database.db, { openDomainsMax: LIMIT, batchSize: 4 })
  key = await api.key(['write', 'read'])
  keyid = key.split('_')[2] ?? ''
})

const post = (path: string, body?: unknown, by = key) =>
  api.call('POST', `/api/v1${path}`, { key: by, ...(body === undefined ? {} : { body }) })
const start = (domains: string[], by = key) => post('/scan/bulk', { domains }, by)
const open = () => countOpenDomains(database.db, keyid)
async function startJob(domains: string[]): Promise<JobId> {
  const { status, body } = await start(domains)
  expect(status).toBe(202)
  return body.data['id'] as JobId
}

it('refuses a job that would exceed the limit, with counts and a remedy, and stores nothing', async () => {
  await startJob([...names(8), 'FIRMA0.com.tr', '10.0.0.1']) // neither a repetition nor what is no domain counts
  const refused = await start(names(3, 'other'))
  expect(refused.status).toBe(429)
  expect(refused.body.error).toMatchObject({
    code: 'OPEN_DOMAINS_LIMIT',
    details: { limit: 10, open: 8, requested: 3, free: 2, remedy: expect.stringContaining('error.details.free') },
  })
  const jobs = await database.db.execute(sql`select from scan_jobs`)
  expect(jobs.rowCount).toBe(1)
  expect((await start(names(3, 'other'), await api.key(['write']))).status).toBe(202)
  expect((await start(names(2, 'other'))).status).toBe(202)
})

it('lets only one of two simultaneous calls use the last capacity', async () => {
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all([start(names(6, 'one')), start(names(6, 'two')), start(names(6, 'three'))])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 429, 429])
    expect(await open()).toBe(6)
    await database.db.execute(sql`truncate scan_jobs cascade`)
  }
})

it('frees capacity as domains are scanned, failed and cancelled, and uses it again for a retry', async () => {
  const dns = createFakeDns(Object.assign({}, ...names(10).map(googleCompany)))
  const deps = scanDeps(database.db, dns, { clock: api.clock })
  const jobId = await startJob(names(10)) // batches of 4, 4 and 2
  expect(await open()).toBe(10)
  await processBatch(deps, { jobId, batch: 1, lastTry: false })
  expect(await open()).toBe(6)
  const pacer = { acquire: () => Promise.reject(new AppError('SCANS_BUSY', 'busy')) }
  await expect(processBatch({ ...deps, pacer }, { jobId, batch: 2, lastTry: false })).rejects.toThrow('busy')
  expect(await open()).toBe(6) // the queue delivers it again
  await expect(processBatch({ ...deps, pacer }, { jobId, batch: 2, lastTry: true })).rejects.toThrow('busy')
  expect(await open()).toBe(2)
  await post(`/scan/bulk/${jobId}/cancel`)
  expect(await open()).toBe(0)

  await startJob(names(5, 'other'))
  const refused = await post(`/scan/bulk/${jobId}/retry`) // 4 that failed and 2 that were cancelled
  expect(refused.body.error).toMatchObject({ code: 'OPEN_DOMAINS_LIMIT', details: { open: 5, requested: 6 } })
  await database.db.execute(sql`delete from scan_jobs where id <> ${jobId}`)
  expect((await post(`/scan/bulk/${jobId}/retry`)).status).toBe(202)
  expect(await open()).toBe(6)
})

it('counts only from the index of open batches, however large the tables are', async () => {
  const jobId = await startJob(names(10))
  await database.db.execute(sql`
    insert into scan_batches (job_id, number, state, finished_at, keyid, domains)
    select ${jobId}::uuid, n, 'committed', now(), ${keyid}, 50 from generate_series(100, 20000) n`)
  await database.db.execute(sql`vacuum analyze scan_batches`)
  const plan = await database.db.execute<{ 'QUERY PLAN': string }>(sql`
    explain select sum(domains) from scan_batches where keyid = ${keyid} and state in ('unsent', 'queued')`)
  expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('scan_batches_open')
  expect(await open()).toBe(10)
})
