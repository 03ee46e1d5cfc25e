import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { companies, scanBatches } from '#db/tables'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { disagreements } from '../support/check-job.ts'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

const clock = new TestClock()
const dns = createFakeDns()

let database: HunterDatabase
/** Another session than the workers'; and one that only looks, outside of any transaction. */
let other: Client
let observer: Client
beforeAll(async () => {
  database = await createHunterDatabase()
  other = new Client({ connectionString: database.url })
  observer = new Client({ connectionString: database.url })
  await Promise.all([other.connect(), observer.connect()])
})
afterAll(async () => {
  await Promise.all([other.end(), observer.end()])
  await database.close()
})
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
})

async function create(domains: string[]): Promise<JobId> {
  for (const domain of domains) {
    for (const [name, records] of Object.entries(googleCompany(domain))) dns.zone.set(name, records)
  }
  return createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs: domains, keyid: null })
}

/** Pauses of the transaction that had to give way are noted in `gaveWay`. */
function work(jobId: JobId, { gaveWay = [], timeoutMs = 30_000 }: { gaveWay?: number[]; timeoutMs?: number } = {}) {
  const note = async (attempt: number) => void gaveWay.push(attempt)
  const deps = scanDeps(database.db, dns, { clock, commit: { pause: note, timeoutMs } })
  return processBatch(deps, { jobId, batch: 1, lastTry: false })
}

/** Resolves when a worker waits for the lock of a company's row. */
async function untilOneWaits(): Promise<void> {
  for (;;) {
    const { rowCount } = await observer.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query ~ 'companies'`,
    )
    if (rowCount) return
    await pause(5)
  }
}

/** Counted by the server; it sums up what a session did when that session is idle for a moment. */
async function deadlocks(): Promise<number> {
  const { rows } = await observer.query<{ n: number }>(
    'select deadlocks::int as n from pg_stat_database where datname = current_database()',
  )
  return rows[0]?.n ?? 0
}

it('retries a batch that lost a real deadlock, and every domain ends once', async () => {
  const domains = ['a.com.tr', 'b.com.tr', 'z.com.tr']
  await work(await create(domains))
  const jobId = await create(domains)
  const gaveWay: number[] = []
  const before = await deadlocks()
  // another session that locks in the opposite order, and waits longer for the server to check
  await other.query(`begin; set local deadlock_timeout = '60s'`)
  await other.query(`select from companies where domain = 'z.com.tr' for update`)
  const working = work(jobId, { gaveWay })
  await untilOneWaits()
  await other.query(`select from companies where domain = 'a.com.tr' for update`)
  await other.query('commit')
  expect(await working).toEqual({ done: 3, failed: 0, repeated: false })
  expect(gaveWay).toEqual([2])
  await expect.poll(deadlocks).toBe(before + 1)
  expect(await disagreements(database.db)).toEqual([])
  expect(await database.db.select().from(scanBatches)).toMatchObject([{ attempts: 1 }, { attempts: 1 }])
})

it('never deadlocks with workers that have overlapping domains in opposite orders, however slow each lock is', async () => {
  const domains = Array.from({ length: 20 }, (_, n) => `firma${n}.com.tr`)
  await slowLocks()
  const before = await deadlocks()
  const gaveWay: number[] = []
  for (const orders of [
    [domains, domains.toReversed()],
    [domains.toReversed(), domains.slice(5), domains],
  ]) {
    const jobs: JobId[] = []
    for (const order of orders) jobs.push(await create(order))
    const results = await Promise.all(jobs.map((jobId) => work(jobId, { gaveWay })))
    expect(results.map(({ done }) => done)).toEqual(orders.map(({ length }) => length))
  }
  expect(gaveWay).toEqual([])
  expect(await deadlocks()).toBe(before)
  expect(await disagreements(database.db)).toEqual([])
  expect(await database.db.select().from(companies)).toHaveLength(20)
  await database.db.execute(sql`drop trigger slow on companies`)
})

it('fails a batch in time while another session locks a table, saves no part of it, and saves it on the retry', async () => {
  const jobId = await create(['a.com.tr', 'b.com.tr'])
  await other.query('begin; lock table lead_scores in access exclusive mode')
  const startedMs = performance.now()
  const failing = work(jobId, { timeoutMs: 400 })
  await expect(failing).rejects.toMatchObject({ code: 'DATABASE_BUSY' })
  expect(performance.now() - startedMs).toBeLessThan(30_000) // else the session's own limit, two minutes, would end it
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { pending: 2 }, batches: { committed: 0 } })
  expect(await database.db.select().from(scanBatches)).toMatchObject([
    { attempts: 1, error: 'DATABASE_BUSY: the database did not finish within 0.4 s' },
  ])
  expect(await database.db.select().from(companies)).toEqual([])
  await other.query('commit')

  expect(await work(jobId)).toEqual({ done: 2, failed: 0, repeated: false })
  expect(await disagreements(database.db)).toEqual([])
})

it('says why a batch failed if the table is still locked at the last try', async () => {
  const jobId = await create(['a.com.tr'])
  await other.query('begin; lock table companies in access exclusive mode')
  const deps = scanDeps(database.db, dns, { clock, commit: { timeoutMs: 200 } })
  await expect(processBatch(deps, { jobId, batch: 1, lastTry: true })).rejects.toMatchObject({ code: 'DATABASE_BUSY' })
  await other.query('commit')
  const { rows } = await other.query('select outcome, reason, message from scan_job_domains')
  const message = 'DATABASE_BUSY: the database did not finish within 0.2 s'
  expect(rows).toEqual([{ outcome: 'failed', reason: 'BATCH_FAILED', message }])
  expect(await disagreements(database.db)).toEqual([])
})

/** Every lock on a company takes a while: sessions that lock in different orders meet half way. */
async function slowLocks(): Promise<void> {
  await database.db.execute(
    sql.raw(`
    create or replace function slow() returns trigger language plpgsql as $$
    begin perform pg_sleep(0.003); return new; end $$;
    create or replace trigger slow before insert or update on companies for each row execute function slow()`),
  )
}
