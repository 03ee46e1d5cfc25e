import { asc, eq } from 'drizzle-orm'
import { scanBatches, scanJobs } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import type { JobId } from '#scans/bulk/create-job'

/**
 * Locks the job until the transaction ends: no other session retries or cancels it, and no worker commits or gives up a
 * batch of it. All take these locks in this order: the job, then its batches by their numbers, then domains.
 * @throws AppError JOB_NOT_FOUND
 */
export async function lockJob(tx: Transaction, jobId: JobId): Promise<{ keyid: string | null; lastBatch: number }> {
  const [job] = await tx.select({ keyid: scanJobs.keyid }).from(scanJobs).where(eq(scanJobs.id, jobId)).for('update')
  if (!job) throw new AppError('JOB_NOT_FOUND', 'no such job')
  const batches = await tx
    .select({ number: scanBatches.number })
    .from(scanBatches)
    .where(eq(scanBatches.jobId, jobId))
    .orderBy(asc(scanBatches.number))
    .for('update')
  return { keyid: job.keyid, lastBatch: batches.at(-1)?.number ?? 0 }
}
