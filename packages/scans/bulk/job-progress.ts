/** How far a bulk scan is. */
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { type BATCH_STATES, type JobKind, type OUTCOMES, scanJobDomains, scanJobs } from '#db/tables'
import { AppError } from '#platform/errors'
import { nameGroup } from '#scans/bulk/batch-message'
import type { JobId } from '#scans/bulk/create-job'

type Outcome = (typeof OUTCOMES)[number]
export type BatchState = (typeof BATCH_STATES)[number]

/** `unsent`: the queue did not take every batch, and the job waits to be retried. `cancelled`: ended early. */
export const JOB_STATES = ['unsent', 'queued', 'running', 'done', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

interface JobDomain {
  /** Place among the inputs that are kept, from 1. */
  position: number
  input: string
  domain: string | null
  outcome: Outcome
  reason: string | null
  message: string | null
  attempts: number
  finishedAt: Date | null
}

export interface JobProgress {
  id: JobId
  state: JobState
  kind: JobKind
  /** `key:<keyid>`, which a rotation leaves as it is, `cli` or `schedule`. */
  createdBy: string
  createdAt: Date
  received: number
  duplicates: number
  /** Times that domains were opened again: the only thing that makes the counts of ended ones fall. */
  retries: number
  domains: Record<Outcome, number>
  batches: Record<BatchState, number>
}

interface OutcomeQuery {
  outcome?: Outcome | undefined
  /** Position after which the page starts. */
  after: number
  limit: number
}

/** One statement, so that the numbers are of one moment. @throws AppError JOB_NOT_FOUND, for an id that is none as well */
export async function getJob(db: Queryable, id: string): Promise<JobProgress> {
  const [job] = z.safeParse(z.uuid(), id).success
    ? await db
        .select({
          row: scanJobs,
          domains: countRows('outcome', 'scan_job_domains', id),
          batches: countRows('state', 'scan_batches', id),
        })
        .from(scanJobs)
        .where(eq(scanJobs.id, id))
    : []
  if (!job) throw new AppError('JOB_NOT_FOUND', 'no such job')
  const domains = { pending: 0, done: 0, failed: 0, cancelled: 0, ...job.domains }
  const batches = { unsent: 0, queued: 0, committed: 0, failed: 0, cancelled: 0, ...job.batches }
  const { keyid, kind, createdAt, received, duplicates, retries } = job.row
  const counted = { received, duplicates, retries }
  const state = decideState(domains, batches)
  return { id: id as JobId, state, kind, createdBy: nameGroup(keyid, kind), createdAt, ...counted, domains, batches }
}

/** How many of a job's rows have each value of a column: `{"done":3}`, or null of no row. */
function countRows(column: 'outcome' | 'state', table: 'scan_job_domains' | 'scan_batches', jobId: string) {
  const [value, rows] = [sql.identifier(column), sql.identifier(table)]
  return sql<Record<string, number> | null>`(select jsonb_object_agg(${value}, n) from
    (select ${value}, count(*) as n from ${rows} where job_id = ${jobId} group by ${value}) as counted)`
}

/** A page of a job's domains in the order they were given; one more than `limit` tells that there is a next page. */
export async function listJobDomains(
  db: Queryable,
  id: JobId,
  { outcome, after, limit }: OutcomeQuery,
): Promise<{ items: JobDomain[]; next: number | null }> {
  const rows = await db
    .select()
    .from(scanJobDomains)
    .where(
      and(
        eq(scanJobDomains.jobId, id),
        gt(scanJobDomains.position, after),
        outcome && eq(scanJobDomains.outcome, outcome),
      ),
    )
    .orderBy(asc(scanJobDomains.position))
    .limit(limit + 1)
  const items = rows.slice(0, limit).map(({ jobId: _jobId, batch: _batch, names: _names, ...item }) => item)
  return { items, next: rows.length > limit ? (items.at(-1)?.position ?? null) : null }
}

function decideState(domains: JobProgress['domains'], batches: JobProgress['batches']): JobState {
  if (batches.unsent > 0) return 'unsent'
  if (domains.pending === 0) return domains.cancelled > 0 ? 'cancelled' : 'done'
  return batches.committed + batches.failed === 0 ? 'queued' : 'running'
}
