/** Notes a mail that came back in each channel of its address. EventBridge may bring an event twice, and late. */
import { and, eq, inArray, lte } from 'drizzle-orm'
import { hashAddress } from '#alerts/channel-secrets'
import { type ChannelRow, disableChannel, lockOfAddress, noteFailing } from '#alerts/outbox'
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
  const addressHash = hashMailAddress(deps, mail.address)
  const channels = await runInTransaction(db, async (tx) => {
    const rows = await lockOfAddress(tx, addressHash)
    for (const row of rows) await noteInChannel(tx, row, mail)
    const ids = rows.map(({ id }) => id)
    await noteInDeliveries(tx, ids, mail)
    return ids
  })
  log.warn('alert_mail_returned', { kind: mail.kind, reason: mail.reason, channels, deliveries: mail.deliveries })
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

/** Marks what the mail carried, unless it was sent once more since. */
async function noteInDeliveries(tx: Transaction, channels: string[], mail: ReturnedMail): Promise<void> {
  const { deliveries, reason, sentAt, at } = mail
  const { id, channelId, state, lastAt } = alertDeliveries
  const isThisAttempt = lte(lastAt, new Date(sentAt.getTime() + SKEW_MS))
  await tx
    .update(alertDeliveries)
    .set({ state: 'failed', lastError: reason, lastAt: at })
    .where(and(inArray(id, deliveries), inArray(channelId, channels), eq(state, 'sent'), isThisAttempt))
}
