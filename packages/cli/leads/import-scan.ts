/** The second half of `hunter leads import FILE --scan`: scans the list's companies and ranks them. */
import { v7 } from 'uuid'
import type { Database } from '#db/client'
import type { IngestResult } from '#ingest/ingest-file'
import { getImport } from '#ingest/imports/import-progress'
import { requestScan, scanImport } from '#ingest/imports/scan-import'
import { BEST_FIRST } from '#leads/list/lead-order'
import { type LeadPage, listLeads } from '#leads/list/list-leads'
import type { Clock } from '#platform/clock'
import { AppError, type ErrorCode } from '#platform/errors'
import type { Settings } from '#runtime/settings'
import { planBatches } from '#scans/bulk/batch-limits'
import type { BatchQueue } from '#scans/bulk/batch-message'
import type { JobId } from '#scans/bulk/create-job'
import { createImportScans } from '#scans/bulk/import-scans'
import { getActor } from '#cli/actor'
import { formatLeads } from '#cli/leads/lead-table'
import {
  awaitScan,
  type FailedDomain,
  formatCounts,
  formatFailures,
  listFailed,
  type ScanCounts,
  untilInterrupted,
} from '#cli/scan/await-scan'
import { paint } from '#cli/terminal'

interface ScanDeps {
  db: Database
  clock: Clock
  queue: BatchQueue
  settings: Settings
}

interface ListScan extends ScanCounts {
  jobs: string[]
  /** The first ones. */
  failures: FailedDomain[]
  /** The best leads of the list; all of it is in the export. */
  ranked: LeadPage
}

const LEADS_SHOWN = 50

/** Ctrl-C ends the wait, not the scan. @throws AppError QUEUE_UNAVAILABLE */
export async function scanImported(
  deps: ScanDeps,
  { importId }: IngestResult,
  { json }: { json?: boolean | undefined },
): Promise<ListScan> {
  return untilInterrupted(async (leave) => {
    const jobs = await startScan(deps, importId)
    const counts = await awaitScan(deps.db, jobs, { leave, json })
    const failures = await listFailed(deps.db, jobs)
    const ranked = await listLeads(deps.db, { importId, sort: BEST_FIRST, limit: LEADS_SHOWN })
    return { ...counts, jobs, failures, ranked }
  })
}

/** The import itself knows its bulk scans, so that `GET /ingest/{id}` shows them as well. */
async function startScan({ db, clock, queue, settings }: ScanDeps, importId: string): Promise<JobId[]> {
  const { HUNTER_DNS_LIMIT_PER_SECOND: dnsPerSecond, HUNTER_SCAN_BUDGET_MS: scanBudgetMs } = settings
  const batchSize = planBatches({ dnsPerSecond, scanBudgetMs }).size
  const scans = createImportScans({ db, clock, queue, batchSize, newId: () => v7() })
  await requestScan(db, importId, async () => undefined)
  await scanImport({ db, scans }, { importId, keyid: null, actor: getActor() })
  const { problem, scanJobs } = await getImport(db, importId)
  if (problem) throw new AppError(problem.code as ErrorCode, problem.message)
  return scanJobs as JobId[]
}

export function formatExport(importId: string): string {
  return `npx hunter leads export leads.xlsx --import-id ${importId}`
}

export function formatScan(scan: ListScan, importId: string): string {
  return scan.ended ? formatEnd(scan, importId) : formatLeft(scan, importId)
}

function formatEnd({ failures, ranked, ...counts }: ListScan, importId: string): string {
  const more = `npx hunter leads list --import-id ${importId}`
  return [
    formatCounts(counts),
    ...formatFailures(failures, counts.failed),
    ...(failures.length === 0 ? [] : [RETRY]),
    '',
    ...(ranked.leads.length === 0 ? ['No company of this list has a lead yet.'] : [formatLeads(ranked.leads)]),
    ...(ranked.nextCursor === null ? [] : [paint('dim', `More: ${more} --cursor ${ranked.nextCursor}`)]),
    '',
    `Export this list: ${formatExport(importId)}`,
  ].join('\n')
}

const RETRY = 'Run the command again to retry them: a company that was scanned within the hour is not scanned twice.'

function formatLeft({ jobs, ...counts }: ListScan, importId: string): string {
  return [
    formatCounts(counts),
    `See what is done:  npx hunter leads list --import-id ${importId}`,
    `Wait for the rest: npx hunter scan wait ${jobs.join(' ')}`,
    ...jobs.map((job) => `Cancel it:         npx hunter scan cancel ${job}`),
  ].join('\n')
}
