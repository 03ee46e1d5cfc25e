/** The scan queue and its dead letters, on SQS. */
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { BatchQueue, DeadLetters, ImportQueue, QueuedBatch } from '#scans/bulk/batch-message'

/** SQS takes, and gives, at most ten messages in one request. */
const MESSAGES_MAX = 10

export function createSqsQueue(client: SQSClient, queueUrl: string): BatchQueue & ImportQueue {
  return {
    async sendImport({ importId, group }) {
      const MessageBody = JSON.stringify({ importId })
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, MessageGroupId: group }))
    },
    async send(messages) {
      const refused: QueuedBatch[] = []
      let cause: unknown
      for (let at = 0; at < messages.length; at += MESSAGES_MAX) {
        const some = messages.slice(at, at + MESSAGES_MAX)
        try {
          refused.push(...(await sendSome(client, queueUrl, some)))
        } catch (thrown) {
          cause ??= thrown
          refused.push(...some)
        }
      }
      return { refused, cause }
    },
  }
}

async function sendSome(client: SQSClient, QueueUrl: string, messages: QueuedBatch[]): Promise<QueuedBatch[]> {
  const Entries = messages.map(({ jobId, batch, group }, at) => ({
    Id: String(at),
    MessageBody: JSON.stringify({ jobId, batch }),
    MessageGroupId: group, // makes the standard queue a fair one: a full group holds up no other
  }))
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const failed = new Set(Failed.map(({ Id }) => Id))
  return messages.filter((_, at) => failed.has(String(at)))
}

/**
 * Moves message by message. SQS has its own task for dead letters, but it returns no count, moves foreign messages too,
 * and exists only on AWS.
 */
export function createSqsDeadLetters(client: SQSClient, QueueUrl: string): DeadLetters {
  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: MESSAGES_MAX,
          VisibilityTimeout: 60,
          WaitTimeSeconds: 1, // asks every server of the queue: a few messages are on a few of them
        }),
      )
      return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, handle: ReceiptHandle }))
    },
    async remove(letters) {
      const Entries = letters.map(({ handle }, at) => ({ Id: String(at), ReceiptHandle: handle }))
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    },
  }
}
