/** Bulk scans, the newest first. */
import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { QueryBuilder } from 'drizzle-orm/pg-core'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { moment, selectMoment } from '#db/moment'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { scanBatches, scanJobDomains, scanJobs } from '#db/tables'
import { nameGroup } from '#scans/bulk/batch-message'
import type { JobId } from '#scans/bulk/create-job'
import type { BatchState, JobProgress, JobState } from '#scans/bulk/job-progress'

/** A job without its counts, of which a page would have millions. */
type JobRow = Omit<JobProgress, 'domains' | 'batches'>

interface JobQuery extends PageQuery {
  state?: JobState | undefined
  /** Only those that this key made. */
  keyid?: string | undefined
}

const JOBS_BY_CREATION: Listing<[createdAt: string, id: string]> = {
  name: 'jobs by creation',
  place: z.tuple([moment, z.uuid()]),
}

/** @throws AppError VALIDATION_FAILED (cursor) */
export async function listJobs(db: Queryable, { state, keyid, ...query }: JobQuery): Promise<Page<JobRow>> {
  const { createdAt, id } = scanJobs
  const before = parseCursor(JOBS_BY_CREATION, query.cursor)
  const rows = await db
    .select({ job: scanJobs, state: STATE, at: selectMoment(createdAt) })
    .from(scanJobs)
    .where(
      and(
        keyid === undefined ? undefined : eq(scanJobs.keyid, keyid),
        state && and(eq(STATE, state), candidates(state)),
        before && sql`(${createdAt}, ${id}) < (${before[0]}::timestamptz, ${before[1]})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(countRowsToRead(query))
  const page = cutPage(JOBS_BY_CREATION, { rows, page: query, placeOf: ({ at, job }) => [at, job.id] })
  const items = page.items.map(({ job: { id, keyid, ...job }, state }) => {
    return { id: id as JobId, state, createdBy: nameGroup(keyid, job.kind), ...job }
  })
  return { ...page, items }
}

/** As `getJob` has it of the counts; a domain is open while its batch is. */
const STATE = sql<JobState>`case
  when ${hasBatch('unsent')} then 'unsent'
  when ${hasBatch('queued')} then case when ${hasBatch('committed', 'failed')} then 'running' else 'queued' end
  when ${hasBatch('cancelled')} and ${hasCancelledDomain()} then 'cancelled'
  else 'done' end`

function hasBatch(...states: BatchState[]): SQL {
  return hasOne(scanBatches, and(eq(scanBatches.jobId, scanJobs.id), inArray(scanBatches.state, states)))
}

/** A retry opens cancelled domains again, and leaves their old batches as they are. */
function hasCancelledDomain(): SQL {
  return hasOne(scanJobDomains, and(eq(scanJobDomains.jobId, scanJobs.id), eq(scanJobDomains.outcome, 'cancelled')))
}

/** Checks each job's rows. Given `exists`, the planner may read the whole table into a hash instead. */
function hasOne(table: typeof scanBatches | typeof scanJobDomains, where: SQL | undefined): SQL {
  return sql`(select true from ${table} where ${where} limit 1)`
}

/** An index has the few jobs with such a batch; without it, a walk through all jobs would look for them. */
function candidates(state: JobState): SQL | undefined {
  if (state === 'done') return undefined
  const batch = state === 'running' ? 'queued' : state
  const some = new QueryBuilder()
    .select({ jobId: scanBatches.jobId })
    .from(scanBatches)
    .where(eq(scanBatches.state, sql.raw(`'${batch}'`)))
  return inArray(scanJobs.id, some)
}
