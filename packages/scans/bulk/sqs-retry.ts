/** A file of its own: what it names of the AWS clients is all that the worker's bundle takes. */
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { ChangeVisibility } from '#scans/bulk/handle-messages'

export function createSqsVisibility(client: SQSClient, QueueUrl: string): ChangeVisibility {
  return async (ReceiptHandle, VisibilityTimeout) => {
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
  }
}
