import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSqsQueue } from '#scans/bulk/sqs-queue'
import { type QueueServer, startQueueServer } from '#emulators/sqs/server'

let server: QueueServer
beforeAll(async () => {
  server = await startQueueServer({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, region: 'us-east-1' })
})
afterAll(() => server.close())

it('sends more messages than one request takes, each once', async () => {
  const queueUrl = await server.createQueue('Scans', { visibilitySeconds: 60, maxReceives: 3 })
  const messages = Array.from({ length: 23 }, (_, at) => ({ jobId: 'job', batch: at + 1, group: 'key:a' }))
  expect(await createSqsQueue(server.client, queueUrl).send(messages)).toMatchObject({ refused: [] })
  const received: number[] = []
  for (let empty = false; !empty;) {
    const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 })
    const { Messages = [] } = await server.client.send(command)
    received.push(...Messages.map(({ Body }) => (JSON.parse(Body ?? '') as { batch: number }).batch))
    empty = Messages.length === 0
  }
  expect(received.toSorted((a, b) => a - b)).toEqual(messages.map(({ batch }) => batch))
})

it('returns the messages that a queue refused, with the reason, and does not throw', async () => {
  const messages = [{ jobId: 'job', batch: 1, group: 'cli' }]
  const result = await createSqsQueue(server.client, `${server.url}/000000000000/Nowhere`).send(messages)
  expect(result.refused).toEqual(messages)
  expect(result.cause).toBeInstanceOf(Error)
})
