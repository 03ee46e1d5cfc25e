import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { BatchMessage, BatchQueue } from '#scans/batch-message'

/** SQS takes at most ten messages in one request. */
const MESSAGES_MAX = 10

export function createSqsQueue(client: SQSClient, queueUrl: string): BatchQueue {
  return {
    async send(messages) {
      const refused: BatchMessage[] = []
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

async function sendSome(client: SQSClient, QueueUrl: string, messages: BatchMessage[]): Promise<BatchMessage[]> {
  const Entries = messages.map((message, at) => ({ Id: String(at), MessageBody: JSON.stringify(message) }))
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const failed = new Set(Failed.map(({ Id }) => Id))
  return messages.filter((_, at) => failed.has(String(at)))
}
