/** Scans once more what a job did not get done, and that alone. */
import { and, asc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { scanBatches, scanJobDomains, scanJobs } from '#db/tables'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { QUEUES } from '#deployment/queues'
import type { JobId } from '#scans/bulk/create-job'
import { lockJob } from '#scans/bulk/lock-job'
import { reserveDomains } from '#scans/bulk/open-domains'

interface RetryJobDeps {
  db: Database
  clock: Clock
  /** Domains in a batch. */
  batchSize: number
  /** That the job's key may have open at once; absent: as many as it likes. */
  openDomainsMax?: number
}

interface RetryJobInput {
  jobId: JobId
  actor: string
  requestId?: string | undefined
}

/** After this time the queue has used up its tries, even if every worker died; a message that still waits may come twice. */
export const LOST_AFTER_MS = QUEUES.scans.tries * QUEUES.scans.hiddenS * 1_000

/**
 * Puts the failed and the cancelled domains into new batches, not sent yet; answers how many domains. What is no domain
 * stays failed. Batches whose message must be lost are to be sent again. The old batches stay as they are: the log of what
 * happened.
 * @throws AppError JOB_NOT_FOUND, OPEN_DOMAINS_LIMIT
 */
export async function reopenFailed(deps: RetryJobDeps, input: RetryJobInput, also?: AlsoSave<JobId>): Promise<number> {
  const { jobId, actor, requestId } = input
  return runInTransaction(deps.db, async (tx) => {
    const { keyid, lastBatch } = await lockJob(tx, jobId)
    const positions = await listUnscanned(tx, jobId)
    await reserveDomains(tx, { keyid, requested: positions.length, limit: deps.openDomainsMax })
    for (let from = 0; from < positions.length; from += deps.batchSize) {
      const number = lastBatch + 1 + from / deps.batchSize
      await reopen(tx, { jobId, number, keyid, positions: positions.slice(from, from + deps.batchSize) })
    }
    await markLostUnsent(tx, jobId, new Date(deps.clock.now().getTime() - LOST_AFTER_MS))
    await tx
      .update(scanJobs)
      .set({ retries: sql`${scanJobs.retries} + 1` })
      .where(eq(scanJobs.id, jobId))
    const details = { domains: positions.length }
    await recordAudit(tx, { actor, action: 'scan_job.retried', object: `scan_job:${jobId}`, details, requestId })
    await also?.(tx, jobId)
    return positions.length
  })
}

async function listUnscanned(tx: Transaction, jobId: JobId): Promise<number[]> {
  const rows = await tx
    .select({ position: scanJobDomains.position })
    .from(scanJobDomains)
    .where(
      and(
        eq(scanJobDomains.jobId, jobId),
        inArray(scanJobDomains.outcome, ['failed', 'cancelled']),
        isNotNull(scanJobDomains.domain),
      ),
    )
    .orderBy(asc(scanJobDomains.position))
  return rows.map(({ position }) => position)
}

async function reopen(
  tx: Transaction,
  { jobId, number, keyid, positions }: { jobId: JobId; number: number; keyid: string | null; positions: number[] },
): Promise<void> {
  await tx.insert(scanBatches).values({ jobId, number, keyid, domains: positions.length })
  await tx
    .update(scanJobDomains)
    .set({ outcome: 'pending', reason: null, message: null, finishedAt: null, batch: number })
    .where(and(eq(scanJobDomains.jobId, jobId), inArray(scanJobDomains.position, positions)))
}

/** A worker that dies with the last receive of a message leaves its batch without one. */
async function markLostUnsent(tx: Transaction, jobId: JobId, queuedBefore: Date): Promise<void> {
  await tx
    .update(scanBatches)
    .set({ state: 'unsent' })
    .where(and(eq(scanBatches.jobId, jobId), eq(scanBatches.state, 'queued'), lte(scanBatches.queuedAt, queuedBefore)))
}
