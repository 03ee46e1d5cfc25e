import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { getDeadLetterUrl, type QueueServer, startPoller, startQueueServer } from '#emulators/sqs/server'
import { auditLog, imports, scanBatches } from '#db/tables'
import { AppError } from '#platform/errors'
import { QUEUES } from '#deployment/queues'
import { createImport } from '#ingest/imports/create-import'
import type { QueuedBatch } from '#scans/bulk/batch-message'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { queueJob } from '#scans/bulk/queue-batches'
import { redriveDeadLetters } from '#scans/bulk/redrive'
import { createSqsDeadLetters, createSqsQueue } from '#scans/bulk/sqs-queue'
import { handleMessages } from '#scans/bulk/handle-messages'
import { disagreements } from '../../support/check-job.ts'
import { createFakeDns, googleCompany } from '../../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { workerDeps } from '../../support/scan-deps.ts'
import { createTestApi } from '../../support/test-api.ts'
import { TestClock } from '../../support/test-clock.ts'

const clock = new TestClock()
const names = Array.from({ length: 12 }, (_, n) => `firma${n}.com.tr`)
const dns = createFakeDns(Object.assign({}, ...names.map(googleCompany)))

let database: HunterDatabase
let server: QueueServer
let queueUrl: string
let stopPoller: (() => Promise<void>) | undefined
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, imports, companies, audit_log, idempotency_keys cascade`)
  server = await startQueueServer({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, region: 'us-east-1' })
  queueUrl = await server.createQueue('Scans', { visibilitySeconds: 0, maxReceives: 1 })
})
afterEach(async () => {
  await stopPoller?.()
  stopPoller = undefined
  await server.close()
})

const queues = () => ({
  queue: createSqsQueue(server.client, queueUrl),
  deadLetters: createSqsDeadLetters(server.client, getDeadLetterUrl(queueUrl)),
})
const deps = () => ({ db: database.db, clock, newId: v7, batchSize: 1, ...queues() })
const redrive = (limit?: number) => redriveDeadLetters(deps(), { actor: 'test', ...(limit && { limit }) })

async function messagesIn(url: string, count: QueueAttributeName = 'ApproximateNumberOfMessages'): Promise<number> {
  const { Attributes } = await server.client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [count] }),
  )
  return Number(Attributes?.[count])
}

/** A queue gives a message up when it is received once more than it may be. */
async function giveAllUp(): Promise<void> {
  for (let empty = 0; empty < 2;) {
    const { Messages = [] } = await server.client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    )
    empty = Messages.length === 0 ? empty + 1 : 0
  }
}

async function jobInDeadLetters(domains: string[], others = 0): Promise<JobId> {
  const jobId = await createJob(deps(), { inputs: domains, keyid: null })
  await queueJob(deps(), jobId)
  await giveAllUp()
  expect(await messagesIn(getDeadLetterUrl(queueUrl))).toBe(domains.length + others)
  return jobId
}

/** Works as the deployed one does, until the job has ended. */
async function workUntilDone(jobId: JobId): Promise<void> {
  const worker = workerDeps(database.db, dns, { clock })
  const invoke = (event: Parameters<typeof handleMessages>[1]) => handleMessages(worker, event)
  const poller = startPoller({ client: server.client, invoke, onFailure: () => undefined }, { queueUrl, batchSize: 1 })
  stopPoller = poller.stop
  await expect.poll(async () => (await getJob(database.db, jobId)).state).toBe('done')
}

it('completes a job whose workers died at every receive', async () => {
  const jobId = await jobInDeadLetters(names)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'queued', domains: { pending: 12 } })
  clock.advanceMs(60_000)
  expect(await redrive()).toEqual({ moved: 12, unreadable: 0, more: false })
  expect(await messagesIn(getDeadLetterUrl(queueUrl))).toBe(0)
  const batches = await database.db.select().from(scanBatches)
  expect(batches.every(({ queuedAt }) => queuedAt?.getTime() === clock.now().getTime())).toBe(true)
  await workUntilDone(jobId)
  expect(await getJob(database.db, jobId)).toMatchObject({ domains: { done: 12 }, batches: { committed: 12 } })
  expect(await disagreements(database.db)).toEqual([])
})

it('moves at most the given number, says that there are more, and records each time who did it', async () => {
  await jobInDeadLetters(names)
  expect(await redrive(5)).toEqual({ moved: 10, unreadable: 0, more: true }) // received ten by ten
  expect(await redrive(5)).toEqual({ moved: 2, unreadable: 0, more: false })
  const log = await database.db.select().from(auditLog)
  expect(log.filter(({ action }) => action === 'dead_letters.redriven')).toMatchObject([
    { actor: 'test', object: 'scan_queue', details: { moved: 10, unreadable: 0, more: true } },
    { actor: 'test', object: 'scan_queue', details: { moved: 2, unreadable: 0, more: false } },
  ])
})

it('moves imports, lets those that failed go on, and leaves those that are done as they are', async () => {
  const known = { keyid: null, actor: 'test', upload: { id: 'upload' } }
  const ids = [v7()]
  for (const state of ['queued', 'running', 'failed', 'done'] as const) {
    const id = await createImport(deps(), known)
    const finishedAt = state === 'failed' || state === 'done' ? clock.now() : null
    await database.db.update(imports).set({ state, finishedAt, rows: 3, accepted: 3 }).where(eq(imports.id, id))
    ids.push(id)
  }
  for (const importId of ids) await queues().queue.sendImport({ importId, group: 'cli' })
  await jobInDeadLetters(names.slice(0, 1), ids.length)
  expect(await redrive()).toEqual({ moved: 6, unreadable: 0, more: false })
  expect([await messagesIn(queueUrl), await messagesIn(getDeadLetterUrl(queueUrl))]).toEqual([6, 0])
  const found = await database.db.select().from(imports).orderBy(imports.id)
  expect(found.map(({ state, finishedAt, rows }) => [state, finishedAt !== null, rows])).toEqual([
    ['queued', false, 3],
    ['running', false, 3],
    ['queued', false, 3],
    ['done', true, 3],
  ])
})

it('leaves the dead letters of imports that the queue does not accept', async () => {
  for (const importId of [v7(), v7()]) await queues().queue.sendImport({ importId, group: 'cli' })
  await giveAllUp()
  const { queue, deadLetters } = queues()
  const refusing = { ...deps(), queue: { ...queue, sendImport: () => Promise.reject(new Error('full')) }, deadLetters }
  await expect(redriveDeadLetters(refusing, { actor: 'test' })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    details: { moved: 0 },
  })
  expect(await messagesIn(getDeadLetterUrl(queueUrl), 'ApproximateNumberOfMessagesNotVisible')).toBe(2)
})

it('counts messages that name neither a batch nor an import, and leaves them', async () => {
  await jobInDeadLetters(names.slice(0, 2))
  for (const MessageBody of ['not JSON', '{"jobId":"x","batch":1}', '{"importId":1}']) {
    await server.client.send(new SendMessageCommand({ QueueUrl: getDeadLetterUrl(queueUrl), MessageBody }))
  }
  expect(await redrive()).toEqual({ moved: 2, unreadable: 3, more: false })
  expect(await messagesIn(queueUrl)).toBe(2)
})

it('deletes no dead letter that the queue does not accept', async () => {
  await jobInDeadLetters(names.slice(0, 3))
  const { queue, deadLetters } = queues()
  const refusing = {
    ...deps(),
    queue: { ...queue, send: async (messages: QueuedBatch[]) => ({ refused: messages.slice(1) }) },
    deadLetters,
  }
  await expect(redriveDeadLetters(refusing, { actor: 'test' })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    details: { moved: 1 },
  })
  expect(await messagesIn(getDeadLetterUrl(queueUrl), 'ApproximateNumberOfMessagesNotVisible')).toBe(2)
  const [entry] = (await database.db.select().from(auditLog)).slice(-1)
  expect(entry).toMatchObject({ action: 'dead_letters.redriven', details: { moved: 1 } })
})

it('reports that the queue does not answer', async () => {
  const broken = { ...deps(), deadLetters: createSqsDeadLetters(server.client, `${server.url}/000000000000/Nowhere`) }
  await expect(redriveDeadLetters(broken, { actor: 'test' })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    details: { moved: 0 },
  })
})

it('needs the scope admin, and runs once for two requests with one Idempotency-Key', async () => {
  await jobInDeadLetters(names.slice(0, 3))
  const api = createTestApi(database.db, queues())
  const path = '/api/v1/scan/dead-letters/redrive'
  const refused = await api.call('POST', path, { key: await api.key(['read', 'write']) })
  expect([refused.status, refused.body.error.code]).toEqual([403, 'SCOPE_MISSING'])
  const request = { key: await api.key(['admin']), headers: { 'Idempotency-Key': 'one' } }
  const first = await api.call('POST', path, request)
  expect(first.body).toMatchObject({
    data: { moved: 3, unreadable: 0, more: false },
    message: '3 messages back in the queue',
  })
  expect((await api.call('POST', path, request)).text).toBe(first.text)
  expect(await messagesIn(queueUrl)).toBe(3)
})

it('keeps the reason of failed domains until their redriven dead letter is done', async () => {
  const jobId = await createJob(deps(), { inputs: ['firma0.com.tr'], keyid: null })
  await queueJob(deps(), jobId)
  const pacer = { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) }
  const record = {
    messageId: '1',
    body: JSON.stringify({ jobId, batch: 1 }),
    attributes: { ApproximateReceiveCount: String(QUEUES.scans.tries) },
  }
  const worker = workerDeps(database.db, dns, { clock, pacer })
  await handleMessages(worker, { Records: [record] } as never)
  await giveAllUp()
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { failed: 1 } })
  expect(await redrive()).toMatchObject({ moved: 1 })
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { failed: 1 } })
  await workUntilDone(jobId)
  await expect.poll(async () => (await getJob(database.db, jobId)).domains.done).toBe(1)
  expect(await disagreements(database.db)).toEqual([])
})
