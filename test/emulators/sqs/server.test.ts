import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type QueueServer, startPoller, startQueueServer } from '#emulators/sqs/server'

let server: QueueServer
let stop: (() => Promise<void>) | undefined

beforeEach(async () => {
  server = await startQueueServer({
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    region: 'us-east-1',
  })
})
afterEach(async () => {
  await stop?.()
  stop = undefined
  await server.close()
})

it('delivers failed messages again until they become dead letters, and the others once', async () => {
  const queueUrl = await server.createQueue('Scan', { visibilitySeconds: 0, maxReceives: 2 })
  const seen: string[] = []
  const twice = Promise.withResolvers<undefined>()
  const poller = startPoller(
    {
      client: server.client,
      invoke: async ({ Records }: SQSEvent) => {
        seen.push(...Records.map(({ body }) => body))
        if (seen.filter((body) => body === 'bad').length === 2) twice.resolve(undefined)
        return {
          batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
            itemIdentifier: messageId,
          })),
        }
      },
      onFailure: (message) => twice.reject(new Error(message)),
    },
    { queueUrl, batchSize: 10 },
  )
  stop = poller.stop
  for (const body of ['good', 'bad']) {
    await server.client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
  }
  await twice.promise
  const dead = await server.client.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl.replace('Scan', 'ScanDead'), WaitTimeSeconds: 5 }),
  )
  expect(dead.Messages?.map(({ Body }) => Body)).toEqual(['bad'])
  expect(seen.filter((body) => body === 'good')).toHaveLength(1)
})

it('refuses a caller that does not know the access key', async () => {
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonSQS.ListQueues' },
    body: '{}',
  })
  expect(answer.status).toBe(403)
})
