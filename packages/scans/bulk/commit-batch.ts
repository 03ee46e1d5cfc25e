/** Keeps what was seen of a batch's domains, with the outcome of each, in one transaction: all of it or nothing. */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { toDatabaseError } from '#db/failure'
import { toStorableText } from '#db/storable'
import { companies, type JobKind, scanBatches, scanJobDomains } from '#db/tables'
import { runInSavepoint, isRetryable, type Transaction } from '#db/transaction'
import type { Lead } from '#leads/store'
import { isOpenIn, isUnfinished } from '#scans/bulk/batch-log'
import type { BatchMessage } from '#scans/bulk/batch-message'
import { PUT_BACK } from '#scans/rescans/give-way'
import { recordAttempts } from '#scans/rescans/record-attempts'
import { saveSignalsBatch } from '#leads/save-signals'
import { AppError } from '#platform/errors'
import type { Clock } from '#platform/clock'
import type { Log } from '#platform/log'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'
import type { Signals } from '#signals/signals'

interface CommitDeps {
  clock: Clock
  log: Log
}

export interface BatchResult {
  done: number
  failed: number
  /** How many of the failed the schedule put back. */
  putBack?: number
  /** true: the batch was committed or cancelled before, and nothing was changed. */
  repeated: boolean
}

/** `companyId`: the lead is kept for this company alone, which may have been erased meanwhile. `fresh`: an earlier scan kept a lead that still holds, and there is nothing to keep. */
export type ScanOutcome =
  | { domain: Domain; signals: Signals; companyId: number | undefined }
  | { domain: Domain; failure: AppError }
  | { domain: Domain; fresh: true }

interface ScannedBatch extends BatchMessage {
  kind: JobKind
  seen: ScanOutcome[]
  /** Overrides for the whole batch. */
  overrides: readonly ProviderOverride[]
  /** The leads that were kept are put here; the transaction may still be undone. */
  leads: Map<Domain, Lead>
}

interface Outcome {
  domain: Domain
  failure?: AppError
}

export const ALREADY_COMMITTED: BatchResult = { done: 0, failed: 0, repeated: true }

/** Locks the batch's row first, so that no other session commits, cancels or retries its domains meanwhile. */
export async function commitBatch(deps: CommitDeps, tx: Transaction, batch: ScannedBatch): Promise<BatchResult> {
  const [row] = await tx
    .select({ attempts: scanBatches.attempts })
    .from(scanBatches)
    .where(isUnfinished(batch))
    .for('update')
  if (!row) return ALREADY_COMMITTED // another worker had the same message, or the job was cancelled
  const open = new Set(await listOpenDomains(tx, batch))
  const mine = batch.seen.filter(({ domain }) => open.has(domain)) // a retry may have put others into a newer batch
  const seen = await failErased(tx, mine)
  const outcomes = await saveOutcomes(deps, tx, { ...batch, seen })
  const failed = outcomes.filter(({ failure }) => failure).length
  const ended = { attempts: row.attempts + 1, finishedAt: deps.clock.now() }
  const done = outcomes.length - failed
  await endDomains(tx, batch, { outcomes, ...ended })
  await tx
    .update(scanBatches)
    .set({ state: 'committed', error: null, done, failed, ...ended })
    .where(isUnfinished(batch))
  if (batch.kind !== 'schedule') return { done, failed, repeated: false }
  await recordAttempts(tx, outcomes, ended.finishedAt)
  return { done, failed, putBack: outcomes.filter(({ failure }) => failure?.code === PUT_BACK).length, repeated: false }
}

/** Holds the companies that a rescan must find as they were; like all code that locks several, in the order of their domains. */
async function failErased(tx: Transaction, seen: ScanOutcome[]): Promise<ScanOutcome[]> {
  const known = seen.flatMap((one) => ('signals' in one && one.companyId !== undefined ? [one.domain] : []))
  if (known.length === 0) return seen
  const held = await tx
    .select({ id: companies.id, domain: companies.domain })
    .from(companies)
    .where(inArray(companies.domain, known))
    .orderBy(asc(companies.domain))
    .for('update')
  const ids = new Map<string, number>(held.map(({ id, domain }) => [domain, id]))
  return seen.map((one) => {
    const { domain } = one
    if (!('signals' in one) || one.companyId === undefined || ids.get(domain) === one.companyId) return one
    return { domain, failure: new AppError('LEAD_ERASED', `${domain} was erased while it was scanned`) }
  })
}

/** Those of the batch that have no outcome of their own yet. */
export async function listOpenDomains(db: Queryable, batch: BatchMessage): Promise<Domain[]> {
  const rows = await db.select({ domain: scanJobDomains.domain }).from(scanJobDomains).where(isOpenIn(batch))
  return rows.map(({ domain }) => domain as Domain)
}

/** A lead that the database refuses fails alone: when all together are refused, each is tried by itself. */
async function saveOutcomes(deps: CommitDeps, tx: Transaction, batch: ScannedBatch): Promise<Outcome[]> {
  const answered = batch.seen.flatMap((one) => ('signals' in one ? [one.signals] : []))
  try {
    const kept = await runInSavepoint(tx, () => saveSignalsBatch(tx, answered, batch.overrides))
    for (const { lead } of kept) batch.leads.set(lead.domain, lead)
    return batch.seen
  } catch (thrown) {
    throwUnlessRefused(thrown)
  }
  const outcomes: Outcome[] = []
  const inOrder = batch.seen.toSorted((a, b) => (a.domain < b.domain ? -1 : 1)) // every transaction locks companies in this order
  for (const one of inOrder) outcomes.push(await saveOutcome(deps, tx, one, batch))
  return outcomes
}

async function saveOutcome(
  { log }: CommitDeps,
  tx: Transaction,
  one: ScanOutcome,
  { overrides, leads }: Pick<ScannedBatch, 'overrides' | 'leads'>,
): Promise<Outcome> {
  if (!('signals' in one)) return one
  const { domain, signals } = one
  try {
    const kept = await runInSavepoint(tx, () => saveSignalsBatch(tx, [signals], overrides))
    for (const { lead } of kept) leads.set(domain, lead)
    return { domain }
  } catch (thrown) {
    throwUnlessRefused(thrown)
    log.error('lead_not_kept', { domain, error: thrown })
    return { domain, failure: new AppError('INTERNAL', 'the lead could not be saved', { cause: thrown }) }
  }
}

/** A database that gives way, is gone, or takes too long fails the batch. */
function throwUnlessRefused(thrown: unknown): void {
  if (isRetryable(thrown) || toDatabaseError(thrown)) throw thrown
}

interface Ending {
  outcomes: Outcome[]
  attempts: number
  finishedAt: Date
}

async function endDomains(
  tx: Transaction,
  { jobId, batch }: BatchMessage,
  { outcomes, attempts, finishedAt }: Ending,
): Promise<void> {
  const columns = [
    outcomes.map(({ domain }) => domain),
    outcomes.map(({ failure }) => failure?.code ?? null),
    outcomes.map(({ failure }) => (failure ? toStorableText(failure.message) : null)),
  ].map((values) => sql`${sql.param(values)}::text[]`)
  await tx
    .update(scanJobDomains)
    .set({
      outcome: sql`case when ended.reason is null then 'done' else 'failed' end`,
      reason: sql`ended.reason`,
      message: sql`ended.message`,
      attempts,
      finishedAt,
    })
    .from(sql`unnest(${sql.join(columns, sql`, `)}) as ended (domain, reason, message)`)
    .where(
      and(
        eq(scanJobDomains.jobId, jobId),
        eq(scanJobDomains.batch, batch),
        eq(scanJobDomains.domain, sql`ended.domain`),
      ),
    )
}
