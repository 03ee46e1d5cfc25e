import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { getDeadLetterUrl, type QueueServer, startQueueServer } from '#emulators/sqs/server'
import { QUEUES } from '#deployment/queues'
import { createSqsQueue } from '#scans/bulk/sqs-queue'
import { createSqsVisibility } from '#scans/bulk/sqs-retry'

/** Longer than a test may take, so a message returns earlier only on request. */
const HIDDEN_S = 600

let server: QueueServer
beforeAll(async () => {
  server = await startQueueServer({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, region: 'us-east-1' })
})
afterAll(() => server.close())
afterEach(() => vi.unstubAllEnvs())

async function queueWithOne(name: string): Promise<string> {
  const url = await server.createQueue(name, { visibilitySeconds: HIDDEN_S, maxReceives: QUEUES.scans.tries })
  await createSqsQueue(server.client, url).send([{ jobId: 'job', batch: 1, group: 'cli' }])
  return url
}

/** Waits for it, up to 20 s. */
async function receive(QueueUrl: string): Promise<Message> {
  const command = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageSystemAttributeNames: ['All'] })
  const { Messages: [message] = [] } = await server.client.send(command)
  if (!message) throw new Error('no message came')
  return message
}

it.each([0, 1])('returns a message after %i s although the queue hides it much longer', async (afterS) => {
  const url = await queueWithOne(`Scans${afterS}`)
  const { ReceiptHandle = '' } = await receive(url)
  await createSqsVisibility(server.client, url)(ReceiptHandle, afterS)
  expect((await receive(url)).Attributes?.['ApproximateReceiveCount']).toBe('2')
})

it('the deployed worker uses this for a failed batch, and its last failure is a dead letter at once', async () => {
  const url = await queueWithOne('Deployed')
  const link = (name: string, value: unknown) => vi.stubEnv(`SST_RESOURCE_${name}`, JSON.stringify(value))
  link('App', { name: 'hunter', stage: 'test' })
  link('Redis', { url: 'http://127.0.0.1:1', token: 't' })
  link('ScanQueue', { url })
  vi.stubEnv('HUNTER_DATABASE_URL', 'postgres://nobody@127.0.0.1:1/none')
  vi.stubEnv('HUNTER_LOG_LEVEL', 'silent')
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', server.url)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's')
  const { handler } = await import('../../../functions/bulk-worker.ts')
  for (let receives = 1; receives <= QUEUES.scans.tries; receives += 1) {
    const { ReceiptHandle, ...message } = await receive(url)
    expect(message.Attributes?.['ApproximateReceiveCount']).toBe(String(receives))
    const attributes = { ApproximateReceiveCount: String(QUEUES.scans.tries) } // sooner, so that no client waits
    const record = { messageId: message.MessageId, receiptHandle: ReceiptHandle, body: 'no batch', attributes }
    const answer = await handler({ Records: [record] } as unknown as SQSEvent)
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: message.MessageId }] })
  }
  const nothing = new ReceiveMessageCommand({ QueueUrl: url })
  expect((await server.client.send(nothing)).Messages ?? []).toEqual([])
  expect((await receive(getDeadLetterUrl(url))).Body).toContain('job')
})
