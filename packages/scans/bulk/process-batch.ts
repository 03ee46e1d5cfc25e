/** One batch of a bulk scan: ask about each domain, then keep all that was seen in one transaction. */
import pLimit from 'p-limit'
import { runInTransaction, type TransactionOptions } from '#db/transaction'
import type { Lead } from '#leads/store'
import { AppError } from '#platform/errors'
import type { Log } from '#platform/log'
import { abandonBatch, noteFailure } from '#scans/bulk/batch-log'
import { type BatchMessage, nameGroup } from '#scans/bulk/batch-message'
import { type BatchResult, commitBatch, openDomains, REPEATED, type Seen } from '#scans/bulk/commit-batch'
import { findHeldLead, noteLead } from '#scans/cache/cached-lead'
import { isSilent } from '#scans/cache/ttl'
import { actFor, observeDomain, type ObserveInput } from '#scans/observe-domain'
import { type Observed, recall } from '#scans/cache/scan-cache'
import { type ScanDeps, turnDeadline } from '#scans/scan-domain'
import { NoLongerWanted } from '#scans/dns-pacing'
import { findWork, watchBatch } from '#scans/bulk/cancellation'
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
    if (!work) return REPEATED
    const isWanted = watchBatch(deps, input)
    const seen = await observeAll(
      { ...actFor(deps, nameGroup(work.keyid)), isWanted },
      await openDomains(deps.db, input),
    )
    const overrides = await deps.overrides.read()
    const leads = new Map<Domain, Lead>()
    const batch = { ...input, seen, overrides, leads }
    const result = await runInTransaction(deps.db, (tx) => commitBatch(deps, tx, batch), deps.commit)
    await noteLeads(deps, seen, { overrides, leads })
    return result
  } catch (thrown) {
    if (thrown instanceof NoLongerWanted) return REPEATED
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

type ObservedOrNot = Exclude<Seen, { signals: unknown }> | ({ domain: Domain } & Observed)

interface WatchedDeps extends BatchDeps {
  isWanted: () => boolean
}

async function observeAll(deps: WatchedDeps, domains: Domain[]): Promise<ObservedOrNot[]> {
  const limit = pLimit(CONCURRENCY)
  const turnUntil = turnDeadline(deps)
  const results = await Promise.allSettled(domains.map((domain) => limit(() => observe(deps, domain, turnUntil))))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** @throws NoLongerWanted, and AppError SCANS_BUSY */
async function observe(deps: WatchedDeps, domain: Domain, turnUntil: Date): Promise<ObservedOrNot> {
  if (!deps.isWanted()) throw new NoLongerWanted()
  const recalled = await recall(deps, domain)
  if (await findHeldLead(deps, domain, recalled)) return { domain, held: true }
  const observed = await observeWhileWanted(deps, domain, { turnUntil, recalled })
  if (!isSilent(observed.signals)) return { domain, ...observed }
  return { domain, failure: new AppError('DNS_UNANSWERED', `no name server answered for ${domain}`) }
}

/** A cancelled batch may have been asking about the domain for this one, too: then this one asks itself. */
async function observeWhileWanted(deps: WatchedDeps, domain: Domain, input: ObserveInput): Promise<Observed> {
  const turns = { take: (until: Date) => deps.turns.take(until, deps.isWanted) }
  for (;;) {
    try {
      return await observeDomain({ ...deps, turns }, domain, input)
    } catch (thrown) {
      if (!(thrown instanceof NoLongerWanted) || !deps.isWanted()) throw thrown
    }
  }
}

/** Marks the leads as fresh in one request. */
async function noteLeads(
  deps: BatchDeps,
  seen: ObservedOrNot[],
  { overrides, leads }: { overrides: readonly ProviderOverride[]; leads: ReadonlyMap<Domain, Lead> },
): Promise<void> {
  const notes = seen.map(async (one) => {
    const lead = leads.get(one.domain)
    if (lead && 'signals' in one) await noteLead(deps, lead, { ...one, overrides })
  })
  await Promise.all(notes)
}
