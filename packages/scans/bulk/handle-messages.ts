/** Takes scan batches as Lambda hands them over, and returns which of them the queue must deliver again. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { getErrorMessage } from '#platform/errors'
import { type Metrics, noMetrics } from '#platform/metrics/metrics'
import { QUEUES } from '#deployment/queues'
import { computeRetryDelayS } from '#scans/bulk/retry-delay'
import { queueMessage } from '#scans/bulk/batch-message'
import type { BatchResult } from '#scans/bulk/commit-batch'
import { type BatchDeps, processBatch } from '#scans/bulk/process-batch'

export interface MessageDeps extends BatchDeps {
  report: (error: unknown, tags: Record<string, string>) => void
  changeVisibility: ChangeVisibility
  random: () => number
  /** Goes on with an import; returns false when a new message brings the rest. @throws whatever must be tried again */
  runImport: (importId: string, lastTry: boolean) => Promise<boolean>
}

/** Makes a message visible again after so many seconds. `handle` names this receipt of it. */
export type ChangeVisibility = (handle: string, afterS: number) => Promise<void>

/** One after the other: a batch already asks about as many domains as the limits allow. */
export async function handleMessages(deps: MessageDeps, event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const record of event.Records) {
    if (!(await handleMessage(deps, record))) batchItemFailures.push({ itemIdentifier: record.messageId })
  }
  return { batchItemFailures }
}

async function handleMessage(deps: MessageDeps, record: SQSRecord): Promise<boolean> {
  const { metrics = noMetrics } = deps
  const startedMs = performance.now()
  const receives = Number(record.attributes.ApproximateReceiveCount)
  const log = deps.log.with({ message_id: record.messageId, receives })
  try {
    const message = queueMessage.parse(JSON.parse(record.body))
    const lastTry = receives >= QUEUES.scans.tries
    if ('importId' in message) {
      const isDone = await deps.runImport(message.importId, lastTry)
      log.info('import', {
        import: message.importId,
        done: isDone,
        duration_ms: Math.round(performance.now() - startedMs),
      })
      return true
    }
    const { jobId, batch } = message
    const result = await processBatch({ ...deps, log }, { jobId, batch, lastTry })
    countBatch(metrics, result)
    log.info('batch', {
      job: jobId,
      batch,
      ...selectLogFields(result),
      duration_ms: Math.round(performance.now() - startedMs),
    })
    return true
  } catch (thrown) {
    metrics.count('hunter_scan_batches_total', { outcome: 'failed' })
    log.error('batch_failed', { problem: getErrorMessage(thrown), error: thrown })
    deps.report(thrown, { message_id: record.messageId })
    await scheduleRetry({ ...deps, log }, record.receiptHandle, receives)
    return false
  }
}

/** The queue would keep a failed message hidden for as long as one that is being worked on. It still does when this fails. */
async function scheduleRetry(
  { log, changeVisibility, random }: MessageDeps,
  handle: string,
  receives: number,
): Promise<void> {
  // after its last try it comes no more: at once it is where the runbook looks for it
  const afterS = receives >= QUEUES.scans.tries ? 0 : computeRetryDelayS(receives, random())
  try {
    await changeVisibility(handle, afterS)
  } catch (thrown) {
    log.warn('retry_not_hastened', { problem: getErrorMessage(thrown), error: thrown })
  }
}

function countBatch(metrics: Metrics, { done, failed, putBack, repeated }: BatchResult): void {
  metrics.count('hunter_scan_batches_total', { outcome: repeated ? 'repeated' : 'committed' })
  metrics.count('hunter_scan_domains_total', { outcome: 'done' }, done)
  metrics.count('hunter_scan_domains_total', { outcome: 'failed' }, failed - (putBack ?? 0))
  if (putBack === undefined) return
  metrics.count('hunter_rescans_total', { outcome: 'done' }, done)
  metrics.count('hunter_rescans_total', { outcome: 'failed' }, failed - putBack)
  metrics.count('hunter_rescans_total', { outcome: 'put_back' }, putBack)
}

function selectLogFields({ repeated, ...counts }: BatchResult): Record<string, unknown> {
  return repeated ? { repeated } : counts
}
