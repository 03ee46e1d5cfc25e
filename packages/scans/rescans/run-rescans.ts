/** One run of the schedule: finishes what an earlier run left behind, takes up what is due, and measures what waits. */
import { sql } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client'
import { runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { cancelJob } from '#scans/bulk/cancel-job'
import { insertJob, type JobId } from '#scans/bulk/create-job'
import { queueJob, type QueueDeps } from '#scans/bulk/queue-batches'
import { LOST_AFTER_MS } from '#scans/bulk/retry-job'
import { type Backlog, claimDue, measureBacklog } from '#scans/rescans/due-leads'
import { SCHEDULE_GROUP } from '#scans/rescans/give-way'
import { planRescans, type RescanPlan } from '#scans/rescans/plan-rescans'
import { readSchedule, tryLockSchedule } from '#scans/rescans/schedule'
import { readSituation } from '#scans/rescans/situation'

interface RescanDeps extends QueueDeps {
  newId: () => string
  /** Domains in a batch. */
  batchSize: number
}

export interface RescanRun extends RescanPlan, Backlog {
  jobId: JobId | null
}

/**
 * Safe to run twice at once and to be killed anywhere: leads are claimed in the transaction that keeps their job, and a job
 * that was not queued is queued by the next run.
 * @throws AppError QUEUE_UNAVAILABLE, DATABASE_UNAVAILABLE
 */
export async function runRescans(deps: RescanDeps): Promise<RescanRun> {
  await closeLost(deps)
  for (const jobId of await listUnsent(deps.db)) await queueJob(deps, jobId)
  const { jobId, ...plan } = await startJob(deps)
  if (jobId) await queueJob(deps, jobId)
  await removeOld(deps)
  const { everyDays } = await readSchedule(deps.db)
  return { ...plan, jobId, ...(await measureBacklog(deps.db, { everyDays, now: deps.clock.now() })) }
}

async function startJob(deps: RescanDeps): Promise<RescanPlan & { jobId: JobId | null }> {
  return runInTransaction(deps.db, async (tx) => {
    if (!(await tryLockSchedule(tx))) return { domains: 0, hold: 'other_run', jobId: null }
    const now = deps.clock.now()
    const schedule = await readSchedule(tx)
    const plan = planRescans({ ...(await readSituation(tx, schedule, now)), batchSize: deps.batchSize })
    if (plan.hold) return { ...plan, jobId: null }
    const inputs = await claimDue(tx, { now, everyDays: schedule.everyDays }, plan.domains)
    if (inputs.length === 0) return { domains: 0, hold: 'nothing_due', jobId: null }
    return { domains: inputs.length, jobId: await insertJob(tx, deps, { inputs, keyid: null, kind: 'schedule' }) }
  })
}

async function listUnsent(db: Queryable): Promise<JobId[]> {
  const { rows } = await db.execute<{ id: JobId }>(sql`
    select distinct j.id from scan_batches b join scan_jobs j on j.id = b.job_id
     where b.state = 'unsent' and j.kind = 'schedule'`)
  return rows.map(({ id }) => id)
}

/** A message that was lost leaves its batch open for ever; the claims of its leads end by themselves. */
async function closeLost({ db, clock }: { db: Database; clock: Clock }): Promise<void> {
  const before = new Date(clock.now().getTime() - LOST_AFTER_MS).toISOString()
  const { rows } = await db.execute<{ id: JobId }>(sql`
    select distinct j.id from scan_batches b join scan_jobs j on j.id = b.job_id
     where b.state = 'queued' and b.queued_at < ${before}::timestamptz and j.kind = 'schedule'`)
  for (const { id } of rows) await cancelJob({ db, clock }, { jobId: id, actor: SCHEDULE_GROUP })
}

const KEPT_MS = 7 * 86_400_000
/** More than one run adds, so that jobs do not pile up. */
const REMOVED_MAX = 20

/** Jobs of the schedule are no record: the leads' history says what they found. */
async function removeOld({ db, clock }: { db: Database; clock: Clock }): Promise<void> {
  const before = new Date(clock.now().getTime() - KEPT_MS).toISOString()
  await db.execute(sql`
    delete from scan_jobs where id in (
      select id from scan_jobs j
       where kind = 'schedule' and created_at < ${before}::timestamptz
         and not exists (select from scan_batches b where b.job_id = j.id and b.state in ('unsent', 'queued'))
       order by created_at limit ${REMOVED_MAX})`)
}
