import { sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import type { JobId } from '#scans/bulk/create-job'

/** What the tables of a job say must agree; each query finds where they do not. */
const DISAGREEMENTS = {
  'a domain without an outcome, in a batch that has ended': sql`
    select d.domain from scan_job_domains d join scan_batches b on (b.job_id, b.number) = (d.job_id, d.batch)
     where b.state in ('committed', 'failed', 'cancelled') and d.outcome = 'pending'`,
  'a domain with an outcome, in a batch that has not ended': sql`
    select d.domain from scan_job_domains d join scan_batches b on (b.job_id, b.number) = (d.job_id, d.batch)
     where b.state in ('unsent', 'queued') and d.outcome <> 'pending'`,
  'a domain that was kept by a batch that is not committed': sql`
    select d.domain from scan_job_domains d join scan_batches b on (b.job_id, b.number) = (d.job_id, d.batch)
     where b.state <> 'committed' and d.outcome = 'done'`,
  'a batch whose log counts others than there are': sql`
    select b.number from scan_batches b join scan_jobs j on j.id = b.job_id,
           lateral (select count(*) filter (where outcome = 'done') as done,
                           count(*) filter (where outcome = 'failed') as failed
                      from scan_job_domains d where (d.job_id, d.batch) = (b.job_id, b.number)) as found
     where b.state in ('committed', 'failed')
       and (b.done <> found.done or b.failed < found.failed or (b.failed > found.failed and j.retries = 0))`,
  'a failure without a reason': sql`
    select domain from scan_job_domains d where outcome = 'failed' and coalesce(reason, '') = ''`,
  'a domain that is done without a lead': sql`
    select domain from scan_job_domains d where outcome = 'done' and domain not in (select domain from leads_ready)`,
  'a change that is there twice': sql`
    select company_id from lead_changes group by company_id, type, at, old_value, new_value having count(*) > 1`,
  'a job that lost an input': sql`
    select id from scan_jobs j
     where received <> duplicates + (select count(*) from scan_job_domains d where d.job_id = j.id)`,
}

/** Empty when the batch log and the tables agree, of all jobs in the database. */
export async function disagreements(db: Database): Promise<string[]> {
  const found: string[] = []
  for (const [name, query] of Object.entries(DISAGREEMENTS)) {
    const { rows } = await db.execute(query)
    if (rows.length > 0) found.push(`${name}: ${JSON.stringify(rows.slice(0, 3))}`)
  }
  return found
}

/** The batches that a queue would still deliver. */
export async function unfinishedBatches(db: Database): Promise<{ jobId: JobId; batch: number }[]> {
  const { rows } = await db.execute<{ jobId: JobId; batch: number }>(
    sql`select job_id as "jobId", number as batch from scan_batches where state in ('unsent', 'queued') order by 1, 2`,
  )
  return rows
}
