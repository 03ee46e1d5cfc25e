import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { leadChanges, scanBatches } from '#db/tables'
import { systemClock } from '#platform/clock'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob, type JobProgress } from '#scans/bulk/job-progress'
import { queueJob } from '#scans/bulk/queue-batches'
import { scanDomain } from '#scans/scan-domain'
import type { BulkWorkerInput } from '../support/bulk-worker-process.ts'
import { disagreements, unfinishedBatches } from '../support/check-job.ts'
import { createFakeDns } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createFakeQueue, scanDeps } from '../support/scan-deps.ts'
import * as fc from '../support/seeded.ts'
import { isThorough } from '../support/thorough.ts'

/** Workers to kill, two at a time. A hundred take a minute. */
const KILLS = Number(process.env['HUNTER_BULK_KILLS'] ?? (isThorough ? 10 : 2))
const WORKER = join(import.meta.dirname, '../support/bulk-worker-process.ts')
const silent = ['cevapsiz.com.tr']
const answered = Array.from({ length: 23 }, (_, n) => `firma${n}.com.tr`)
const domains = [...answered, ...silent]
const BATCH_SIZE = 8
/** A worker that is left alone asks about so often. */
const REQUESTS = 120
const KILL = fc.record({ atRequest: fc.noBias(fc.integer({ min: 1, max: REQUESTS })), afterMs: fc.noBias(fc.nat(9)) })
/** A worker that ends before its kill counts as none, so more are drawn than are wanted. */
const points = fc.sample(KILL, { numRuns: 100 * KILLS })

function nextKill(): NonNullable<BulkWorkerInput['kill']> {
  const point = points.pop()
  if (!point) throw new Error('no worker lives long enough to be killed')
  return point
}

let database: HunterDatabase
const jobs: JobId[] = []
const polls: JobProgress[] = []
const kills: NonNullable<BulkWorkerInput['kill']>[] = []

beforeAll(
  async () => {
    database = await createHunterDatabase()
    await knowOldMailServers()
    const polling = startPolling()
    while (kills.length < KILLS) {
      await createOverlappingJobs()
      await Promise.all([runWorker(nextKill()), runWorker(nextKill())])
    }
    await runWorker()
    await polling.stop()
  },
  60_000 + KILLS * 20_000,
)
afterAll(() => database.close())

it(`ends every domain once, as done or as failed with its reason, after ${KILLS} workers were killed`, async () => {
  expect(await unfinishedBatches(database.db)).toEqual([])
  for (const jobId of jobs) {
    expect(await getJob(database.db, jobId)).toMatchObject({
      state: 'done',
      domains: { pending: 0, done: answered.length, failed: silent.length },
      batches: { queued: 0, committed: domains.length / BATCH_SIZE, failed: 0 },
    })
  }
})

it('leaves the batch log and the tables in agreement', async () => {
  expect({ kills, found: await disagreements(database.db) }).toEqual({ kills, found: [] })
  const batches = await database.db.select().from(scanBatches)
  expect(batches.every(({ error, attempts }) => error === null && attempts >= 1)).toBe(true)
})

it('records each change of a company once', async () => {
  const moved = (await database.db.select().from(leadChanges)).filter(({ type }) => type === 'mx_changed')
  expect(moved).toHaveLength(answered.length)
  expect(new Set(moved.map(({ companyId }) => companyId)).size).toBe(answered.length)
})

it('shows progress that never decreases and whose numbers always add up', () => {
  const perJob = Map.groupBy(polls, ({ id }) => id)
  expect(perJob.size).toBe(jobs.length)
  let between = 0
  for (const [, seen] of perJob) {
    let ended = 0
    for (const { domains: counts, batches } of seen) {
      const now = counts.done + counts.failed
      expect(now + counts.pending).toBe(domains.length)
      expect(now).toBe(batches.committed * BATCH_SIZE)
      expect(now).toBeGreaterThanOrEqual(ended)
      if (now > 0 && counts.pending > 0) between += 1
      ended = now
    }
  }
  expect(between).toBeGreaterThan(0)
})

/** Every company had its mail elsewhere before: the first scan of the jobs finds a change. */
async function knowOldMailServers(): Promise<void> {
  const dns = createFakeDns()
  for (const domain of answered) {
    dns.zone.set(domain, { mx: ['mx.yandex.net'], txt: ['v=spf1 include:_spf.google.com -all'] })
    await scanDomain(scanDeps(database.db, dns, { clock: systemClock }), domain)
  }
}

/** Two jobs with the same domains in opposite orders. */
async function createOverlappingJobs(): Promise<void> {
  const deps = { db: database.db, clock: systemClock, newId: v7, batchSize: BATCH_SIZE, queue: createFakeQueue() }
  for (const inputs of [domains, domains.toReversed()]) {
    const jobId = await createJob(deps, { inputs, keyid: null })
    await queueJob(deps, jobId)
    jobs.push(jobId)
  }
}

/** Works on all that a queue would deliver, and is killed in the midst of it. */
async function runWorker(kill?: BulkWorkerInput['kill']): Promise<void> {
  const batches = await unfinishedBatches(database.db)
  const input: BulkWorkerInput = { databaseUrl: database.url, batches, answered, silent, kill }
  const env = { ...process.env, HUNTER_TEST_INPUT: JSON.stringify(input) }
  const child = spawn(process.execPath, [WORKER], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [status, signal] = (await once(child, 'exit')) as [number | null, string | null]
  if (signal === 'SIGKILL' && kill) kills.push(kill)
  else expect([status, signal]).toEqual([0, null])
}

function startPolling(): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const look = async (ids: JobId[]) => {
    for (const jobId of ids) polls.push(await getJob(database.db, jobId))
  }
  const polling = (async () => {
    for await (const _ of setInterval(20, undefined, { signal: stopping.signal })) await look(jobs.slice(-6))
  })().catch(() => look(jobs))
  return {
    stop: () => {
      stopping.abort()
      return polling
    },
  }
}
