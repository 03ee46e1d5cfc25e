/** What was sent to a channel, alerts and digests alike, and sending it once more. */
import { and, desc, eq, lt } from 'drizzle-orm'
import * as z from 'zod/mini'
import { findChannel } from '#alerts/find-channel'
import type { AlertFacts } from '#alerts/message'
import { RECEIVING } from '#alerts/outbox'
import type { Database, Queryable } from '#db/client'
import { recordAudit } from '#db/audit'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import {
  alertChannels,
  alertDeliveries,
  alertDigests,
  alerts,
  companies,
  type DELIVERY_STATES,
  type DigestCounts,
  leadChanges,
} from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

interface Ending {
  /** null: the digest is not in the outbox. */
  id: string | null
  /** `open`: a digest that is being made; `empty`: one that had nothing to say and was not sent. */
  state: (typeof DELIVERY_STATES)[number] | 'open' | 'empty'
  attempts: number
  /** null: no attempt yet. */
  lastAt: Date | null
  lastStatus: number | null
  lastError: string | null
  /** When it is sent, or tried once more, unless it has ended. */
  nextAt: Date | null
}

interface LoggedAlert extends Ending {
  alertId: number
  type: AlertFacts['type']
  domain: string
  digest: null
}

interface LoggedDigest extends Ending {
  alertId: null
  type: null
  domain: null
  /** `counts`: null while it is open. */
  digest: { day: string; from: Date; to: Date; counts: DigestCounts | null }
}

export type LoggedDelivery = LoggedAlert | LoggedDigest

/** The last alert and the time of the last digest that the pages before have; 0: none. */
type Place = [alertId: number, digestAt: number]

const TIME_MAX = Date.parse('9999-12-31T23:59:59.999Z')

/** Newest first. @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS, VALIDATION_FAILED (cursor) */
export async function listDeliveries(
  db: Queryable,
  { channel, ...page }: PageQuery & { channel: string },
): Promise<Page<LoggedDelivery>> {
  const { id: channelId } = await findChannel(db, channel)
  const place = z.tuple([z.int().check(z.gte(0)), z.int().check(z.gte(0), z.lte(TIME_MAX))])
  const listing: Listing<Place> = { name: `deliveries of ${channelId}`, place }
  const start = parseCursor(listing, page.cursor) ?? [0, 0]
  const wanted = { channelId, start, limit: countRowsToRead(page) }
  const rows = mergeNewest(await readAlerts(db, wanted), await readDigests(db, wanted), start)
  const { items, nextCursor } = cutPage(listing, { rows, page, placeOf: ({ place }) => place })
  return { items: items.map(({ row }) => row), nextCursor }
}

interface Wanted {
  channelId: string
  start: Place
  limit: number
}

async function readAlerts(db: Queryable, { channelId, start: [before], limit }: Wanted) {
  const { id, alertId, state, attempts, lastAt, lastStatus, lastError, nextAt } = alertDeliveries
  const ending = { id, state, attempts, lastAt, lastStatus, lastError, nextAt }
  const rows = await db
    .select({ at: alerts.raisedAt, alertId, type: alerts.type, domain: companies.domain, ...ending })
    .from(alertDeliveries)
    .innerJoin(alerts, eq(alerts.id, alertId))
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .where(and(eq(alertDeliveries.channelId, channelId), before > 0 ? lt(alertId, before) : undefined))
    .orderBy(desc(alertId))
    .limit(limit)
  return rows.map(({ at, ...row }) => {
    const logged = { ...row, digest: null, nextAt: row.state === 'waiting' ? row.nextAt : null }
    return { at, row: logged as LoggedAlert }
  })
}

async function readDigests(db: Queryable, { channelId, start: [, before], limit }: Wanted) {
  const { id, state, attempts, lastAt, lastStatus, lastError, nextAt } = alertDeliveries
  const { day, fromAt: from, openedAt: to, counts } = alertDigests
  const rows = await db
    .select({
      digest: { day, from, to, counts },
      made: alertDigests.state,
      delivery: { id, state, attempts, lastAt, lastStatus, lastError, nextAt },
    })
    .from(alertDigests)
    .leftJoin(alertDeliveries, eq(alertDeliveries.digestId, alertDigests.id))
    .where(and(eq(alertDigests.channelId, channelId), before > 0 ? lt(to, new Date(before)) : undefined))
    .orderBy(desc(to))
    .limit(limit)
  return rows.map(({ digest, made, delivery }) => {
    const unsent = { ...UNSENT, state: made === 'open' ? ('open' as const) : ('empty' as const) }
    const ending = delivery ? { ...delivery, nextAt: delivery.state === 'waiting' ? delivery.nextAt : null } : unsent
    const row: LoggedDigest = { alertId: null, type: null, domain: null, digest, ...ending }
    return { at: digest.to, row }
  })
}

const UNSENT = { id: null, attempts: 0, lastAt: null, lastStatus: null, lastError: null, nextAt: null }

/** Each list keeps its own order, so that a page begins in both where the one before ended. */
function mergeNewest(
  alerts: { at: Date; row: LoggedAlert }[],
  digests: { at: Date; row: LoggedDigest }[],
  [lastAlert, lastDigest]: Place,
): { row: LoggedDelivery; place: Place }[] {
  const merged: { row: LoggedDelivery; place: Place }[] = []
  let [alertId, digestAt] = [lastAlert, lastDigest]
  let [a, d] = [0, 0]
  while (a < alerts.length || d < digests.length) {
    const [alert, digest] = [alerts[a], digests[d]]
    const isAlertNewer = alert !== undefined && (digest === undefined || alert.at >= digest.at)
    const { row } = isAlertNewer ? alert : digest!
    if (isAlertNewer) [alertId, a] = [alert.row.alertId, a + 1]
    else [digestAt, d] = [digest!.at.getTime(), d + 1]
    merged.push({ row, place: [alertId, digestAt] })
  }
  return merged
}

interface ResentDelivery {
  id: string
  channelId: string
}

/** Queues the delivery with its old id, by which a receiver tells a repeat. @throws AppError DELIVERY_NOT_FOUND, CHANNEL_INACTIVE */
export async function resendDelivery(
  { db, clock }: { db: Database; clock: Clock },
  { id, actor, requestId }: { id: string; actor: string; requestId?: string | undefined },
  also?: AlsoSave<ResentDelivery>,
): Promise<ResentDelivery> {
  return runInTransaction(db, async (tx) => {
    const isId = z.safeParse(z.uuid(), id).success
    const [found] = isId
      ? await tx
          .select({ channelId: alertChannels.id, state: alertChannels.state })
          .from(alertDeliveries)
          .innerJoin(alertChannels, eq(alertChannels.id, alertDeliveries.channelId))
          .where(eq(alertDeliveries.id, id))
          .for('no key update', { of: alertChannels }) // the channel may be disabled at this moment
      : []
    if (!found) throw new AppError('DELIVERY_NOT_FOUND', `there is no delivery ${id.slice(0, 100)}`)
    if (!RECEIVING.includes(found.state)) throw new AppError('CHANNEL_INACTIVE', `the channel is ${found.state}`)
    await tx
      .update(alertDeliveries)
      .set({ state: 'waiting', attempts: 0, nextAt: clock.now() })
      .where(eq(alertDeliveries.id, id))
    await recordAudit(tx, { actor, action: 'alert_delivery.resent', object: `alert_delivery:${id}`, requestId })
    const resent = { id, channelId: found.channelId }
    await also?.(tx, resent)
    return resent
  })
}
