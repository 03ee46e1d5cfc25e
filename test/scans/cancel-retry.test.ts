import { eq, sql } from 'drizzle-orm'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditLog, companies, scanBatches } from '#db/tables'
import { AppError } from '#platform/errors'
import { QUEUES } from '#deployment/queues'
import { cancelJob } from '#scans/bulk/cancel-job'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { queueJob, requeueUnfinished } from '#scans/bulk/queue-batches'
import { reopenFailed } from '#scans/bulk/retry-job'
import { disagreements } from '../support/check-job.ts'
import { createFakeDns, type FakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createFakeQueue, type FakeQueue, scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

const HOUR_MS = 3_600_000
const names = Array.from({ length: 5 }, (_, n) => `firma${n}.com.tr`)
const busy = { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) }

let database: HunterDatabase
let dns: FakeDns
let queue: FakeQueue
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies, audit_log cascade`)
  dns = createFakeDns(Object.assign({}, ...names.map(googleCompany)))
  queue = createFakeQueue()
  clock = new TestClock()
})

const deps = () => ({ db: database.db, clock, queue, newId: v7, batchSize: 2 })
const cancel = (jobId: JobId) => cancelJob(deps(), { jobId, actor: 'test' })
const retry = (jobId: JobId) => reopenFailed(deps(), { jobId, actor: 'test' })
const work = (jobId: JobId, batch: number, changes: Parameters<typeof scanDeps>[2] = {}, lastTry = false) =>
  processBatch(scanDeps(database.db, dns, { clock, ...changes }), { jobId, batch, lastTry })

/** Three batches: two domains, two, and one. */
async function queuedJob(): Promise<JobId> {
  const jobId = await createJob(deps(), { inputs: ['10.0.0.1', ...names], keyid: null })
  await queueJob(deps(), jobId)
  return jobId
}

/** A worker that has asked about its domains and comes to the commit when it is let. */
function heldWork(jobId: JobId, batch: number) {
  const [asked, let_] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  const overrides = {
    invalidate: () => undefined,
    read: async () => {
      asked.resolve(undefined)
      await let_.promise
      return []
    },
  }
  const result = work(jobId, batch, { overrides })
  return { asked: asked.promise, letCommit: () => let_.resolve(undefined), result }
}

it('keeps scanned domains, and cancels open ones', async () => {
  const jobId = await queuedJob()
  await work(jobId, 1)
  expect(await cancel(jobId)).toBe(3)
  expect(await getJob(database.db, jobId)).toMatchObject({
    state: 'cancelled',
    domains: { pending: 0, done: 2, failed: 1, cancelled: 3 },
    batches: { committed: 1, cancelled: 2, queued: 0 },
  })
  expect(await database.db.select().from(companies)).toHaveLength(2)
  expect(await disagreements(database.db)).toEqual([])
  const log = await database.db.select().from(auditLog)
  expect(log.at(-1)).toMatchObject({
    action: 'scan_job.cancelled',
    object: `scan_job:${jobId}`,
    details: { domains: 3 },
  })
})

it('sends no query for a batch of a cancelled job', async () => {
  const jobId = await queuedJob()
  await cancel(jobId)
  expect(await work(jobId, 1)).toEqual({ done: 0, failed: 0, repeated: true })
  expect(dns.asked).toEqual([])
  expect(await requeueUnfinished(deps())).toEqual({ queued: 0, refused: 0 })
})

it('stores nothing of a batch that was cancelled before its commit', async () => {
  const jobId = await queuedJob()
  const held = heldWork(jobId, 1)
  await held.asked
  expect(await cancel(jobId)).toBe(5)
  held.letCommit()
  expect(await held.result).toEqual({ done: 0, failed: 0, repeated: true })
  expect(await database.db.select().from(companies)).toEqual([])
  expect(await disagreements(database.db)).toEqual([])
})

it('waits for a batch that is committing, and keeps it complete', async () => {
  const jobId = await queuedJob()
  await database.db.execute(
    sql.raw(`
    create or replace function hold() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(1); return new; end $$;
    create or replace trigger hold before insert on companies for each statement execute function hold()`),
  )
  const holder = new Client({ connectionString: database.url })
  await holder.connect()
  const waiting = async () => {
    const { rowCount } = await holder.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rowCount
  }
  await holder.query('select pg_advisory_lock(1)')
  const working = work(jobId, 1)
  await expect.poll(waiting).toBe(1) // it has written, and may not go on
  const cancelling = cancel(jobId)
  await expect.poll(waiting).toBe(2)
  await holder.end()
  expect(await cancelling).toBe(3)
  expect(await working).toEqual({ done: 2, failed: 0, repeated: false })
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { done: 2, cancelled: 3 } })
  expect(await disagreements(database.db)).toEqual([])
  await database.db.execute(sql`drop trigger hold on companies`)
})

it('answers the same if it is cancelled again, or already done', async () => {
  const jobId = await queuedJob()
  await cancel(jobId)
  const before = await getJob(database.db, jobId)
  clock.advanceMs(HOUR_MS)
  expect(await cancel(jobId)).toBe(0)
  expect(await getJob(database.db, jobId)).toEqual(before)

  const done = await createJob(deps(), { inputs: names.slice(0, 2), keyid: null })
  await work(done, 1)
  expect(await cancel(done)).toBe(0)
  expect(await getJob(database.db, done)).toMatchObject({ state: 'done', domains: { done: 2, cancelled: 0 } })
})

it('does not continue a cancelled job when its dead letters return', async () => {
  const jobId = await queuedJob()
  await expect(work(jobId, 1, { pacer: busy }, true)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await cancel(jobId)
  expect(await work(jobId, 1)).toMatchObject({ repeated: true })
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { done: 0, failed: 3, cancelled: 3 } })
})

it('retries failed and cancelled domains, in smaller batches if necessary, and counts the retry', async () => {
  const jobId = await queuedJob()
  await work(jobId, 1)
  await expect(work(jobId, 2, { pacer: busy }, true)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await cancel(jobId)
  expect(await getJob(database.db, jobId)).toMatchObject({ retries: 0, domains: { done: 2, failed: 3, cancelled: 1 } })
  expect(await reopenFailed({ ...deps(), batchSize: 1 }, { jobId, actor: 'test' })).toBe(3)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'unsent', retries: 1, domains: { pending: 3 } })
  queue.sent = []
  await queueJob(deps(), jobId)
  expect(queue.sent.map(({ batch }) => batch)).toEqual([4, 5, 6])
  for (const { batch } of queue.sent) await work(jobId, batch)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { done: 5, failed: 1 } })
  expect(await disagreements(database.db)).toEqual([])
})

it('gives a retried domain only to its new batch, even if its old message is still queued', async () => {
  const jobId = await queuedJob()
  await expect(work(jobId, 1, { pacer: busy }, true)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  const held = heldWork(jobId, 1) // its dead letter
  await held.asked
  expect(await retry(jobId)).toBe(2)
  held.letCommit()
  expect(await held.result).toMatchObject({ done: 0, failed: 0 })
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { done: 0, pending: 5 } })
  expect(await work(jobId, 4)).toMatchObject({ done: 2 })
  expect(await disagreements(database.db)).toEqual([])
})

it('never reopens a domain that a redriven dead letter finished', async () => {
  for (let round = 0; round < 10; round += 1) {
    const jobId = await queuedJob()
    await expect(work(jobId, 1, { pacer: busy }, true)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await Promise.all([work(jobId, 1), retry(jobId)])
    await Promise.all([work(jobId, 4), work(jobId, 4), work(jobId, 1)])
    expect(await getJob(database.db, jobId)).toMatchObject({ domains: { done: 2, pending: 3 } })
    expect(await disagreements(database.db)).toEqual([])
  }
})

it('resends a batch whose message must be lost, and none that may still be queued', async () => {
  const jobId = await queuedJob()
  queue.sent = []
  clock.advanceMs(QUEUES.scans.tries * QUEUES.scans.hiddenS * 1_000 - 1)
  await retry(jobId)
  expect(await queueJob(deps(), jobId)).toBe(0)
  clock.advanceMs(1)
  await retry(jobId)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'unsent', batches: { unsent: 3 } })
  expect(await queueJob(deps(), jobId)).toBe(3)
  const [row] = await database.db.select().from(scanBatches).where(eq(scanBatches.jobId, jobId))
  expect(row).toMatchObject({ state: 'queued', queuedAt: clock.now() })
})

it('reports a missing job', async () => {
  await expect(cancel(v7() as JobId)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
  await expect(retry(v7() as JobId)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
})
