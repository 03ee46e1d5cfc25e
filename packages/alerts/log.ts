/** What was sent to a channel, and sending it once more. */
import { and, desc, eq, lt } from 'drizzle-orm'
import * as z from 'zod/mini'
import { findChannel } from '#alerts/find-channel'
import type { AlertFacts } from '#alerts/message'
import { RECEIVING } from '#alerts/outbox'
import type { Database, Queryable } from '#db/client'
import { recordAudit } from '#db/audit'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { alertChannels, alertDeliveries, alerts, companies, type DELIVERY_STATES, leadChanges } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

export interface LoggedDelivery {
  id: string
  alertId: number
  type: AlertFacts['type']
  domain: string
  state: (typeof DELIVERY_STATES)[number]
  attempts: number
  /** null: no attempt yet. */
  lastAt: Date | null
  lastStatus: number | null
  lastError: string | null
  /** When it is sent, or tried once more, unless it has ended. */
  nextAt: Date | null
}

/** Newest alert first. @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS, VALIDATION_FAILED (cursor) */
export async function listDeliveries(
  db: Queryable,
  { channel, ...page }: PageQuery & { channel: string },
): Promise<Page<LoggedDelivery>> {
  const { id: channelId } = await findChannel(db, channel)
  const listing: Listing<[id: number]> = { name: `deliveries of ${channelId}`, place: z.tuple([z.int()]) }
  const [before] = parseCursor(listing, page.cursor) ?? []
  const { id, alertId, state, attempts, lastAt, lastStatus, lastError, nextAt } = alertDeliveries
  const rows = await db
    .select({
      id,
      alertId,
      type: alerts.type,
      domain: companies.domain,
      state,
      attempts,
      lastAt,
      lastStatus,
      lastError,
      nextAt,
    })
    .from(alertDeliveries)
    .innerJoin(alerts, eq(alerts.id, alertId))
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .where(and(eq(alertDeliveries.channelId, channelId), before ? lt(alertId, before) : undefined))
    .orderBy(desc(alertId))
    .limit(countRowsToRead(page))
  const deliveries = rows.map((row) => ({ ...row, nextAt: row.state === 'waiting' ? row.nextAt : null }))
  return cutPage(listing, { rows: deliveries as LoggedDelivery[], page, placeOf: (row) => [row.alertId] })
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
