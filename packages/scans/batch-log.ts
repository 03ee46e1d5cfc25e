/** What the batch log says of a batch that was not committed. */
import { and, eq, ne, or, sql } from 'drizzle-orm'
import { scanBatches, scanJobDomains } from '#db/tables'
import type { Database } from '#db/client'
import { inTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { BatchMessage } from '#scans/batch-message'

/** Reason of a domain whose batch was given up, the domain itself not being at fault. */
export const BATCH_FAILED = 'BATCH_FAILED'

interface BatchLogDeps {
  db: Database
  clock: Clock
}

/** The queue will bring the batch again: only the attempt is counted. */
export async function noteFailure({ db }: BatchLogDeps, batch: BatchMessage, thrown: unknown): Promise<void> {
  await db
    .update(scanBatches)
    .set({ attempts: sql`${scanBatches.attempts} + 1`, error: problemOf(thrown) })
    .where(uncommitted(batch))
}

/** The queue gave up: each open domain of the batch ends as failed, and the job can be retried. */
export async function abandonBatch({ db, clock }: BatchLogDeps, batch: BatchMessage, thrown: unknown): Promise<void> {
  const finishedAt = clock.now()
  const message = problemOf(thrown)
  await inTransaction(db, async (tx) => {
    const [row] = await tx.select().from(scanBatches).where(uncommitted(batch)).for('update')
    if (!row) return
    const attempts = row.attempts + 1
    const ended = await tx
      .update(scanJobDomains)
      .set({ outcome: 'failed', reason: BATCH_FAILED, message, attempts, finishedAt })
      .where(
        and(
          eq(scanJobDomains.jobId, batch.jobId),
          eq(scanJobDomains.batch, batch.batch),
          or(eq(scanJobDomains.outcome, 'pending'), eq(scanJobDomains.reason, BATCH_FAILED)),
        ),
      )
    await tx
      .update(scanBatches)
      .set({ state: 'failed', attempts, error: message, failed: ended.rowCount ?? 0, finishedAt })
      .where(uncommitted(batch))
  })
}

function uncommitted({ jobId, batch }: BatchMessage) {
  return and(eq(scanBatches.jobId, jobId), eq(scanBatches.number, batch), ne(scanBatches.state, 'committed'))
}

/** Public text: what a caller may read in the job. */
function problemOf(thrown: unknown): string {
  return thrown instanceof AppError ? `${thrown.code}: ${thrown.message}` : 'INTERNAL: the batch could not be kept'
}
