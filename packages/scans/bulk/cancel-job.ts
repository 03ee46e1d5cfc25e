/** Ends a job early: what is kept stays kept, what is open is never scanned. */
import { and, eq, inArray } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { scanBatches, scanJobDomains } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import type { JobId } from '#scans/bulk/create-job'
import { lockJob } from '#scans/bulk/lock-job'

interface CancelJobInput {
  jobId: JobId
  actor: string
  requestId?: string | undefined
}

/**
 * Answers how many domains were open; none when the job has ended or was cancelled before. A batch that is being
 * committed is waited for, and stays; one whose scans are under way finds itself cancelled within seconds, takes no more
 * turns and keeps nothing. Batches that the queue gave up are closed too, or their dead letters would go on with the job.
 */
export async function cancelJob(
  { db, clock }: { db: Database; clock: Clock },
  { jobId, actor, requestId }: CancelJobInput,
  also?: AlsoSave<JobId>,
): Promise<number> {
  return runInTransaction(db, async (tx) => {
    await lockJob(tx, jobId)
    const isUnfinished = and(eq(scanBatches.jobId, jobId), inArray(scanBatches.state, ['unsent', 'queued', 'failed']))
    const finishedAt = clock.now()
    const closed = await tx
      .update(scanJobDomains)
      .set({ outcome: 'cancelled', finishedAt })
      .where(and(eq(scanJobDomains.jobId, jobId), eq(scanJobDomains.outcome, 'pending')))
    await tx.update(scanBatches).set({ state: 'cancelled', finishedAt }).where(isUnfinished)
    const domains = closed.rowCount ?? 0
    const object = `scan_job:${jobId}`
    await recordAudit(tx, { actor, action: 'scan_job.cancelled', object, details: { domains }, requestId })
    await also?.(tx, jobId)
    return domains
  })
}
