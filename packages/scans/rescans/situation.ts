/** What decides whether the schedule may take up leads: the schedule, what the day has cost, and who else works. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { listLocalDays } from '#platform/local-time'
import { type Backlog, measureBacklog } from '#scans/rescans/due-leads'
import { isPeopleWaiting } from '#scans/rescans/give-way'
import { type Hold, planRescans, type Situation } from '#scans/rescans/plan-rescans'
import { readSchedule, type RescanSchedule } from '#scans/rescans/schedule'

export async function readSituation(db: Queryable, schedule: RescanSchedule, now: Date): Promise<Situation> {
  return {
    schedule,
    spent: await countSpent(db, now, schedule.timezone),
    openBatches: await countOpenBatches(db),
    isPeopleWaiting: await isPeopleWaiting(db, now),
  }
}

export interface RescanStatus extends RescanSchedule, Backlog {
  /** Domains taken up today. */
  spent: number
  /** Why nothing starts now; null: the next run takes up leads. */
  hold: Hold | null
}

export async function readStatus(db: Queryable, now: Date): Promise<RescanStatus> {
  const schedule = await readSchedule(db)
  const situation = await readSituation(db, schedule, now)
  const backlog = await measureBacklog(db, { now, everyDays: schedule.everyDays })
  const { hold = backlog.due === 0 ? 'nothing_due' : null } = planRescans({ ...situation, batchSize: 1 })
  return { ...schedule, ...backlog, spent: situation.spent, hold }
}

/** Reaches half a day into the next day, whether a day has 23 hours or 25. */
const INTO_NEXT_DAY_MS = 36 * 3_600_000

/**
 * Counts the domains taken up on the local day of `now` that were not put back. The jobs are the count, so that a clock that
 * jumped spends nothing twice.
 */
export async function countSpent(db: Queryable, now: Date, timezone: string): Promise<number> {
  const startOf = (at: Date) => listLocalDays(timezone, 1, at)[0]?.start ?? at
  const from = startOf(now)
  const to = startOf(new Date(from.getTime() + INTO_NEXT_DAY_MS))
  const { rows } = await db.execute<{ spent: number }>(sql`
    with today as materialized (
      select id from scan_jobs
       where kind = 'schedule' and created_at >= ${from.toISOString()}::timestamptz
         and created_at < ${to.toISOString()}::timestamptz
    ),
    batches as materialized (
      select job_id, number, domains, failed from scan_batches where job_id in (select id from today)
    )
    select ((select coalesce(sum(domains), 0) from batches)
      - (select count(*) from batches b join scan_job_domains d on d.job_id = b.job_id and d.batch = b.number
          where b.failed > 0 and d.reason = 'SCANS_BUSY'))::int as spent`)
  return rows[0]?.spent ?? 0
}

async function countOpenBatches(db: Queryable): Promise<number> {
  const { rows } = await db.execute<{ open: number }>(sql`
    select count(*)::int as open from scan_batches b join scan_jobs j on j.id = b.job_id
     where b.state in ('unsent', 'queued') and j.kind = 'schedule'`)
  return rows[0]?.open ?? 0
}
