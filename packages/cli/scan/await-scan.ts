/** Waits for bulk scans, and says what became of them. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '#db/client'
import { toPrintable } from '#cli/printable'
import { withProgress } from '#cli/progress'
import { formatTable } from '#cli/table'
import { paint } from '#cli/terminal'
import type { JobId } from '#scans/bulk/create-job'
import { getJob, type JobProgress, listJobDomains } from '#scans/bulk/job-progress'
import { formatCount } from '#platform/count-text'

export interface ScanCounts {
  total: number
  done: number
  failed: number
  cancelled: number
  /** False: the caller stopped waiting, and the scan goes on. */
  ended: boolean
}

const LOOK_EVERY_MS = 500

/** Waits until every job has ended or `leave` aborts, and shows how far they are. */
export async function awaitScan(
  db: Database,
  jobs: readonly JobId[],
  { leave, json }: { leave: AbortSignal; json?: boolean | undefined },
): Promise<ScanCounts> {
  let counts = sumJobs([])
  const show = () => {
    const { done, failed, cancelled, total } = counts
    return {
      what: 'scanning',
      done: done + failed + cancelled,
      total: total || undefined, // not known before the first look
      unit: 'domains',
      notes: failed > 0 ? [`${failed} failed`] : [],
    }
  }
  return withProgress(show, { json }, async () => {
    const last = new Map<JobId, JobProgress>()
    for (;;) {
      for (const id of jobs) if (!hasEnded(last.get(id))) last.set(id, await getJob(db, id))
      counts = sumJobs([...last.values()])
      if (counts.ended || leave.aborted) return counts
      await pause(LOOK_EVERY_MS, undefined, { signal: leave }).catch(() => undefined) // the next turn ends it
    }
  })
}

function hasEnded(job: JobProgress | undefined): boolean {
  return job !== undefined && job.domains.pending === 0
}

function sumJobs(jobs: JobProgress[]): ScanCounts {
  const sum = (read: (job: JobProgress) => number) => jobs.reduce((total, job) => total + read(job), 0)
  const [done, failed, cancelled] = [
    sum(({ domains }) => domains.done),
    sum(({ domains }) => domains.failed),
    sum(({ domains }) => domains.cancelled),
  ]
  return {
    total: sum(({ domains }) => domains.pending) + done + failed + cancelled,
    done,
    failed,
    cancelled,
    ended: jobs.every(hasEnded),
  }
}

export interface FailedDomain {
  input: string
  reason: string | null
  message: string | null
}

const FAILURES_SHOWN = 20

/** The first ones. */
export async function listFailed(
  db: Database,
  jobs: readonly JobId[],
  limit = FAILURES_SHOWN,
): Promise<FailedDomain[]> {
  const failed: FailedDomain[] = []
  for (const id of jobs) {
    const { items } = await listJobDomains(db, id, { outcome: 'failed', after: 0, limit: limit - failed.length })
    failed.push(...items.map(({ input, reason, message }) => ({ input, reason, message })))
    if (failed.length >= limit) break
  }
  return failed
}

/** Aborts the signal when the user presses Ctrl-C; once more ends the process as ever. */
export async function untilInterrupted<T>(work: (leave: AbortSignal) => Promise<T>): Promise<T> {
  const leave = new AbortController()
  const abort = () => leave.abort()
  process.once('SIGINT', abort)
  try {
    return await work(leave.signal)
  } finally {
    process.off('SIGINT', abort)
  }
}

export function formatCounts({ total, done, failed, cancelled, ended }: ScanCounts): string {
  const others = [failed > 0 ? `${failed} failed` : '', cancelled > 0 ? `${cancelled} were cancelled` : '']
  const rest = others.filter((text) => text !== '').map((text) => `; ${text}`)
  const counts = `${done} of ${formatCount(total, 'company', 'companies')}${rest.join('')}.`
  return ended
    ? `${paint('green', 'Scanned')} ${counts}`
    : `The scan goes on without this command. Scanned so far: ${counts}`
}

export function formatFailures(failures: FailedDomain[], failed: number): string[] {
  if (failures.length === 0) return []
  const rows = failures.map(({ input, reason, message }) => [toPrintable(input), toPrintable(message ?? reason ?? '')])
  const more = failed > failures.length ? [paint('dim', `and ${failed - failures.length} more`)] : []
  return ['', formatTable(['failed', 'reason'], rows, { wraps: ['reason'] }), ...more]
}
