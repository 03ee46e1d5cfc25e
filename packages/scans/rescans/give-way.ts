/** People's scans come first: when the schedule must wait, and what it does with the leads that it has taken up. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { AppError } from '#platform/errors'
import type { Limiter } from '#redis/limiter'

/** Name of the schedule's group in every line. */
export const SCHEDULE_GROUP = 'schedule'

/** The schedule waits while Redis does not answer, since no instance knows what the others use. */
export function refuseDegraded(limiter: Limiter): Limiter {
  return {
    async limit(id) {
      const answer = await limiter.limit(id)
      return answer.degraded && answer.allowed ? { ...answer, allowed: false, retryAt: answer.resetAt } : answer
    },
  }
}

/** Reason of a domain that the schedule put back. */
export const PUT_BACK = 'SCANS_BUSY'

export function buildPutBack(): AppError {
  return new AppError(PUT_BACK, 'other scans came first, so the schedule put the lead back')
}

/** A batch whose message was lost holds the schedule up no longer. */
const WAITING_MS_MAX = 86_400_000

/** Returns true while a batch that people asked for waits or is with a worker. Reads the index of open batches. */
export async function isPeopleWaiting(db: Queryable, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - WAITING_MS_MAX).toISOString()
  const { rowCount } = await db.execute(sql`
    select from scan_batches b join scan_jobs j on j.id = b.job_id
     where b.state = 'queued' and b.queued_at > ${since}::timestamptz and j.kind <> 'schedule' limit 1`)
  return rowCount === 1
}

/** Returns true when a batch of the schedule must take no more turns: people wait, or it is paused. */
export async function mustGiveWay(db: Queryable, now: Date): Promise<boolean> {
  const { rowCount } = await db.execute(sql`select from rescan_schedule where paused_at is not null`)
  return rowCount === 1 || isPeopleWaiting(db, now)
}
