/** Hands batches to the queue after their rows are committed, and notes which of them the queue took. */
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client'
import { scanBatches, scanJobs } from '#db/tables'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { type BatchMessage, type BatchQueue, nameGroup, type QueuedBatch } from '#scans/bulk/batch-message'
import type { JobId } from '#scans/bulk/create-job'
import { formatCount } from '#platform/count-text'

export interface QueueDeps {
  db: Database
  queue: BatchQueue
  clock: Clock
}

/**
 * Queues a job's batches that no queue has taken yet; answers how many.
 * @throws AppError QUEUE_UNAVAILABLE that names the job: its rows stay, and retrying it sends the rest
 */
export async function queueJob(deps: QueueDeps, jobId: JobId): Promise<number> {
  const unsent = await listBatches(deps.db, ['unsent'], jobId)
  const { refused, cause } = await sendBatches(deps, unsent)
  if (refused.length === 0) return unsent.length
  throw new AppError(
    'QUEUE_UNAVAILABLE',
    `${refused.length} of ${formatCount(unsent.length, 'batch', 'batches')} could not be queued`,
    {
      details: { job: jobId, queued: unsent.length - refused.length, unsent: refused.length },
      cause,
    },
  )
}

/** Queues every unfinished batch again: after a queue lost its messages. One that is there twice changes nothing. */
export async function requeueUnfinished(deps: QueueDeps): Promise<{ queued: number; refused: number }> {
  const unfinished = await listBatches(deps.db, ['unsent', 'queued'])
  const { refused } = await sendBatches(deps, unfinished)
  return { queued: unfinished.length - refused.length, refused: refused.length }
}

type OpenState = 'unsent' | 'queued'

async function listBatches(db: Queryable, states: OpenState[], jobId?: JobId): Promise<QueuedBatch[]> {
  const rows = await db
    .select({ jobId: scanBatches.jobId, batch: scanBatches.number, keyid: scanJobs.keyid, kind: scanJobs.kind })
    .from(scanBatches)
    .innerJoin(scanJobs, eq(scanJobs.id, scanBatches.jobId))
    .where(and(inArray(scanBatches.state, states), jobId && eq(scanBatches.jobId, jobId)))
    .orderBy(asc(scanBatches.jobId), asc(scanBatches.number))
  return rows.map(({ keyid, kind, ...message }) => ({ ...message, group: nameGroup(keyid, kind) }))
}

/** Each with the group of its job; one whose job is gone goes by itself. */
export async function addGroups(db: Queryable, messages: BatchMessage[]): Promise<QueuedBatch[]> {
  const ids = [...new Set(messages.map(({ jobId }) => jobId))]
  if (ids.length === 0) return []
  const jobs = await db
    .select({ id: scanJobs.id, keyid: scanJobs.keyid, kind: scanJobs.kind })
    .from(scanJobs)
    .where(inArray(scanJobs.id, ids))
  const groups = new Map(jobs.map(({ id, keyid, kind }) => [id, nameGroup(keyid, kind)]))
  return messages.map((message) => ({ ...message, group: groups.get(message.jobId) ?? message.jobId }))
}

async function sendBatches({ db, queue, clock }: QueueDeps, messages: QueuedBatch[]) {
  if (messages.length === 0) return { refused: [] }
  const { refused, cause } = await queue.send(messages)
  const not = new Set(refused)
  await markQueued(
    { db, clock },
    messages.filter((message) => !not.has(message)),
  )
  return { refused, cause }
}

/** A worker may have been quicker and finished the batch: then its state stays. */
export async function markQueued({ db, clock }: Pick<QueueDeps, 'db' | 'clock'>, sent: BatchMessage[]): Promise<void> {
  for (const [jobId, messages] of Map.groupBy(sent, (message) => message.jobId)) {
    const numbers = messages.map(({ batch }) => batch)
    await db
      .update(scanBatches)
      .set({ state: 'queued', queuedAt: clock.now() })
      .where(
        and(
          eq(scanBatches.jobId, jobId),
          inArray(scanBatches.number, numbers),
          inArray(scanBatches.state, ['unsent', 'queued']),
        ),
      )
  }
}
