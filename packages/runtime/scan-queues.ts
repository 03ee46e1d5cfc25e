/** The linked scan queue and its dead-letter queue. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { getResource } from '#runtime/resources'
import type { BatchQueue, DeadLetters, ImportQueue } from '#scans/bulk/batch-message'
import { createSqsDeadLetters, createSqsQueue } from '#scans/bulk/sqs-queue'

export function createScanQueue(): BatchQueue & ImportQueue {
  return createSqsQueue(new SQSClient({}), getResource('ScanQueue').url)
}

export function createScanDeadLetters(): DeadLetters {
  return createSqsDeadLetters(new SQSClient({}), getResource('ScanQueueDead').url)
}
