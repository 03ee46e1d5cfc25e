/** Whether the bucket and the queue answer. A file of its own: what it names of the AWS clients is all that a bundle takes. */
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { getResource } from '#runtime/resources'

/** Whoever asks for the health waits no longer than two seconds: a question without an answer must not outlive that by much. */
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
