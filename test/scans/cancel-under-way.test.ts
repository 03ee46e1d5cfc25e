import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { scanBatches } from '#db/tables'
import { cancelJob } from '#scans/bulk/cancel-job'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { type BatchDeps, processBatch } from '#scans/bulk/process-batch'
import { createPacer } from '#scans/dns-pacing'
import { watchBatch } from '#scans/bulk/cancellation'
import { createInstance } from '../support/cached-scans.ts'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { recordingLog } from '../support/recording-log.ts'
import { refusingUrl } from '../support/stub-redis.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

const HOUR_MS = 3_600_000
const names = Array.from({ length: 50 }, (_, n) => `firma${n}.com.tr`)

let database: HunterDatabase
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
  clock = new TestClock()
})

const create = (inputs: string[]) =>
  createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs, keyid: null })
const cancel = (jobId: JobId) => cancelJob({ db: database.db, clock }, { jobId, actor: 'test' })

/** Grants so many turns, then none; waiting for one advances the clock, and the database's. */
function turnsWith(granted: number, onLast: () => Promise<unknown> = async () => undefined) {
  let [left, asked] = [granted, 0]
  const limiter = {
    async limit() {
      asked += 1
      left -= 1
      if (left === 0) await onLast()
      const retryAt = new Date(clock.now().getTime() + 100)
      return {
        allowed: left >= 0,
        limit: 10,
        remaining: 0,
        resetAt: retryAt,
        retryAt,
        degraded: false,
        windowMs: 1_000,
      }
    },
  }
  const pause = async (ms: number) => {
    clock.advanceMs(ms)
    await database.db.execute(sql`select 1`)
  }
  return { pacer: createPacer({ limiter, background: limiter, clock, pause }), asked: () => asked }
}

function setUp(changes: Partial<BatchDeps>) {
  const dns = createFakeDns(Object.assign({}, ...names.map(googleCompany)))
  const log = recordingLog()
  return { dns, log, deps: scanDeps(database.db, dns, { clock, log, turnWaitMs: HOUR_MS, ...changes }) }
}

it('takes no more turns once its job is cancelled, and reports no error', async () => {
  const jobId = await create(names)
  const { pacer, asked } = turnsWith(5, () => cancel(jobId))
  const { deps, dns, log } = setUp({ pacer })
  expect(await processBatch(deps, { jobId, batch: 1, lastTry: false })).toEqual({ done: 0, failed: 0, repeated: true })
  expect(names.filter((name) => dns.asked.includes(name))).toHaveLength(5)
  const askedBefore = asked()
  await pacer.acquire(new Date(0), () => false).catch(() => undefined)
  expect(asked()).toBe(askedBefore + 1) // none of its waits is left in the queue
  expect(log.lines).toEqual([])
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'cancelled', domains: { done: 0, cancelled: 50 } })
  expect(await database.db.select({ error: scanBatches.error }).from(scanBatches)).toEqual([{ error: null }])
})

it('checks at most once a second whether its job is cancelled, and continues if that check fails', async () => {
  const jobId = await create(['firma0.com.tr'])
  let looks = 0
  const away = () => {
    looks += 1
    throw new Error('the database is away')
  }
  const deps = { db: { select: away } as never, clock }
  const { isCancelled } = await watchBatch(deps, { jobId, batch: 1 }, { keyid: null, kind: 'scan' })
  for (let asked = 0; asked < 100; asked += 1) {
    clock.advanceMs(100)
    expect(isCancelled()).toBe(false)
  }
  expect(looks).toBe(10)
})

it('never stops a batch of a running job, however long its turns take', async () => {
  const jobId = await create(names)
  const { pacer } = turnsWith(50, async () => clock.advanceMs(60_000))
  const { deps } = setUp({ pacer })
  expect(await processBatch(deps, { jobId, batch: 1, lastTry: false })).toMatchObject({ done: 50, repeated: false })
})

it('does not cancel a shared look-up for another batch', async () => {
  const [gone, other] = [await create(['firma0.com.tr']), await create(['firma0.com.tr'])]
  const dns = createFakeDns(googleCompany('firma0.com.tr'))
  const line = turnsWith(0)
  let isFree = false
  const pacer = {
    acquire: (until: Date, isCancelled?: () => boolean) =>
      isFree ? Promise.resolve() : line.pacer.acquire(until, isCancelled),
  }
  const world = { db: database.db, redis: { url: await refusingUrl() }, dns, clock }
  const worker = createInstance(world, { pacer, turnWaitMs: HOUR_MS })
  const first = processBatch(worker, { jobId: gone, batch: 1, lastTry: false })
  await expect.poll(() => line.asked()).toBeGreaterThan(0)
  const second = processBatch(worker, { jobId: other, batch: 1, lastTry: false })
  await cancel(gone)
  isFree = true
  expect(await first).toMatchObject({ repeated: true })
  expect(await second).toMatchObject({ done: 1, failed: 0 })
})
