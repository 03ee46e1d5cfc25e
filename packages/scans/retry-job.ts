/** Scans a job's failed domains once more, and those alone. */
import { and, asc, eq, inArray, isNotNull, max } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { scanBatches, scanJobDomains, scanJobs } from '#db/tables'
import { type AlsoKeep, inTransaction } from '#db/transaction'
import { BATCH_SIZE } from '#scans/batch-message'
import type { JobId } from '#scans/create-job'

export interface RetryJobInput {
  jobId: JobId
  actor: string
  requestId?: string | undefined
}

/**
 * Puts the failed domains into new batches, not sent yet; answers how many domains. What is no domain stays failed.
 * The old batches stay as they are: the log of what happened.
 */
export async function reopenFailed(
  { db }: { db: Database },
  input: RetryJobInput,
  also?: AlsoKeep<JobId>,
): Promise<number> {
  const { jobId, actor, requestId } = input
  return inTransaction(db, async (tx) => {
    await tx.select({ id: scanJobs.id }).from(scanJobs).where(eq(scanJobs.id, jobId)).for('update')
    const failed = await tx
      .select({ position: scanJobDomains.position })
      .from(scanJobDomains)
      .where(
        and(eq(scanJobDomains.jobId, jobId), eq(scanJobDomains.outcome, 'failed'), isNotNull(scanJobDomains.domain)),
      )
      .orderBy(asc(scanJobDomains.position))
    const [last] = await tx
      .select({ number: max(scanBatches.number) })
      .from(scanBatches)
      .where(eq(scanBatches.jobId, jobId))
    let number = last?.number ?? 0
    for (let from = 0; from < failed.length; from += BATCH_SIZE) {
      number += 1
      const positions = failed.slice(from, from + BATCH_SIZE).map(({ position }) => position)
      await tx.insert(scanBatches).values({ jobId, number })
      await tx
        .update(scanJobDomains)
        .set({ outcome: 'pending', reason: null, message: null, finishedAt: null, batch: number })
        .where(and(eq(scanJobDomains.jobId, jobId), inArray(scanJobDomains.position, positions)))
    }
    await recordAudit(tx, { actor, action: 'scan_job.retried', object: `scan_job:${jobId}`, requestId })
    await also?.(tx, jobId)
    return failed.length
  })
}
