/** A bulk scan as rows: the job, its batches, and one row for each domain or refused input. */
import type { Database } from '#db/client'
import { recordAudit } from '#db/audit'
import { toStorableText } from '#db/storable'
import { type JobKind, scanBatches, scanJobDomains, scanJobs } from '#db/tables'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import { listNames } from '#leads/erasure/list-names'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { reserveDomains } from '#scans/bulk/open-domains'
import { type Domain, normaliseDomain } from '#signals/normalise'

export type JobId = string & { readonly __brand: 'JobId' }

export const JOB_DOMAINS_MAX = 10_000

export interface CreateJobDeps {
  db: Database
  clock: Clock
  newId: () => string
  /** Domains in a batch. */
  batchSize: number
  /** That a key may have open at once; absent: as many as it likes. */
  openDomainsMax?: number
}

export interface CreateJobInput {
  /** 1 to 10,000, as they were typed. */
  inputs: string[]
  keyid: string | null
  /** Default: `scan`. */
  kind?: JobKind
}

interface AskedJob extends CreateJobInput {
  /** The audit log names this actor where no key created the job. */
  actor?: string | undefined
  requestId?: string | undefined
}

interface PlannedDomain {
  input: string
  verdict: { domain: Domain; batch: number } | { reason: string; message: string }
}

/** Rows of one insert: Postgres takes 65,535 parameters. */
const ROWS_MAX = 2_000

/** Keeps the job in one transaction; what sends its batches runs after. @throws AppError OPEN_DOMAINS_LIMIT */
export async function createJob(
  deps: CreateJobDeps,
  { actor = 'cli', requestId, ...job }: AskedJob,
  also?: AlsoSave<JobId>,
): Promise<JobId> {
  return runInTransaction(deps.db, async (tx) => {
    const jobId = await insertJob(tx, deps, job)
    const { keyid, inputs } = job
    await recordAudit(tx, {
      actor: keyid === null ? actor : `key:${keyid}`,
      action: 'scan_job.created',
      object: `scan_job:${jobId}`,
      details: { received: inputs.length },
      requestId,
    })
    await also?.(tx, jobId)
    return jobId
  })
}

/** @throws AppError OPEN_DOMAINS_LIMIT */
export async function insertJob(
  tx: Transaction,
  deps: Omit<CreateJobDeps, 'db'>,
  { inputs, keyid, kind = 'scan' }: CreateJobInput,
): Promise<JobId> {
  const jobId = deps.newId() as JobId
  const { rows, duplicates, batches } = planJob(inputs, deps.batchSize)
  const createdAt = deps.clock.now()
  const requested = batches.reduce((sum, domains) => sum + domains, 0)
  await reserveDomains(tx, { keyid, requested, limit: deps.openDomainsMax })
  await tx.insert(scanJobs).values({ id: jobId, keyid, kind, received: inputs.length, duplicates, createdAt })
  const values = batches.map((domains, at) => ({ jobId, number: at + 1, keyid, domains }))
  if (values.length > 0) await tx.insert(scanBatches).values(values)
  await insertDomains(tx, jobId, rows, createdAt)
  return jobId
}

/** Each domain once, in batches in the order given; what is no domain keeps its reason. `batches`: the domains in each. Pure. */
function planJob(
  inputs: string[],
  batchSize: number,
): { rows: PlannedDomain[]; duplicates: number; batches: number[] } {
  const rows: PlannedDomain[] = []
  const seen = new Set<Domain>()
  for (const input of inputs) {
    const read = readInput(input)
    if ('reason' in read) {
      rows.push({ input, verdict: read })
    } else if (!seen.has(read.domain)) {
      seen.add(read.domain)
      rows.push({ input, verdict: { domain: read.domain, batch: Math.ceil(seen.size / batchSize) } })
    }
  }
  const batches = Array.from({ length: Math.ceil(seen.size / batchSize) }, (_, at) =>
    Math.min(batchSize, seen.size - at * batchSize),
  )
  return { rows, duplicates: inputs.length - rows.length, batches }
}

function readInput(input: string): { domain: Domain } | { reason: string; message: string } {
  try {
    return { domain: normaliseDomain(input) }
  } catch (thrown) {
    if (thrown instanceof AppError) return { reason: thrown.code, message: thrown.message }
    throw thrown
  }
}

async function insertDomains(tx: Transaction, jobId: JobId, rows: PlannedDomain[], at: Date): Promise<void> {
  const values = rows.map(({ input, verdict }, index) => {
    const kept = toStorableText(input.slice(0, 300))
    const common = { jobId, position: index + 1, input: kept }
    if ('domain' in verdict) return { ...common, ...verdict }
    return { ...common, ...verdict, outcome: 'failed' as const, finishedAt: at, names: listNames(kept) }
  })
  for (let from = 0; from < values.length; from += ROWS_MAX) {
    await tx.insert(scanJobDomains).values(values.slice(from, from + ROWS_MAX))
  }
}
