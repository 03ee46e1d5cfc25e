import type { SQSEvent } from 'aws-lambda'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { closeDatabase, createDatabase } from '#db/client'
import { AppError } from '#platform/errors'
import { createMetrics, createTally } from '#platform/metrics/metrics'
import { QUEUES } from '#deployment/queues'
import { computeRetryDelayS } from '#scans/bulk/retry-delay'
import { createJob } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { handleMessages } from '#scans/bulk/handle-messages'
import { createFakeDns, googleCompany } from '../../support/fake-dns.ts'
import { startHangingTcp } from '../../support/hanging-tcp.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { workerDeps } from '../../support/scan-deps.ts'
import { TestClock } from '../../support/test-clock.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
})

function eventOf(bodies: unknown[], receives = 1): SQSEvent {
  const Records = bodies.map((body, at) => ({
    messageId: `message-${at}`,
    receiptHandle: `receipt-${at}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: String(receives) },
  }))
  return { Records } as SQSEvent
}

function setUp(changes: Parameters<typeof workerDeps>[2] = {}) {
  const log = recordingLog()
  const reported: unknown[] = []
  const dns = createFakeDns(googleCompany('firma.com.tr'))
  const retried: [string, number][] = []
  const report = (error: unknown) => void reported.push(error)
  const retry = async (...message: [string, number]) => void retried.push(message)
  return {
    deps: workerDeps(database.db, dns, { log, report, changeVisibility: retry, ...changes }),
    log,
    reported,
    retried,
  }
}

const create = () =>
  createJob(
    { db: database.db, clock: new TestClock(), newId: v7, batchSize: 50 },
    { inputs: ['firma.com.tr'], keyid: null },
  )

it('scans what the messages name, and returns only the failed ones to the queue', async () => {
  const jobId = await create()
  const { deps, log, reported } = setUp()
  const event = eventOf([{ jobId, batch: 1 }, 'not JSON', { jobId, batch: 'one' }])
  expect(await handleMessages(deps, event)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-2' }],
  })
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { done: 1 } })
  expect(log.lines.map(({ event }) => event)).toEqual(['batch', 'batch_failed', 'batch_failed'])
  expect(reported).toHaveLength(2)
})

it('counts batches and domains by how they ended', async () => {
  const jobId = await create()
  const tally = createTally()
  const { deps } = setUp({ metrics: createMetrics([tally]) })
  await handleMessages(deps, eventOf([{ jobId, batch: 1 }, { jobId, batch: 1 }, 'not JSON']))
  const ended = [...tally.counts].filter(([series]) => series.startsWith('hunter_scan_'))
  expect(Object.fromEntries(ended)).toMatchObject({
    'hunter_scan_batches_total{outcome="committed"}': 1,
    'hunter_scan_batches_total{outcome="repeated"}': 1,
    'hunter_scan_batches_total{outcome="failed"}': 1,
    'hunter_scan_domains_total{outcome="done"}': 1,
    hunter_scan_seconds_sum: expect.any(Number),
  })
})

it('leaves the domains open while the queue will retry, and fails them on the last receive', async () => {
  const jobId = await create()
  const pacer = { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) }
  const { deps } = setUp({ pacer })
  const again = { batchItemFailures: [{ itemIdentifier: 'message-0' }] }
  expect(await handleMessages(deps, eventOf([{ jobId, batch: 1 }], QUEUES.scans.tries - 1))).toEqual(again)
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { pending: 1 } })
  expect(await handleMessages(deps, eventOf([{ jobId, batch: 1 }], QUEUES.scans.tries))).toEqual(again)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { failed: 1 } })
})

it('delays a failed message by its own time, and deletes a finished one', async () => {
  const jobId = await create()
  const { deps, retried } = setUp({ random: () => 0.5 })
  await handleMessages(deps, eventOf([{ jobId, batch: 1 }, 'not JSON'], 3))
  expect(retried).toEqual([['receipt-1', computeRetryDelayS(3, 0.5)]])
})

it('makes a message that failed for the last time a dead letter at once', async () => {
  const { deps, retried } = setUp()
  await handleMessages(deps, eventOf(['not JSON'], QUEUES.scans.tries))
  expect(retried).toEqual([['receipt-0', 0]])
})

it('answers the same if the queue refuses the delay: the message returns later', async () => {
  const retry = () => Promise.reject(new Error('the queue is away'))
  const { deps, log } = setUp({ changeVisibility: retry })
  const again = { batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }] }
  expect(await handleMessages(deps, eventOf(['not JSON', 'nor this']))).toEqual(again)
  expect(log.lines.filter(({ event }) => event === 'retry_not_hastened')).toEqual([
    { level: 'warn', event: 'retry_not_hastened', fields: expect.objectContaining({ message_id: 'message-0' }) },
    { level: 'warn', event: 'retry_not_hastened', fields: expect.objectContaining({ message_id: 'message-1' }) },
  ])
})

it('returns a message quickly while the database hangs, and does its work later', async () => {
  const jobId = await create()
  const proxy = await startHangingTcp(database.url)
  const limits = { statementTimeoutMs: 10_000, answerTimeoutMs: 1_000, connectTimeoutMs: 1_000 }
  const db = createDatabase({ url: proxy.urlOf(database.url), maxConnections: 2, ...limits })
  const { deps, retried } = setUp({ db })
  proxy.hang()
  const startedMs = performance.now()
  const first = await handleMessages(deps, eventOf([{ jobId, batch: 1 }]))
  expect(performance.now() - startedMs).toBeLessThan(20_000)
  expect(first.batchItemFailures).toHaveLength(1)
  expect(retried).toHaveLength(1)
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { pending: 1 } })
  await closeDatabase(db)
  await proxy.close()
  const again = setUp()
  expect(await handleMessages(again.deps, eventOf([{ jobId, batch: 1 }], 2))).toEqual({ batchItemFailures: [] })
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { done: 1 } })
})
