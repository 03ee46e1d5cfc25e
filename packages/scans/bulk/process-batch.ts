/** One batch of a bulk scan: ask about each domain, then keep all that was seen in one transaction. */
import pLimit from 'p-limit'
import type { JobKind } from '#db/tables'
import { runInTransaction, type TransactionOptions } from '#db/transaction'
import { findCompanyId } from '#leads/erasure/hold-company'
import type { Lead } from '#leads/store'
import { AppError } from '#platform/errors'
import type { Log } from '#platform/log'
import { abandonBatch, recordFailure } from '#scans/bulk/batch-log'
import { type BatchMessage, nameGroup } from '#scans/bulk/batch-message'
import {
  type BatchResult,
  commitBatch,
  listOpenDomains,
  ALREADY_COMMITTED,
  type ScanOutcome,
} from '#scans/bulk/commit-batch'
import { findFreshLead, markFresh } from '#scans/cache/cached-lead'
import { isSilent } from '#scans/cache/ttl'
import { bindToGroup, observeAnew, observeDomain, type ObserveInput } from '#scans/observe-domain'
import { type Observed, readCachedScan } from '#scans/cache/scan-cache'
import { type ScanDeps, computeTurnDeadline } from '#scans/scan-domain'
import { buildPutBack } from '#scans/rescans/give-way'
import { ScanCancelled } from '#scans/dns-pacing'
import { findWork, type Watch, watchBatch } from '#scans/bulk/cancellation'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'

export interface BatchDeps extends ScanDeps {
  log: Log
  commit?: TransactionOptions
}

export interface BatchInput extends BatchMessage {
  /** The queue will not bring this message again: what fails now stays failed until the job is retried. */
  lastTry: boolean
}

/** Domains asked about side by side; a domain whose servers are slow must not hold up the others' turns. */
const CONCURRENCY = 25

/**
 * Every domain ends once, as done or as failed with its reason, however often the message comes.
 * @throws whatever kept the batch from being committed; the batch log says so, and nothing else was changed
 */
export async function processBatch(deps: BatchDeps, input: BatchInput): Promise<BatchResult> {
  try {
    const work = await findWork(deps, input)
    if (!work) return ALREADY_COMMITTED
    const { keyid, kind } = work
    const watch = await watchBatch(deps, input, work)
    const seen = await observeAll(
      { ...bindToGroup(deps, nameGroup(keyid, kind)), ...watch, kind },
      await listOpenDomains(deps.db, input),
    )
    const overrides = await deps.overrides.read()
    const leads = new Map<Domain, Lead>()
    const batch = { ...input, kind, seen, overrides, leads }
    const result = await runInTransaction(deps.db, (tx) => commitBatch(deps, tx, batch), deps.commit)
    await markLeadsFresh(deps, seen, { overrides, leads })
    return result
  } catch (thrown) {
    if (thrown instanceof ScanCancelled) return ALREADY_COMMITTED
    await logFailure(deps, input, thrown)
    throw thrown
  }
}

async function logFailure(deps: BatchDeps, input: BatchInput, thrown: unknown): Promise<void> {
  const note = input.lastTry ? abandonBatch : recordFailure
  try {
    await note(deps, input, thrown)
  } catch (second) {
    deps.log.error('batch_log_not_written', { jobId: input.jobId, batch: input.batch, error: second })
  }
}

type ObservedOutcome = Exclude<ScanOutcome, { signals: unknown }> | ({ domain: Domain } & Observed)

interface WatchedDeps extends BatchDeps, Watch {
  kind: JobKind
}

async function observeAll(deps: WatchedDeps, domains: Domain[]): Promise<ObservedOutcome[]> {
  const limit = pLimit(CONCURRENCY)
  const turnUntil = computeTurnDeadline(deps)
  const results = await Promise.allSettled(
    domains.map((domain) => limit(() => observeOrPutBack(deps, domain, turnUntil))),
  )
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** A scan of the schedule that gets no turn, or has to yield, fails alone: the others of its batch are kept. */
async function observeOrPutBack(deps: WatchedDeps, domain: Domain, turnUntil: Date): Promise<ObservedOutcome> {
  try {
    return await observe(deps, domain, turnUntil)
  } catch (thrown) {
    const hadNoTurn = thrown instanceof ScanCancelled || (thrown instanceof AppError && thrown.code === 'SCANS_BUSY')
    if (deps.kind !== 'schedule' || !hadNoTurn || deps.isCancelled()) throw thrown
    return { domain, failure: buildPutBack() }
  }
}

/** @throws ScanCancelled, and AppError SCANS_BUSY */
async function observe(deps: WatchedDeps, domain: Domain, turnUntil: Date): Promise<ObservedOutcome> {
  if (isStopped(deps)) throw new ScanCancelled()
  const companyId = deps.kind === 'scan' ? undefined : await findCompanyId(deps.db, domain)
  if (deps.kind !== 'scan' && companyId === undefined) {
    return { domain, failure: new AppError('LEAD_NOT_FOUND', `no lead for ${domain}`) }
  }
  const recalled = deps.kind === 'rescan' ? undefined : await readCachedScan(deps, domain)
  if (await findFreshLead(deps, domain, recalled)) return { domain, fresh: true }
  const observed = await observeUnlessCancelled(deps, domain, { turnUntil, recalled })
  if (!isSilent(observed.signals)) return { domain, ...observed, companyId }
  return { domain, failure: new AppError('DNS_UNANSWERED', `no name server answered for ${domain}`) }
}

/** A cancelled batch may have been asking about the domain for this one, too: then this one asks itself. */
async function observeUnlessCancelled(deps: WatchedDeps, domain: Domain, input: ObserveInput): Promise<Observed> {
  const pacer = { acquire: (until: Date) => deps.pacer.acquire(until, () => isStopped(deps)) }
  const ask = deps.kind === 'rescan' ? observeAnew : observeDomain
  for (;;) {
    try {
      return await ask({ ...deps, pacer }, domain, input)
    } catch (thrown) {
      if (!(thrown instanceof ScanCancelled) || isStopped(deps)) throw thrown
    }
  }
}

function isStopped({ isCancelled, mustYield }: Watch): boolean {
  return isCancelled() || mustYield()
}

/** Marks the leads as fresh in one request. */
async function markLeadsFresh(
  deps: BatchDeps,
  seen: ObservedOutcome[],
  { overrides, leads }: { overrides: readonly ProviderOverride[]; leads: ReadonlyMap<Domain, Lead> },
): Promise<void> {
  const notes = seen.map(async (one) => {
    const lead = leads.get(one.domain)
    if (lead && 'signals' in one) await markFresh(deps, lead, { ...one, overrides })
  })
  await Promise.all(notes)
}
