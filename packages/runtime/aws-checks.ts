/** Whether the bucket and the queue answer. A file of its own: what it names of the AWS clients is all that a bundle takes. */
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { resource } from '#runtime/resources'

export async function checkStorage(): Promise<void> {
  await new S3Client({ maxAttempts: 1 }).send(new HeadBucketCommand({ Bucket: resource('Backups').name }))
}

export async function checkQueue(): Promise<void> {
  const QueueUrl = resource('ScanQueue').url
  await new SQSClient({ maxAttempts: 1 }).send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  )
}
