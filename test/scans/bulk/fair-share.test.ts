/** Keys beside each other, over the emulated SQS and a real Postgres. */
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { getDeadLetterUrl, type QueueServer, startPoller, startQueueServer } from '#emulators/sqs/server'
import { QUEUES } from '#deployment/queues'
import { createScanQueue } from '#runtime/scan-queues'
import { getJob } from '#scans/bulk/job-progress'
import { createSqsDeadLetters, createSqsQueue } from '#scans/bulk/sqs-queue'
import { handleMessages } from '#scans/bulk/handle-messages'
import { stubEnvironment } from '../../support/environment.ts'
import { createFakeDns, googleCompany } from '../../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { workerDeps } from '../../support/scan-deps.ts'
import { createTestApi, type TestApi } from '../../support/test-api.ts'

const names = (count: number, name: string) => Array.from({ length: count }, (_, n) => `${name}${n}.com.tr`)
const big = names(1_500, 'big')
const small = names(3, 'small')
const zone = Object.assign({}, ...[...big, ...small].map(googleCompany))

let database: HunterDatabase
let server: QueueServer
let queueUrl: string
let api: TestApi
let pollers: { stop: () => Promise<void> }[] = []
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
  server = await startQueueServer({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, region: 'us-east-1' })
  queueUrl = await server.createQueue('Scans', { visibilitySeconds: 60, maxReceives: QUEUES.scans.tries })
  const deadLetters = createSqsDeadLetters(server.client, getDeadLetterUrl(queueUrl))
  api = createTestApi(database.db, { queue: createSqsQueue(server.client, queueUrl), deadLetters })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(pollers.map((poller) => poller.stop()))
  pollers = []
  await server.close()
})

async function startJob(key: string, domains: string[]): Promise<string> {
  const made = await api.call('POST', '/api/v1/scan/bulk', { key, body: { domains } })
  expect(made.status).toBe(202)
  return String(made.body.data['id'])
}

const batchesDone = async (job: string) => (await getJob(database.db, job)).batches.committed

it('scans the 3 domains of one key while 1,500 of another wait: they wait only for the running batches', async () => {
  const [a, b] = [await api.key(['write']), await api.key(['write'])]
  const bigJob = await startJob(a, big)
  const worker = workerDeps(database.db, createFakeDns(zone), { clock: api.clock })
  pollers = Array.from({ length: 2 }, () =>
    startPoller(
      { client: server.client, invoke: (event) => handleMessages(worker, event), onFailure: () => undefined },
      { queueUrl, batchSize: 1 },
    ),
  )
  await expect.poll(() => batchesDone(bigJob)).toBeGreaterThan(0)
  const before = await batchesDone(bigJob)
  const smallJob = await startJob(b, small)
  await expect.poll(async () => (await getJob(database.db, smallJob)).state, { interval: 10 }).toBe('done')
  // two were under way, two may have begun while the job was made, and as many ended beside it
  expect((await batchesDone(bigJob)) - before).toBeLessThanOrEqual(8)
  await api.call('POST', `/api/v1/scan/bulk/${bigJob}/cancel`, { key: a })
})

async function groupsIn(url: string): Promise<unknown[]> {
  const { Messages = [] } = await server.client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['MessageGroupId'],
      VisibilityTimeout: 0,
    }),
  )
  return Messages.map(({ Attributes }) => Attributes?.['MessageGroupId'])
}

it('sends the group of the key with each message, as the deployed producer does', async () => {
  stubEnvironment({
    SST_RESOURCE_App: JSON.stringify({ name: 'hunter', stage: 'test' }),
    SST_RESOURCE_ScanQueue: JSON.stringify({ url: queueUrl }),
    AWS_ENDPOINT_URL_SQS: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
  })
  api = createTestApi(database.db, { queue: createScanQueue() })
  const key = await api.key(['write'])
  await startJob(key, small)
  expect(await groupsIn(queueUrl)).toEqual([`key:${key.split('_')[2]}`])
})

it('restores the group of their key to redriven dead letters', async () => {
  queueUrl = await server.createQueue('Once', { visibilitySeconds: 0, maxReceives: 1 })
  const deadLetters = createSqsDeadLetters(server.client, getDeadLetterUrl(queueUrl))
  api = createTestApi(database.db, { queue: createSqsQueue(server.client, queueUrl), deadLetters })
  const key = await api.key(['admin'])
  const group = `key:${key.split('_')[2]}`
  await startJob(key, small)
  expect(await groupsIn(queueUrl)).toEqual([group])
  expect(await groupsIn(queueUrl)).toEqual([]) // its one receive is over: it is a dead letter now
  expect(await groupsIn(getDeadLetterUrl(queueUrl))).toEqual([group])
  const redriven = await api.call('POST', '/api/v1/scan/dead-letters/redrive', { key })
  expect(redriven.body.data).toMatchObject({ moved: 1 })
  expect(await groupsIn(queueUrl)).toEqual([group])
})
