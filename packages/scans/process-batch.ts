/** One batch of a bulk scan: ask about each domain, then keep all that was seen in one transaction. */
import pLimit from 'p-limit'
import { scanBatches } from '#db/tables'
import { inTransaction, type TransactionOptions } from '#db/transaction'
import { AppError } from '#platform/errors'
import type { Log } from '#platform/log'
import { abandonBatch, isUnfinished, noteFailure } from '#scans/batch-log'
import type { BatchMessage } from '#scans/batch-message'
import { type BatchResult, commitBatch, openDomains, REPEATED, type Seen } from '#scans/commit-batch'
import { observeDomain, type ScanDeps, turnDeadline } from '#scans/scan-domain'
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
    if (!(await hasWork(deps, input))) return REPEATED
    const seen = await observeAll(deps, await openDomains(deps.db, input))
    const batch = { ...input, seen, overrides: await deps.overrides.read() }
    return await inTransaction(deps.db, (tx) => commitBatch(deps, tx, batch), deps.commit)
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

/** false: it is committed or cancelled, or its job is gone. */
async function hasWork({ db }: BatchDeps, batch: BatchMessage): Promise<boolean> {
  const rows = await db.select({ number: scanBatches.number }).from(scanBatches).where(isUnfinished(batch))
  return rows.length > 0
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
