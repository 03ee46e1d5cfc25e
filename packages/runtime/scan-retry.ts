/** The first batch that fails loads this file: a worker that finishes its batches needs no AWS client. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { getResource } from '#runtime/resources'
import { createSqsVisibility } from '#scans/bulk/sqs-retry'
import type { ChangeVisibility } from '#scans/bulk/handle-messages'

/**
 * The worker's time is nearly over when it sends this. Unanswered, the message returns by itself after its visibility
 * timeout.
 */
const CONNECT_MS = 1_000
const ANSWER_MS = 2_000
const ATTEMPTS = 2

export function createScanRetry(): ChangeVisibility {
  const requestHandler = { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true }
  return createSqsVisibility(new SQSClient({ maxAttempts: ATTEMPTS, requestHandler }), getResource('ScanQueue').url)
}
