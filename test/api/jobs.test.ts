import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { cancelJob } from '#scans/bulk/cancel-job'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob, JOB_STATES } from '#scans/bulk/job-progress'
import { listJobs } from '#scans/bulk/list-jobs'
import { processBatch } from '#scans/bulk/process-batch'
import { queueJob } from '#scans/bulk/queue-batches'
import { reopenFailed } from '#scans/bulk/retry-job'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const BULK = '/api/v1/scan/bulk'

let database: HunterDatabase
let api: TestApi
let maker: string
let admin: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
  api = createTestApi(database.db)
  ;[maker, admin] = [await api.key(['write']), await api.key(['admin'])]
})

const get = (path: string, key: string) => api.call('GET', `${BULK}${path}`, { key })
const post = (path: string, key: string, body?: unknown) =>
  api.call('POST', `${BULK}${path}`, { key, ...(body === undefined ? {} : { body }) })
async function make(key: string): Promise<string> {
  const { body } = await post('', key, { domains: ['firma.com.tr', '10.0.0.1'] })
  return String(body.data['id'])
}
async function list(key: string, query = ''): Promise<string[]> {
  const { body } = await get(query, key)
  return (body.data['jobs'] as { id: string }[]).map(({ id }) => id)
}
const keyidOf = (key: string) => key.split('_')[2] ?? ''

it('shows a write-only key the job that it created, with its outcomes, and no other', async () => {
  const [own, other] = [await make(maker), await make(admin)]
  const { status, body } = await get(`/${own}`, maker)
  expect([status, body.data['created_by']]).toEqual([200, `key:${keyidOf(maker)}`])
  expect(body.data['outcomes']).toMatchObject([{ input: 'firma.com.tr' }, { outcome: 'failed' }])
  for (const id of [other, v7(), 'nothing']) {
    const refused = await get(`/${id}`, maker)
    expect([refused.status, refused.body.error.code]).toEqual([403, 'SCOPE_MISSING'])
  }
  const reader = await api.key(['read'])
  expect([(await get(`/${own}`, reader)).status, (await get(`/${v7()}`, reader)).status]).toEqual([200, 404])
})

it('lists only the jobs of the key that asks, and all jobs for an administrator', async () => {
  const mine = [await make(maker), await make(maker)]
  const other = await make(await api.key(['read', 'write']))
  const deps = { db: database.db, clock: api.clock, newId: v7, batchSize: 2 }
  const ofNobody = await createJob(deps, { inputs: ['firma.com.tr'], keyid: null })
  expect((await list(maker)).toSorted()).toEqual(mine.toSorted())
  expect(await list(await api.key(['read']))).toEqual([])
  expect((await list(admin)).toSorted()).toEqual([...mine, other, ofNobody].toSorted())
})

it('lets only administrators and the key that created a job cancel and retry it, even after a rotation', async () => {
  const job = await make(maker)
  for (const stranger of [await api.key(['write']), await api.key(['read', 'write'])]) {
    for (const change of ['cancel', 'retry']) {
      const { status, body } = await post(`/${job}/${change}`, stranger)
      expect([status, body.error.code]).toEqual([404, 'JOB_NOT_FOUND'])
    }
  }
  expect((await get(`/${job}`, admin)).body.data).toMatchObject({ state: 'queued', retries: 0 })
  expect((await post(`/${job}/cancel`, maker)).body.data).toMatchObject({ state: 'cancelled' })
  const path = `/api/v1/admin/keys/${keyidOf(maker)}/rotate`
  const { body } = await api.call('POST', path, { key: admin, body: { grace_seconds: 60 } })
  const rotated = String(body.data['key'])
  expect((await post(`/${job}/retry`, rotated)).status).toBe(202)
  expect(await list(rotated)).toEqual([job])
  expect((await post(`/${job}/cancel`, admin)).status).toBe(200)
})

it('filters jobs by the state that each one reports, page by page', async () => {
  const { clock, queue } = api
  const deps = { db: database.db, clock, queue, newId: v7, batchSize: 1 }
  for (const [name, records] of Object.entries(googleCompany('a.com.tr'))) api.dns.zone.set(name, records)
  const inputs = ['a.com.tr', 'b.com.tr']
  const of: Record<string, JobId> = {}
  for (const name of ['unsent', 'queued', 'running', 'done', 'cancelled', 'retried', 'refused']) {
    of[name] = await createJob(deps, { inputs: name === 'refused' ? ['10.0.0.1'] : inputs, keyid: keyidOf(maker) })
    if (name !== 'unsent') await queueJob(deps, of[name])
  }
  const work = (name: string, batch: number) =>
    processBatch(scanDeps(database.db, api.dns, { clock }), { jobId: of[name] as JobId, batch, lastTry: false })
  await work('running', 1)
  for (const batch of [1, 2]) await work('done', batch)
  await work('cancelled', 1)
  for (const name of ['cancelled', 'retried']) await cancelJob(deps, { jobId: of[name] as JobId, actor: 'test' })
  await reopenFailed(deps, { jobId: of['retried'] as JobId, actor: 'test' })
  const all = await listJobs(database.db, { limit: 100 })
  const single = await Promise.all(all.items.map(async ({ id }) => (await getJob(database.db, id)).state))
  expect(all.items.map(({ state }) => state)).toEqual(single)
  expect(new Set(single)).toEqual(new Set(JOB_STATES))
  for (const state of JOB_STATES) {
    const wanted = all.items.filter((job) => job.state === state).map(({ id }) => id)
    expect([state, await list(maker, `?state=${state}`)]).toEqual([state, wanted])
    expect([state, await list(admin, `?state=${state}`)]).toEqual([state, wanted])
  }
  expect((await get('?state=lost', maker)).status).toBe(422)
})

it('reads no whole table for a page of jobs, whatever the filter', async () => {
  await database.db.execute(sql`
    insert into scan_jobs (id, keyid, received, duplicates, created_at)
    select gen_random_uuid(), ${keyidOf(maker)}, 1, 0, now() - n * interval '1 second' from generate_series(1, 3000) n`)
  await database.db.execute(sql`
    insert into scan_batches (job_id, number, state, finished_at)
    select id, 1, 'committed', now() from scan_jobs order by id offset 20`)
  await database.db.execute(sql`
    insert into scan_batches (job_id, number, state) select id, 1, 'queued' from scan_jobs order by id limit 20`)
  await database.db.execute(sql`
    insert into scan_job_domains (job_id, position, batch, input, domain) select id, 1, 1, 'a', 'a' from scan_jobs`)
  await database.db.execute(sql`analyze scan_jobs, scan_batches, scan_job_domains`)
  const forced = new Client({ connectionString: database.url })
  await forced.connect()
  await forced.query('set enable_seqscan = off')
  const whole: string[] = []
  for (const state of [undefined, ...JOB_STATES]) {
    for (const keyid of [undefined, keyidOf(maker)]) {
      const { nextCursor } = await listJobs(database.db, { keyid, limit: 1 })
      let last = { sql: '', params: [] as unknown[] }
      const logger = { logQuery: (sql: string, params: unknown[]) => void (last = { sql, params }) }
      await listJobs(drizzle(database.db.$client, { logger }), { state, keyid, limit: 50, cursor: nextCursor ?? '' })
      const { rows } = await forced.query<{ 'QUERY PLAN': string }>(`explain ${last.sql}`, last.params)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      if (plan.includes('Seq Scan')) whole.push(`${state} ${keyid}: ${plan}`)
    }
  }
  await forced.end()
  expect(whole).toEqual([])
})
