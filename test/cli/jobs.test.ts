import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { defineCommand } from 'citty'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { scanCommand } from '#cli/scan'
import { auditLog } from '#db/tables'
import { getDeadLetterUrl, type QueueServer, startQueueServer } from '#emulators/sqs/server'
import { systemClock } from '#platform/clock'
import { createJob } from '#scans/bulk/create-job'
import { stubEnvironment } from '../support/environment.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { runInProcess } from '../support/run-in-process.ts'

let database: HunterDatabase
let server: QueueServer
let queueUrl: string
beforeAll(async () => {
  database = await createHunterDatabase()
  server = await startQueueServer({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, region: 'us-east-1' })
  queueUrl = await server.createQueue('Scans', { visibilitySeconds: 60, maxReceives: 3 })
  const link = (url: string) => JSON.stringify({ url })
  const env = {
    HUNTER_DATABASE_URL: database.url,
    SST_RESOURCE_App: '{"name":"hunter","stage":"test"}',
    SST_RESOURCE_ScanQueue: link(queueUrl),
    SST_RESOURCE_ScanQueueDead: link(getDeadLetterUrl(queueUrl)),
    AWS_ENDPOINT_URL_SQS: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
  }
  stubEnvironment(env)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server.close()
  await database.close()
})

const root = defineCommand({ subCommands: { scan: scanCommand } })
const scan = (...args: string[]) => runInProcess(root, ['scan', ...args])
const create = () =>
  createJob(
    { db: database.db, clock: systemClock, newId: v7, batchSize: 1 },
    { inputs: ['firma.com.tr', '-'], keyid: null },
  )

it('cancels a job, prints its counts, and records who did it', async () => {
  const jobId = await create()
  expect(await scan('cancel', jobId)).toMatchObject({
    status: 0,
    out: expect.stringContaining('Cancelled 1 unfinished domain; 0 done, 1 failed'),
  })
  const again = JSON.parse((await scan('cancel', jobId, '--json')).out) as Record<string, unknown>
  expect(again).toMatchObject({ id: jobId, state: 'cancelled', domains: { cancelled: 1, failed: 1, pending: 0 } })
  const entries = (await database.db.select().from(auditLog)).filter(({ action }) => action === 'scan_job.cancelled')
  expect(entries[0]?.actor).toMatch(/^cli \S+@\S+$/)
  expect(await scan('cancel', v7())).toMatchObject({ status: 4, err: expect.stringContaining('JOB_NOT_FOUND') })
})

it('redrives dead letters, and prints how many it moved and left', async () => {
  const jobId = await create()
  for (const MessageBody of [JSON.stringify({ jobId, batch: 1 }), 'nonsense']) {
    await server.client.send(new SendMessageCommand({ QueueUrl: getDeadLetterUrl(queueUrl), MessageBody }))
  }
  const { status, out } = await scan('redrive')
  expect([status, out.split('\n')]).toEqual([
    0,
    ['Moved 1 message back to the queue', '1 message without a batch or an import left in the dead-letter queue', ''],
  ])
  expect(JSON.parse((await scan('redrive', '--json')).out)).toEqual({ moved: 0, unreadable: 0, more: false })
})

it('treats an unknown command as a domain', async () => {
  expect(await scan('cancelled')).toMatchObject({ status: 2, out: expect.stringContaining('not a domain') })
  expect((await scan('--help')).out).toMatch(/cancel .*\n.*wait .*\n.*redrive/)
})
