/** One sync: reads what changed at Partner Center since the last one, page by page, and stores each page by itself. */
import { eq } from 'drizzle-orm'
import { partnerCenter } from '#db/tables'
import { AppError } from '#platform/errors'
import { type Connection, type ConnectionDeps, endLease, findConnection, takeLease } from '#referrals/connection'
import { openAccess } from '#referrals/open-access'
import { AccessEnded, buildFirstPage, readPage, type ReferralPage } from '#referrals/read-page'
import { isNewer, readReferral, type Referral } from '#referrals/referral'
import type { SignInDeps } from '#referrals/sign-in'
import type { SyncHold, SyncRun } from '#referrals/sync-run'
import { storeInParts } from '#referrals/store-in-parts'
import { eraseClosed, LeaseLost, type StoreDeps } from '#referrals/store-page'
import type { JobId } from '#scans/bulk/create-job'
import { queueJob, type QueueDeps } from '#scans/bulk/queue-batches'

export interface SyncDeps extends ConnectionDeps, SignInDeps, StoreDeps, QueueDeps {}

/** The longest answer of the list that is read in one sync. */
const PAGES_MAX = 100
const PAGE = 100
/** A sync that was killed is followed by another after this much more than its own time. */
const LEASE_MARGIN_MS = 60_000

/**
 * Reads until the list or the time ends. A sync that is killed loses nothing: the next one begins where the last stored page
 * ended. @throws AppError PARTNER_SIGN_IN_EXPIRED, PARTNER_CENTER_REFUSED, PARTNER_CENTER_UNAVAILABLE, QUEUE_UNAVAILABLE
 */
export async function syncReferrals(deps: SyncDeps, until: Date): Promise<SyncRun> {
  const run: SyncRun = { hold: null, seen: 0, skipped: 0, changed: 0, scanned: 0, isComplete: false }
  const hold = chooseHold(await findConnection(deps.db), deps.clock.now())
  await eraseClosed(deps)
  if (hold) return { ...run, hold }
  const lease = { id: deps.newId(), until: new Date(until.getTime() + LEASE_MARGIN_MS) }
  const connection = await takeLease(deps, lease)
  if (!connection) return { ...run, hold: 'other_run' }
  let retryAt: Date | null = null
  try {
    if (connection.unsentJob) await queueScan(deps, connection.unsentJob as JobId)
    await readAll(deps, { connection, leaseId: lease.id, until, run })
    return run
  } catch (thrown) {
    if (thrown instanceof LeaseLost) return { ...run, hold: 'other_run' }
    retryAt = readRetryAt(thrown, deps.clock.now())
    throw thrown
  } finally {
    await endLease(deps.db, lease, retryAt)
  }
}

function chooseHold(connection: Connection | undefined, now: Date): SyncHold | null {
  if (!connection) return 'not_connected'
  if (connection.problem !== null) return 'sign_in'
  return connection.retryAt !== null && connection.retryAt > now ? 'throttled' : null
}

function readRetryAt(thrown: unknown, now: Date): Date | null {
  const seconds = thrown instanceof AppError ? thrown.details?.['retry_after_seconds'] : undefined
  return typeof seconds === 'number' ? new Date(now.getTime() + seconds * 1_000) : null
}

interface Reading {
  connection: Connection
  leaseId: string
  until: Date
  run: SyncRun
}

async function readAll(deps: SyncDeps, { connection, leaseId, until, run }: Reading): Promise<void> {
  const own = new Set(connection.ownDomains)
  const read = await createReader(deps, until)
  let next: string | null = buildFirstPage(deps.urls.api, { since: chooseStart(connection), top: PAGE })
  for (let pages = 0; next !== null && pages < PAGES_MAX && deps.clock.now() < until; pages += 1) {
    const page: ReferralPage = await read(next)
    const referrals = page.rows.flatMap((row) => readReferral(row, own) ?? [])
    const distinct = keepNewest(referrals)
    const readTo = findLatest(distinct, deps.clock.now())
    for await (const stored of storeInParts(deps, { leaseId, referrals: distinct, readTo })) {
      run.changed += stored.changed
      run.scanned += stored.scanned
      run.skipped += stored.refused
      if (stored.jobId) await queueScan(deps, stored.jobId)
    }
    run.seen += page.rows.length
    run.skipped += page.rows.length - referrals.length
    next = page.next
  }
  run.isComplete = next === null
  const ended = { isComplete: run.isComplete, ...(run.isComplete && { syncedAt: deps.clock.now() }) }
  await deps.db.update(partnerCenter).set(ended).where(eq(partnerCenter.lease, leaseId))
}

/** A job that was not queued before a sync ended is queued by the next one. */
async function queueScan(deps: SyncDeps, jobId: JobId): Promise<void> {
  await queueJob(deps, jobId)
  await deps.db.update(partnerCenter).set({ unsentJob: null }).where(eq(partnerCenter.unsentJob, jobId))
}

/** Redeems the refresh token once, and once more when the access token ends on the way. */
async function createReader(deps: SyncDeps, until: Date): Promise<(url: string) => Promise<ReferralPage>> {
  let access = await openAccess(deps, until)
  let renewals = 0
  return async (url) => {
    try {
      return await readPage(deps, access, url, until)
    } catch (thrown) {
      if (!(thrown instanceof AccessEnded) || renewals > 0) throw thrown
      renewals += 1
      access = await openAccess(deps, until)
      return readPage(deps, access, url, until)
    }
  }
}

/** Clocks of Microsoft's servers differ. */
const OVERLAP_MS = 5 * 60_000

/** Goes on exactly where an unfinished sync stopped; otherwise reads the last minutes once more. */
function chooseStart({ readTo, isComplete }: Connection): string | undefined {
  if (readTo === null || !isComplete) return readTo ?? undefined
  return new Date(new Date(readTo).getTime() - OVERLAP_MS).toISOString()
}

/** A page may have a referral twice, and so may two pages. */
function keepNewest(referrals: Referral[]): Referral[] {
  const kept = new Map<string, Referral>()
  for (const referral of referrals) {
    const before = kept.get(referral.id)
    if (!before || isNewer(referral, before)) kept.set(referral.id, referral)
  }
  return [...kept.values()]
}

/** A time that is yet to come is a mistake of its sender: it must not hide what really happens until then. */
function findLatest(referrals: Referral[], now: Date): string | null {
  const latest = new Date(now.getTime() + OVERLAP_MS).toISOString()
  const times = referrals.map(({ updatedAt }) => updatedAt).filter((time) => time <= latest)
  return times.reduce<string | null>((one, other) => (one !== null && one > other ? one : other), null)
}
