/** The batch log of uncommitted batches. A session that changes a batch's domains holds the lock of its row. */
import { and, eq, notInArray, or, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { toDatabaseError } from '#db/failure'
import { scanBatches, scanJobDomains } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { BatchMessage } from '#scans/bulk/batch-message'

/** Reason of a domain whose batch was given up, the domain itself not being at fault. */
const BATCH_FAILED = 'BATCH_FAILED'

/** A note must not cost what is left of the worker's time. */
const LOG_LIMIT = { timeoutMs: 5_000 }

interface BatchLogDeps {
  db: Database
  clock: Clock
}

/** The queue will bring the batch again: only the attempt is counted. */
export async function recordFailure({ db }: BatchLogDeps, batch: BatchMessage, thrown: unknown): Promise<void> {
  const count = { attempts: sql`${scanBatches.attempts} + 1`, error: describeProblem(thrown) }
  await runInTransaction(db, (tx) => tx.update(scanBatches).set(count).where(isUnfinished(batch)), LOG_LIMIT)
}

/** The queue gave up: each open domain of the batch ends as failed, and the job can be retried. */
export async function abandonBatch({ db, clock }: BatchLogDeps, batch: BatchMessage, thrown: unknown): Promise<void> {
  const finishedAt = clock.now()
  const message = describeProblem(thrown)
  await runInTransaction(
    db,
    async (tx) => {
      const [row] = await tx.select().from(scanBatches).where(isUnfinished(batch)).for('update')
      if (!row) return
      const attempts = row.attempts + 1
      const ended = await tx
        .update(scanJobDomains)
        .set({ outcome: 'failed', reason: BATCH_FAILED, message, attempts, finishedAt })
        .where(isOpenIn(batch))
      await tx
        .update(scanBatches)
        .set({ state: 'failed', attempts, error: message, failed: ended.rowCount ?? 0, finishedAt })
        .where(isUnfinished(batch))
    },
    LOG_LIMIT,
  )
}

/** The batch's domains that have no outcome of their own yet. */
export function isOpenIn({ jobId, batch }: BatchMessage) {
  return and(
    eq(scanJobDomains.jobId, jobId),
    eq(scanJobDomains.batch, batch),
    or(eq(scanJobDomains.outcome, 'pending'), eq(scanJobDomains.reason, BATCH_FAILED)),
  )
}

/** Neither committed nor cancelled: what was given up may come back from the dead letters. */
export function isUnfinished({ jobId, batch }: BatchMessage) {
  return and(
    eq(scanBatches.jobId, jobId),
    eq(scanBatches.number, batch),
    notInArray(scanBatches.state, ['committed', 'cancelled']),
  )
}

/** Public text: what a caller may read in the job. */
function describeProblem(thrown: unknown): string {
  const error = toDatabaseError(thrown)
  return error instanceof AppError ? `${error.code}: ${error.message}` : 'INTERNAL: the batch could not be saved'
}
