/** A file of its own: what it names of the AWS clients is all that the worker's bundle takes. */
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Retry } from '#scans/bulk/handle-messages'

export function createSqsRetry(client: SQSClient, QueueUrl: string): Retry {
  return async (ReceiptHandle, VisibilityTimeout) => {
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
  }
}
