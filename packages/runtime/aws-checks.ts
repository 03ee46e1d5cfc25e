/**
 * Checks that the bucket and the queue answer. They have a file of their own so that the bundle takes only these AWS
 * clients.
 */
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { getResource } from '#runtime/resources'

/** The health check waits two seconds at most; an unanswered request must not run much longer than that. */
const ONCE = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
}

export async function checkStorage(): Promise<void> {
  await new S3Client(ONCE).send(new HeadBucketCommand({ Bucket: getResource('Backups').name }))
}

export async function checkQueue(): Promise<void> {
  const QueueUrl = getResource('ScanQueue').url
  await new SQSClient(ONCE).send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
}
