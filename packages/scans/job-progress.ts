/** How far a bulk scan is, in three statements whatever its size. */
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { type OUTCOMES, scanBatches, scanJobDomains, scanJobs } from '#db/tables'
import { AppError } from '#platform/errors'
import type { JobId } from '#scans/create-job'

export type Outcome = (typeof OUTCOMES)[number]

/** `unsent`: the queue did not take every batch, and the job waits to be retried. */
export type JobState = 'unsent' | 'queued' | 'running' | 'done'

export interface JobDomain {
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
  createdAt: Date
  received: number
  duplicates: number
  domains: Record<Outcome, number>
  batches: { unsent: number; queued: number; committed: number; failed: number }
}

export interface OutcomeQuery {
  outcome?: Outcome | undefined
  /** Position after which the page starts. */
  after: number
  limit: number
}

/** @throws AppError JOB_NOT_FOUND, for an id that is none as well */
export async function getJob(db: Queryable, id: string): Promise<JobProgress> {
  const [job] = z.safeParse(z.uuid(), id).success ? await db.select().from(scanJobs).where(eq(scanJobs.id, id)) : []
  if (!job) throw new AppError('JOB_NOT_FOUND', 'no such job')
  const outcomes = await db
    .select({ key: scanJobDomains.outcome, count: count() })
    .from(scanJobDomains)
    .where(eq(scanJobDomains.jobId, id))
    .groupBy(scanJobDomains.outcome)
  const states = await db
    .select({ key: scanBatches.state, count: count() })
    .from(scanBatches)
    .where(eq(scanBatches.jobId, id))
    .groupBy(scanBatches.state)
  const domains = { pending: 0, done: 0, failed: 0, ...countsOf(outcomes) }
  const batches = { unsent: 0, queued: 0, committed: 0, failed: 0, ...countsOf(states) }
  const { createdAt, received, duplicates } = job
  return { id: id as JobId, state: stateOf(domains, batches), createdAt, received, duplicates, domains, batches }
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
  const items = rows.slice(0, limit).map(({ jobId: _jobId, batch: _batch, ...item }) => item)
  return { items, next: rows.length > limit ? (items.at(-1)?.position ?? null) : null }
}

const count = () => sql<number>`count(*)::int`

function countsOf<K extends string>(rows: { key: K; count: number }[]): Partial<Record<K, number>> {
  return Object.fromEntries(rows.map((row) => [row.key, row.count])) as Partial<Record<K, number>>
}

function stateOf(domains: JobProgress['domains'], batches: JobProgress['batches']): JobState {
  if (batches.unsent > 0) return 'unsent'
  if (domains.pending === 0) return 'done'
  return batches.committed + batches.failed === 0 ? 'queued' : 'running'
}
