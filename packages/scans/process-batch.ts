/** One batch of a bulk scan: ask about each domain, then keep all that was seen in one transaction. */
import { and, eq } from 'drizzle-orm'
import pLimit from 'p-limit'
import { databaseErrorOf } from '#db/client'
import { scanBatches, scanJobDomains } from '#db/tables'
import { inSavepoint, inTransaction, mayTryAgain, type RetryOptions, type Transaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import type { Log } from '#platform/log'
import type { BatchMessage } from '#scans/batch-message'
import { abandonBatch, BATCH_FAILED, noteFailure } from '#scans/batch-log'
import { keepSignals, observeDomain, type ScanDeps, turnDeadline } from '#scans/scan-domain'
import type { ProviderOverride } from '#signals/fingerprints'
import type { Domain } from '#signals/normalise'
import type { Signals } from '#signals/signals'

export interface BatchDeps extends ScanDeps {
  log: Log
  retry?: RetryOptions
}

export interface BatchInput extends BatchMessage {
  /** The queue will not bring this message again: what fails now stays failed until the job is retried. */
  lastTry: boolean
}

export interface BatchResult {
  done: number
  failed: number
  /** true: the batch was committed before, and nothing was changed. */
  repeated: boolean
}

type Seen = { domain: Domain; signals: Signals } | { domain: Domain; failure: AppError }
/** By these the whole batch is judged. */
interface Judged {
  overrides: readonly ProviderOverride[]
}
interface Outcome {
  domain: Domain
  failure?: AppError
}

/** Domains asked about side by side; a domain whose servers are slow must not hold up the others' turns. */
const CONCURRENCY = 25
const REPEATED: BatchResult = { done: 0, failed: 0, repeated: true }

/**
 * Every domain ends once, as done or as failed with its reason, however often the message comes.
 * @throws whatever kept the batch from being committed; the batch log says so, and nothing else was changed
 */
export async function processBatch(deps: BatchDeps, input: BatchInput): Promise<BatchResult> {
  try {
    const domains = await openDomains(deps, input)
    if (!domains) return REPEATED
    const seen = await observeAll(deps, domains)
    const overrides = await deps.overrides.read()
    return await inTransaction(deps.db, (tx) => commitBatch(deps, tx, input, { seen, overrides }), deps.retry)
  } catch (thrown) {
    await logFailure(deps, input, thrown)
    throw thrown
  }
}

async function logFailure(deps: BatchDeps, input: BatchInput, thrown: unknown): Promise<void> {
  const note = input.lastTry ? abandonBatch : noteFailure
  try {
    await note(deps, input, thrown)
  } catch (second) {
    deps.log.error('batch_log_not_written', { jobId: input.jobId, batch: input.batch, error: second })
  }
}

/** Those of the batch that have no outcome yet; undefined when the batch is committed already or unknown. */
async function openDomains({ db }: BatchDeps, { jobId, batch }: BatchMessage): Promise<Domain[] | undefined> {
  const [row] = await db
    .select({ state: scanBatches.state })
    .from(scanBatches)
    .where(and(eq(scanBatches.jobId, jobId), eq(scanBatches.number, batch)))
  if (!row || row.state === 'committed') return undefined
  const rows = await db
    .select({ domain: scanJobDomains.domain, outcome: scanJobDomains.outcome, reason: scanJobDomains.reason })
    .from(scanJobDomains)
    .where(and(eq(scanJobDomains.jobId, jobId), eq(scanJobDomains.batch, batch)))
  const open = rows.filter(({ outcome, reason }) => outcome === 'pending' || reason === BATCH_FAILED)
  return open.map(({ domain }) => domain as Domain).sort() // the order in which all lock companies
}

async function observeAll(deps: BatchDeps, domains: Domain[]): Promise<Seen[]> {
  const limit = pLimit(CONCURRENCY)
  const turnUntil = turnDeadline(deps)
  const results = await Promise.allSettled(domains.map((domain) => limit(() => observe(deps, domain, turnUntil))))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

async function observe(deps: BatchDeps, domain: Domain, turnUntil: Date): Promise<Seen> {
  const signals = await observeDomain(deps, domain, turnUntil)
  const { mx, spf, dmarc } = signals
  if ([mx, spf, dmarc].some(({ state }) => state !== 'unknown')) return { domain, signals }
  return { domain, failure: new AppError('DNS_UNANSWERED', `no name server answered for ${domain}`) }
}

async function commitBatch(
  deps: BatchDeps,
  tx: Transaction,
  { jobId, batch }: BatchMessage,
  { seen, overrides }: Judged & { seen: Seen[] },
): Promise<BatchResult> {
  const ofBatch = and(eq(scanBatches.jobId, jobId), eq(scanBatches.number, batch))
  const [row] = await tx
    .select({ state: scanBatches.state, attempts: scanBatches.attempts })
    .from(scanBatches)
    .where(ofBatch)
    .for('update')
  if (!row || row.state === 'committed') return REPEATED // another worker had the same message
  const finishedAt = deps.clock.now()
  let failed = 0
  for (const one of seen) {
    const { domain, failure } = await keepOne(deps, tx, { ...one, overrides })
    if (failure) failed += 1
    await tx
      .update(scanJobDomains)
      .set({
        outcome: failure ? 'failed' : 'done',
        reason: failure?.code ?? null,
        message: failure?.message ?? null,
        attempts: row.attempts + 1,
        finishedAt,
      })
      .where(and(eq(scanJobDomains.jobId, jobId), eq(scanJobDomains.domain, domain)))
  }
  const done = seen.length - failed
  await tx
    .update(scanBatches)
    .set({ state: 'committed', attempts: row.attempts + 1, error: null, done, failed, finishedAt })
    .where(ofBatch)
  return { done, failed, repeated: false }
}

/** A lead that the database refuses fails alone; a database that gives way or is gone fails the batch. */
async function keepOne({ log }: BatchDeps, tx: Transaction, one: Seen & Judged): Promise<Outcome> {
  if ('failure' in one) return one
  const { domain, signals, overrides } = one
  try {
    await inSavepoint(tx, () => keepSignals(tx, signals, overrides))
    return { domain }
  } catch (thrown) {
    if (mayTryAgain(thrown) || databaseErrorOf(thrown)) throw thrown
    log.error('lead_not_kept', { domain, error: thrown })
    return { domain, failure: new AppError('INTERNAL', 'the lead could not be kept', { cause: thrown }) }
  }
}
