/**
 * The outbox in the database: a deliverer claims the queue of an address, so that no other one sends there, takes one
 * message at a time and notes how it ended. `channel-rows.ts` says in which order it locks.
 */
import { and, asc, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm'
import { readDigestFacts, toPeriod } from '#alerts/digest/read-facts'
import { ATTEMPTS_MAX, planPause, planRetry } from '#alerts/retry'
import type { AlertFacts, Message, Outcome } from '#alerts/message'
import type { Database } from '#db/client'
import { alertChannels, alertDeliveries, alertDigests, alertQueues, alerts, companies, leadChanges } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'

export type ChannelRow = typeof alertChannels.$inferSelect

export interface OutboxDeps {
  db: Database
  clock: Clock
  newId: () => string
  /** Returns a number between 0 and 1. */
  random: () => number
}

export interface ClaimedQueue {
  addressHash: Buffer
  claim: string
}

export interface TakenMessage {
  channel: ChannelRow
  message: Message
  /** Deliveries that it carries. */
  deliveries: { id: string; attempts: number }[]
}

/** Longer than any message takes. Each message renews it. */
const LEASE_MS = 60_000
/** What a channel that works, or that no longer gets messages, knows of failures. */
export const NO_FAILURES = { failingSince: null, lastFailedAt: null, lastBouncedAt: null } as const
/** States of channels that get messages. */
export const RECEIVING: readonly ChannelRow['state'][] = ['active', 'failing']

/** Claims the queue that has waited longest. Another deliverer may claim it only when the lease has ended. */
export async function claimQueue({ db, clock, newId }: OutboxDeps): Promise<ClaimedQueue | undefined> {
  const claim = newId()
  const now = clock.now().toISOString()
  const until = new Date(clock.now().getTime() + LEASE_MS).toISOString()
  const { rows } = await db.execute<{ address_hash: Buffer }>(sql`
    update alert_queues set claim = ${claim}::uuid, claimed_until = ${until}::timestamptz
     where address_hash = (
       select address_hash from alert_queues q
        where next_at <= ${now}::timestamptz and (claimed_until is null or claimed_until <= ${now}::timestamptz)
          and exists (
            select from alert_channels c join alert_deliveries d on d.channel_id = c.id
             where c.address_hash = q.address_hash and c.state in ('active', 'failing')
               and d.state = 'waiting' and d.next_at <= ${now}::timestamptz)
        order by next_at limit 1
          for no key update of q skip locked)
    returning address_hash`)
  return rows[0] && { addressHash: rows[0].address_hash, claim }
}

export async function releaseQueue({ db }: OutboxDeps, queue: ClaimedQueue): Promise<void> {
  await db.update(alertQueues).set({ claim: null, claimedUntil: null }).where(isHeld(queue))
}

function isHeld({ addressHash, claim }: ClaimedQueue) {
  return and(eq(alertQueues.addressHash, addressHash), eq(alertQueues.claim, claim))
}

/** People read one message with many alerts more easily than many messages. A program gets each with its own id. */
const GROUP_MAX = 20

/**
 * Counts the attempt before it is made: a deliverer that is killed while it sends has used it up, and the message is
 * sent once more with the same id. Returns undefined when nothing is due, the address must rest or the claim is lost.
 */
export async function takeMessage(deps: OutboxDeps, queue: ClaimedQueue): Promise<TakenMessage | undefined> {
  const now = deps.clock.now()
  const until = new Date(now.getTime() + LEASE_MS)
  const taken = await runInTransaction(deps.db, async (tx) => {
    const held = await tx
      .update(alertQueues)
      .set({ claimedUntil: until })
      .where(and(isHeld(queue), gt(alertQueues.claimedUntil, now), lte(alertQueues.nextAt, now)))
      .returning({ claim: alertQueues.claim })
    if (held.length === 0) return undefined
    const channels = await lockOfAddress(tx, queue.addressHash)
    await giveUpBroken(
      tx,
      channels.map(({ id }) => id),
      now,
    )
    const found = await findDue(tx, queue, now)
    if (!found) return undefined
    const { channel, digestId } = found
    const due = tx
      .select({ id: alertDeliveries.id })
      .from(alertDeliveries)
      .where(and(eq(alertDeliveries.channelId, channel.id), isDue(now), sameContent(digestId)))
      .orderBy(asc(alertDeliveries.nextAt), asc(alertDeliveries.alertId))
      .limit(channel.kind === 'webhook' ? 1 : GROUP_MAX)
    const deliveries = await tx
      .update(alertDeliveries)
      .set({ attempts: sql`${alertDeliveries.attempts} + 1`, lastAt: now, nextAt: until })
      .where(inArray(alertDeliveries.id, due))
      .returning({ id: alertDeliveries.id, attempts: alertDeliveries.attempts })
    return { channel, digestId, deliveries }
  })
  if (!taken) return undefined
  const { channel, deliveries } = taken
  const ids = deliveries.map(({ id }) => id)
  // a second transaction reads the content, so that an attempt counts although its content cannot be read
  const content = await runInTransaction(deps.db, (tx) => readContent(tx, { ...taken, ids }), { isSnapshot: true })
  return content && { channel, deliveries, message: { at: now, ...content } }
}

/** A digest is a message of its own. */
function sameContent(digestId: string | null) {
  return digestId === null ? isNull(alertDeliveries.digestId) : eq(alertDeliveries.digestId, digestId)
}

async function readContent(
  tx: Transaction,
  { channel, digestId, ids }: { channel: ChannelRow; digestId: string | null; ids: string[] },
): Promise<Omit<Message, 'at'> | undefined> {
  const [id] = ids
  if (id !== undefined && digestId !== null) {
    const [row] = await tx.select().from(alertDigests).where(eq(alertDigests.id, digestId))
    if (!row) return undefined
    const read = { reader: channel, period: toPeriod(row), backup: row.backup }
    return { id, alerts: [], digest: await readDigestFacts(tx, read) }
  }
  const alerts = await readFacts(tx, ids)
  return alerts[0] && { id: alerts[0].deliveryId, alerts }
}

function isDue(now: Date) {
  return and(eq(alertDeliveries.state, 'waiting'), lte(alertDeliveries.nextAt, now))
}

/** Holds the channels of the address, because a person who switches one off ends its deliveries. */
export async function lockOfAddress(tx: Transaction, addressHash: Buffer): Promise<ChannelRow[]> {
  const ofAddress = eq(alertChannels.addressHash, addressHash)
  return tx.select().from(alertChannels).where(ofAddress).orderBy(asc(alertChannels.id)).for('no key update')
}

/** Ends deliveries whose deliverer was killed, or could not read them, at every attempt: they may be the cause. */
async function giveUpBroken(tx: Transaction, channels: string[], now: Date): Promise<void> {
  await tx
    .update(alertDeliveries)
    .set({
      state: 'failed',
      lastError: 'Hunter broke off every attempt, so it does not know whether the message arrived.',
    })
    .where(
      and(
        inArray(alertDeliveries.channelId, channels),
        isDue(now),
        sql`${alertDeliveries.attempts} >= ${ATTEMPTS_MAX}`,
      ),
    )
}

/** What is due for the longest time, and whose it is. */
async function findDue(
  tx: Transaction,
  { addressHash }: ClaimedQueue,
  now: Date,
): Promise<{ channel: ChannelRow; digestId: string | null } | undefined> {
  const [row] = await tx
    .select({ channel: alertChannels, digestId: alertDeliveries.digestId })
    .from(alertDeliveries)
    .innerJoin(alertChannels, eq(alertChannels.id, alertDeliveries.channelId))
    .where(and(eq(alertChannels.addressHash, addressHash), inArray(alertChannels.state, RECEIVING), isDue(now)))
    .orderBy(asc(alertDeliveries.nextAt), asc(alertDeliveries.alertId))
    .limit(1)
  return row
}

async function readFacts(tx: Transaction, ids: string[]): Promise<AlertFacts[]> {
  const rows = await tx
    .select({
      deliveryId: alertDeliveries.id,
      alertId: alerts.id,
      type: alerts.type,
      domain: companies.domain,
      old: leadChanges.oldValue,
      new: leadChanges.newValue,
      at: alerts.raisedAt,
      segment: alerts.segment,
      priority: alerts.priority,
      score: alerts.score,
    })
    .from(alertDeliveries)
    .innerJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .where(inArray(alertDeliveries.id, ids))
    .orderBy(asc(alerts.id))
  return rows as AlertFacts[]
}

const DAY_MS = 24 * 60 * 60_000
/** A channel that has failed for so long is disabled. */
const FAILING_MS_MAX = 5 * DAY_MS
/** Longer than any retry waits: a channel to which nothing was sent meanwhile did not fail meanwhile. */
const QUIET_MS = 2 * DAY_MS
/** Slack takes about one message a second from a webhook, and the others lose nothing by it. */
const PACE_MS = { webhook: 0, slack: 1_000, teams: 1_000, email: 1_000 } as const

/** Returns how long the address must rest before its next message. */
export async function noteOutcome(
  deps: OutboxDeps,
  { queue, taken, outcome }: { queue: ClaimedQueue; taken: TakenMessage; outcome: Outcome },
): Promise<number> {
  const now = deps.clock.now()
  const { channel } = taken
  const paceMs = PACE_MS[channel.kind]
  await runInTransaction(deps.db, async (tx) => {
    if (outcome.kind === 'sent')
      return noteSent(tx, { queue, taken, status: outcome.status, now, nextAt: addMs(now, paceMs) })
    await pauseQueue(deps, tx, { queue, outcome, now, paceMs })
    const isDisabled = await noteFailing(tx, { channel, outcome, now })
    if (isDisabled) return
    await retryDeliveries(deps, tx, { taken, outcome, now })
  })
  return paceMs
}

function addMs(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms)
}

interface Arrived {
  queue: ClaimedQueue
  taken: TakenMessage
  status: number | null
  now: Date
  nextAt: Date
}

/** Needs no claim any more: the message did arrive. It says nothing about an address that the channel got meanwhile. */
async function noteSent(tx: Transaction, { queue, taken, status, now, nextAt }: Arrived): Promise<void> {
  const { id, addressHash } = taken.channel
  await tx.update(alertQueues).set({ failures: 0, nextAt }).where(eq(alertQueues.addressHash, queue.addressHash))
  const [row] = await tx.select().from(alertChannels).where(eq(alertChannels.id, id)).for('no key update')
  if (row?.state === 'failing' && row.addressHash.equals(addressHash) && !mayBounce(row, now))
    await tx
      .update(alertChannels)
      .set({ state: 'active', stateReason: null, ...NO_FAILURES })
      .where(eq(alertChannels.id, id))
  const ids = taken.deliveries.map(({ id }) => id)
  await tx
    .update(alertDeliveries)
    .set({ state: 'sent', lastStatus: status, lastError: null })
    .where(and(inArray(alertDeliveries.id, ids), eq(alertDeliveries.state, 'waiting')))
}

/** SES takes each mail, also those that come back hours later: a mailbox works once none has come back for a while. */
function mayBounce({ lastBouncedAt }: ChannelRow, now: Date): boolean {
  return lastBouncedAt !== null && now.getTime() - lastBouncedAt.getTime() < QUIET_MS
}

type Failed = Extract<Outcome, { kind: 'failed' }>

/** A message that is refused for itself says nothing about the address. */
async function pauseQueue(
  { random }: OutboxDeps,
  tx: Transaction,
  { queue, outcome, now, paceMs }: { queue: ClaimedQueue; outcome: Failed; now: Date; paceMs: number },
): Promise<void> {
  const [row] = await tx.select().from(alertQueues).where(isHeld(queue)).for('no key update')
  if (!row) return
  const { retryAfterMs } = outcome
  const failures = outcome.next === 'give-up' ? row.failures : row.failures + 1
  const nextAt =
    outcome.next === 'retry' ? planPause(failures, { now, random: random(), retryAfterMs }) : addMs(now, paceMs)
  await tx.update(alertQueues).set({ failures, nextAt }).where(isHeld(queue))
}

/**
 * Returns true when the channel is disabled now. A message that is refused for itself says nothing about the channel, and
 * one that went to an address which changed meanwhile neither.
 */
export async function noteFailing(
  tx: Transaction,
  { channel, outcome, now }: { channel: Pick<ChannelRow, 'id' | 'addressHash'>; outcome: Failed; now: Date },
): Promise<boolean> {
  const { id, addressHash } = channel
  const [row] = await tx.select().from(alertChannels).where(eq(alertChannels.id, id)).for('no key update')
  if (!row || row.state === 'disabled') return true
  if (outcome.next === 'give-up' || row.state === 'unverified' || !row.addressHash.equals(addressHash)) return false
  const wasQuiet = row.lastFailedAt === null || now.getTime() - row.lastFailedAt.getTime() >= QUIET_MS
  const failingSince = (wasQuiet ? null : row.failingSince) ?? now
  const isOver = now.getTime() - failingSince.getTime() >= FAILING_MS_MAX
  if (outcome.next === 'disable' || isOver) {
    const reason = isOver ? `Every message failed for five days. ${outcome.reason}` : outcome.reason
    await disableChannel(tx, { id, reason, status: outcome.status })
    return true
  }
  await tx
    .update(alertChannels)
    .set({ state: 'failing', stateReason: outcome.reason, failingSince, lastFailedAt: now })
    .where(eq(alertChannels.id, id))
  return false
}

/** Ends what waits for the channel, too; a person can send it again. Returns undefined when there is no such channel. */
export async function disableChannel(
  tx: Transaction,
  { id, reason, status = null }: { id: string; reason: string; status?: number | null },
): Promise<ChannelRow | undefined> {
  const [row] = await tx
    .update(alertChannels)
    .set({ state: 'disabled', stateReason: reason, ...NO_FAILURES })
    .where(eq(alertChannels.id, id))
    .returning()
  await tx
    .update(alertDeliveries)
    .set({ state: 'failed', lastError: reason, lastStatus: status })
    .where(and(eq(alertDeliveries.channelId, id), eq(alertDeliveries.state, 'waiting')))
  return row
}

/** Leaves alone what another deliverer has tried meanwhile. */
async function retryDeliveries(
  { random }: OutboxDeps,
  tx: Transaction,
  { taken, outcome, now }: { taken: TakenMessage; outcome: Failed; now: Date },
): Promise<void> {
  const { status, reason, retryAfterMs } = outcome
  const byAttempts = Map.groupBy(taken.deliveries, ({ attempts }) => attempts)
  for (const [attempts, deliveries] of byAttempts) {
    const nextAt = outcome.next === 'give-up' ? null : planRetry(attempts, { now, random: random(), retryAfterMs })
    const ids = deliveries.map(({ id }) => id)
    await tx
      .update(alertDeliveries)
      .set({ lastStatus: status, lastError: reason, ...(nextAt ? { nextAt } : { state: 'failed' }) })
      .where(
        and(
          inArray(alertDeliveries.id, ids),
          eq(alertDeliveries.state, 'waiting'),
          eq(alertDeliveries.attempts, attempts),
        ),
      )
  }
}

/** Returns how many seconds the oldest delivery has been due, except where the address must rest: 0 when all is sent. */
export async function readBacklog({ db, clock }: Pick<OutboxDeps, 'db' | 'clock'>): Promise<number> {
  const now = clock.now().toISOString()
  const { rows } = await db.execute<{ seconds: string | null }>(sql`
    select extract(epoch from ${now}::timestamptz - min(d.next_at)) as seconds
      from alert_channels c
      join alert_queues q on q.address_hash = c.address_hash
     cross join lateral (
       select next_at from alert_deliveries
        where channel_id = c.id and state = 'waiting' order by next_at limit 1) d
     where d.next_at <= ${now}::timestamptz and q.next_at <= ${now}::timestamptz and c.state in ('active', 'failing')`)
  return Math.round(Number(rows[0]?.seconds ?? 0))
}
