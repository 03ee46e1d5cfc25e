/** The scan queue that is linked, and its dead letters. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { resource } from '#runtime/resources'
import type { BatchQueue, DeadLetters } from '#scans/bulk/batch-message'
import { createSqsDeadLetters, createSqsQueue } from '#scans/bulk/sqs-queue'

export function createScanQueue(): BatchQueue {
  return createSqsQueue(new SQSClient({}), resource('ScanQueue').url)
}

export function createScanDeadLetters(): DeadLetters {
  return createSqsDeadLetters(new SQSClient({}), resource('ScanQueueDead').url)
}
