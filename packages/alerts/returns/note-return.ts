/** Notes a mail that came back in each channel of its address. EventBridge may bring an event twice, and late. */
import { and, asc, eq, inArray, lte } from 'drizzle-orm'
import { lockChannels } from '#alerts/channel-rows'
import { hashAddress } from '#alerts/channel-secrets'
import { type ChannelRow, disableChannel, noteFailing } from '#alerts/outbox'
import type { ReturnedMail } from '#alerts/returns/read-event'
import type { Database } from '#db/client'
import { alertChannels, alertDeliveries } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import type { Log } from '#platform/log'

interface ReturnDeps {
  db: Database
  clock: Clock
  log: Log
  pepper: string
}

/**
 * A hard bounce or a complaint disables the channel; a soft bounce is a failure in a row. What was sent before the reader
 * last confirmed the address says nothing any more.
 */
export async function noteReturnedMail(deps: ReturnDeps, returned: ReturnedMail): Promise<void> {
  const { db, clock, log } = deps
  const now = clock.now()
  const mail = { ...returned, at: returned.at < now ? returned.at : now }
  const found = await db
    .select({ id: alertChannels.id })
    .from(alertChannels)
    .where(and(eq(alertChannels.addressHash, hashMailAddress(deps, mail.address)), eq(alertChannels.kind, 'email')))
    .orderBy(asc(alertChannels.id))
  const ids = found.map(({ id }) => id)
  log.warn('alert_mail_returned', { kind: mail.kind, reason: mail.reason, channels: ids, delivery: mail.delivery })
  await runInTransaction(db, async (tx) => {
    const rows = await lockChannels(tx, ids)
    for (const row of rows.values()) await noteInChannel(tx, row, mail)
    await noteInDelivery(tx, ids, mail)
  })
}

/** As it was stored: `normaliseAddress` writes the domain in lower case. */
function hashMailAddress(deps: Pick<ReturnDeps, 'pepper'>, address: string): Buffer {
  const at = address.lastIndexOf('@')
  return hashAddress(deps, address.slice(0, at) + address.slice(at).toLowerCase())
}

async function noteInChannel(tx: Transaction, row: ChannelRow, mail: ReturnedMail): Promise<void> {
  const { id, state } = row
  const { kind, reason, at } = mail
  const isObsolete = row.confirmedAt !== null && mail.sentAt < row.confirmedAt
  if (isObsolete || kind === 'message') return
  if (kind === 'soft') return noteSoftBounce(tx, row, mail)
  // a person or the reader may have switched it off for a reason of their own
  if (state !== 'disabled') await disableChannel(tx, { id, reason })
  // no code from before makes the channel active once more, as after an unsubscription
  const isNews = kind === 'complaint' && (row.unsubscribedAt === null || row.unsubscribedAt < at)
  if (isNews) await tx.update(alertChannels).set({ unsubscribedAt: at }).where(eq(alertChannels.id, id))
}

async function noteSoftBounce(tx: Transaction, row: ChannelRow, { at, reason }: ReturnedMail): Promise<void> {
  if (row.lastBouncedAt !== null && at <= row.lastBouncedAt) return
  const isReceiving = row.state === 'active' || row.state === 'failing'
  const change = isReceiving ? { lastBouncedAt: at } : { stateReason: reason }
  if (row.state !== 'disabled') await tx.update(alertChannels).set(change).where(eq(alertChannels.id, row.id))
  if (!isReceiving) return
  const now = row.lastFailedAt !== null && row.lastFailedAt > at ? row.lastFailedAt : at
  await noteFailing(tx, { channel: row, outcome: { kind: 'failed', status: null, reason, next: 'retry' }, now })
}

/** Clocks of SES and of the deliverer differ. */
const SKEW_MS = 60_000

/** Marks the delivery, unless it was sent once more since. */
async function noteInDelivery(tx: Transaction, channels: string[], mail: ReturnedMail): Promise<void> {
  const { delivery, reason, sentAt, at } = mail
  if (delivery === null || channels.length === 0) return
  const isThisAttempt = lte(alertDeliveries.lastAt, new Date(sentAt.getTime() + SKEW_MS))
  await tx
    .update(alertDeliveries)
    .set({ state: 'failed', lastError: reason, lastAt: at })
    .where(
      and(
        eq(alertDeliveries.id, delivery),
        inArray(alertDeliveries.channelId, channels),
        eq(alertDeliveries.state, 'sent'),
        isThisAttempt,
      ),
    )
}
