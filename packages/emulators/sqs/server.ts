/** Owns the local SQS, and the pollers that pass its messages to the functions as Lambda's event source does. */
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { setTimeout as pause } from 'node:timers/promises'
import { startSqsServer } from '#emulators/sqs/http-server'
import { getErrorMessage } from '#platform/errors'

export interface QueueServer {
  url: string
  /** Creates a queue with a dead-letter queue and returns its URL. */
  createQueue(name: string, options: { visibilitySeconds: number; maxReceives: number }): Promise<string>
  client: SQSClient
  close(): Promise<void>
}

/** The queue must have been created here. */
export function getDeadLetterUrl(queueUrl: string): string {
  return `${queueUrl}${DEAD}`
}

const DEAD = 'Dead'

interface QueueServerOptions {
  credentials: { accessKeyId: string; secretAccessKey: string }
  region: string
}

/** Messages live in memory: after a restart, the stack queues them again from the database and the bucket. */
export async function startQueueServer({ credentials, region }: QueueServerOptions): Promise<QueueServer> {
  const server = await startSqsServer({ region, accessKeyId: credentials.accessKeyId })
  const { url } = server
  const client = new SQSClient({ endpoint: url, region, credentials })
  return {
    url,
    client,
    createQueue: async (name, { visibilitySeconds, maxReceives }) => {
      await client.send(new CreateQueueCommand({ QueueName: `${name}${DEAD}` }))
      const deadLetters = { deadLetterTargetArn: `arn:aws:sqs:${region}:000000000000:${name}${DEAD}` }
      const { QueueUrl = '' } = await client.send(
        new CreateQueueCommand({
          QueueName: name,
          Attributes: {
            VisibilityTimeout: String(visibilitySeconds),
            RedrivePolicy: JSON.stringify({ ...deadLetters, maxReceiveCount: maxReceives }),
          },
        }),
      )
      return QueueUrl
    },
    close: async () => {
      client.destroy()
      await server.close()
    },
  }
}

interface PollerDeps {
  client: SQSClient
  invoke: (event: SQSEvent) => Promise<unknown>
  onFailure: (message: string) => void
}

/**
 * Polls until stopped; deletes the messages that the function did not report as failed, and leaves the others to be
 * redelivered.
 */
export function startPoller(deps: PollerDeps, { queueUrl, batchSize }: { queueUrl: string; batchSize: number }) {
  const stopping = new AbortController()
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const messages = await receive(deps.client, queueUrl, batchSize, stopping.signal)
        if (messages.length > 0) await handOver(deps, queueUrl, messages)
      } catch (error) {
        if (stopping.signal.aborted) return
        deps.onFailure(getErrorMessage(error))
        await pause(500)
      }
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function receive(client: SQSClient, queueUrl: string, batchSize: number, abortSignal: AbortSignal) {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: batchSize,
    WaitTimeSeconds: 20,
    MessageSystemAttributeNames: ['All'],
  })
  const { Messages = [] } = await client.send(command, { abortSignal })
  return Messages
}

async function handOver({ client, invoke }: PollerDeps, queueUrl: string, messages: Message[]): Promise<void> {
  const answer = (await invoke({ Records: messages.map((message) => toRecord(message, queueUrl)) })) as
    SQSBatchResponse | null | undefined
  const failed = new Set((answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier))
  const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''))
  if (done.length === 0) return
  const Entries = done.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId ?? '', ReceiptHandle }))
  await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
}

function toRecord(message: Message, queueUrl: string): SQSRecord {
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: (message.Attributes ?? {}) as unknown as SQSRecord['attributes'],
    messageAttributes: {},
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:local:000000000000:${queueUrl.split('/').at(-1) ?? ''}`,
    awsRegion: 'local',
  }
}
