/**
 * Makes the digests that are due, in two steps. The first ends a period at the ids of that moment. The second waits until
 * every transaction of that moment has ended, so that none adds to the period any more, and puts the digest into the
 * outbox. Each step is one transaction: two functions at once, or one that is killed, make each digest once.
 */
import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { buildDigest, countSections } from '#alerts/digest/build-digest'
import { type DueDigest, findDueDigest } from '#alerts/digest/find-due'
import { readDigestFacts, readFirstMarks, readMarks, toPeriod, wantsAlert } from '#alerts/digest/read-facts'
import { type ChannelRow, RECEIVING } from '#alerts/outbox'
import type { Database, Queryable } from '#db/client'
import { alertChannels, alertDeliveries, alertDigests, alerts, type DigestBackup } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import type { Log } from '#platform/log'

export interface DigestDeps {
  db: Database
  clock: Clock
  log: Log
  newId: () => string
  /** A run calls it once, and only when it makes a digest. */
  readBackup: () => Promise<DigestBackup | null>
}

export interface DigestReport {
  /** Put into the outbox. */
  queued: number
  /** Had nothing to say. */
  empty: number
  /** What kept digests from being made; each is logged with its channel. */
  failures: unknown[]
}

/** Longer than any transaction that adds to a period may take. */
const SETTLE_MS = 45_000

/** Does what it can for each channel, and reports what it could not do. */
export async function makeDigests(deps: DigestDeps): Promise<DigestReport> {
  const { db, clock, log } = deps
  const report: DigestReport = { queued: 0, empty: 0, failures: [] }
  const attempt = async (channel: string, work: () => Promise<void>) => {
    await work().catch((error: unknown) => {
      log.error('digest_not_made', { channel, error })
      report.failures.push(error)
    })
  }
  const settled = new Date(clock.now().getTime() - SETTLE_MS)
  for (const { id } of await db.select({ id: alertChannels.id }).from(alertChannels).where(IS_LEAVING))
    await attempt(id, () => leaveDigest(deps, id, settled))
  await startAndStop(deps)
  for (const channel of await db
    .select()
    .from(alertChannels)
    .where(and(isNotNull(alertChannels.digestFrom), inArray(alertChannels.state, RECEIVING))))
    await attempt(channel.id, async () => {
      if (findDue(channel, clock.now())) await openDigest(deps, channel.id)
    })
  const open = await db
    .select({ id: alertDigests.id, channelId: alertDigests.channelId })
    .from(alertDigests)
    .where(and(eq(alertDigests.state, 'open'), lte(alertDigests.openedAt, settled)))
    .orderBy(asc(alertDigests.openedAt))
  const backup = open.length > 0 ? await deps.readBackup() : null
  for (const { id, channelId } of open)
    await attempt(channelId, async () => {
      const state = await queueDigest(deps, { id, channelId, backup })
      if (state !== null) report[state] += 1
    })
  return report
}

/**
 * A channel that now gets digests begins at this moment. A disabled one forgets where it was, so that it does not tell old
 * news later; one that waits for the test of a new address does not.
 */
async function startAndStop({ db, clock }: DigestDeps): Promise<void> {
  const { digestFrom, digestHour, state } = alertChannels
  await setInOrder(db, and(isNotNull(digestFrom), eq(state, 'disabled')), { digestFrom: null, digestMarks: null })
  const isNew = and(isNull(digestFrom), isNotNull(digestHour), inArray(state, RECEIVING))
  if ((await db.$count(alertChannels, isNew)) === 0) return
  const now = clock.now()
  await setInOrder(db, isNew, { digestFrom: now, digestMarks: await readFirstMarks(db, now) })
}

/** An update alone locks rows in any order. */
async function setInOrder(db: Queryable, where: SQL | undefined, change: Partial<ChannelRow>): Promise<void> {
  const { id } = alertChannels
  const rows = db.select({ id }).from(alertChannels).where(where).orderBy(asc(id)).for('no key update')
  await db.update(alertChannels).set(change).where(inArray(id, rows))
}

const IS_LEAVING = and(
  isNotNull(alertChannels.digestFrom),
  isNull(alertChannels.digestHour),
  inArray(alertChannels.state, RECEIVING),
)

/** A scan that was in progress when the digest hour was taken away may still add alerts until `settled`. */
async function leaveDigest({ db, clock }: DigestDeps, id: string, settled: Date): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const isLeaving = and(eq(alertChannels.id, id), IS_LEAVING)
    const [channel] = await tx.select().from(alertChannels).where(isLeaving).for('no key update')
    if (!channel?.digestFrom) return
    await queueUntold(tx, channel, clock.now())
    if (channel.digestFrom > settled) return
    await tx.update(alertChannels).set({ digestFrom: null, digestMarks: null }).where(isLeaving)
  })
}

/** A channel that no longer has a digest gets at once what its next one would have told. */
async function queueUntold(db: Queryable, channel: ChannelRow, now: Date): Promise<void> {
  if (channel.digestMarks === null) return
  const untold = db
    .select({
      channelId: sql`${channel.id}::uuid`.as('channel_id'),
      alertId: alerts.id,
      nextAt: sql`${now.toISOString()}::timestamptz`.as('next_at'),
    })
    .from(alerts)
    .where(and(gt(alerts.id, channel.digestMarks.alerts), wantsAlert(channel)))
  await db.execute(sql`insert into alert_deliveries (channel_id, alert_id, next_at) ${untold} on conflict do nothing`)
}

function findDue({ digestHour, timezone, digestFrom }: ChannelRow, now: Date): DueDigest | null {
  return digestHour === null || digestFrom === null
    ? null
    : findDueDigest({ digestHour, timezone, from: digestFrom }, now)
}

/** Ends the period of the channel. A day that has a digest gets no second one, whatever hour the channel has by now. */
async function openDigest({ db, clock, newId }: DigestDeps, id: string): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const now = clock.now()
    const [channel] = await tx.select().from(alertChannels).where(eq(alertChannels.id, id)).for('no key update')
    const due = channel && findDue(channel, now)
    if (!due || channel.digestFrom === null || channel.digestMarks === null) return
    const toMarks = await readMarks(tx)
    const opened = await tx
      .insert(alertDigests)
      .values({
        id: newId(),
        channelId: id,
        day: due.day,
        fromAt: channel.digestFrom,
        toAt: due.at,
        fromMarks: channel.digestMarks,
        toMarks,
        openedAt: now,
      })
      .onConflictDoNothing({ target: [alertDigests.channelId, alertDigests.day] })
      .returning({ id: alertDigests.id })
    if (opened.length > 0)
      await tx.update(alertChannels).set({ digestFrom: now, digestMarks: toMarks }).where(eq(alertChannels.id, id))
  })
}

/** Returns null when another function has the digest, or a person disabled or deleted the channel meanwhile. */
async function queueDigest(
  { db, clock }: DigestDeps,
  { id, channelId, backup }: { id: string; channelId: string; backup: DigestBackup | null },
): Promise<'queued' | 'empty' | null> {
  return runInTransaction(db, async (tx) => {
    const [channel] = await tx.select().from(alertChannels).where(eq(alertChannels.id, channelId)).for('key share')
    const [digest] = await tx
      .select()
      .from(alertDigests)
      .where(and(eq(alertDigests.id, id), eq(alertDigests.state, 'open')))
      .for('update', { skipLocked: true })
    if (!channel || !digest) return null
    if (channel.state === 'unverified') return null // its new address is tested first
    const facts = await readDigestFacts(tx, { reader: channel, period: toPeriod(digest), backup })
    const now = clock.now()
    const isReceiving = RECEIVING.includes(channel.state)
    const isSent = isReceiving && buildDigest(facts, { now }).isWorthSending
    const state = isSent ? 'queued' : 'empty'
    const counts = countSections(facts)
    await tx.update(alertDigests).set({ state, backup, counts }).where(eq(alertDigests.id, id))
    if (isSent) await tx.insert(alertDeliveries).values({ channelId: channel.id, digestId: id, nextAt: now })
    return isReceiving ? state : null
  })
}

/** Returns how many seconds ago the oldest digest was due that is not sent although its channel works; 0: all are. */
export async function readDigestDelay({ db, clock }: { db: Queryable; clock: Clock }): Promise<number> {
  const now = clock.now().toISOString()
  const { rows } = await db.execute<{ seconds: string | null }>(sql`
    select extract(epoch from ${now}::timestamptz - min(due)) as seconds
      from (select to_at as due, channel_id from alert_digests where state = 'open'
            union all
            select g.to_at, g.channel_id from alert_digests g join alert_deliveries d on d.digest_id = g.id
             where d.state = 'waiting') waiting
      join alert_channels c on c.id = waiting.channel_id and c.state = 'active'`)
  return Math.max(0, Math.round(Number(rows[0]?.seconds ?? 0)))
}
