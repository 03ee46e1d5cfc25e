/** Lets the reader of an e-mail channel unsubscribe by the link of a mail. */
import { eq } from 'drizzle-orm'
import { nameChannel } from '#alerts/channel-rows'
import { type ChannelRow, disableChannel } from '#alerts/outbox'
import { isTokenOf, readToken } from '#alerts/unsubscribe-link'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { alertChannels } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import type { SealDeps } from '#keys/seal'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

interface UnsubscribeDeps extends Pick<SealDeps, 'pepper'> {
  db: Database
  clock: Clock
}

/** Asks no database. @throws AppError UNSUBSCRIBE_LINK_INVALID for a token that Hunter did not sign */
export function requireLink(deps: Pick<SealDeps, 'pepper'>, token: string): string {
  const id = readToken(deps, token)
  if (id === undefined) throw refuseLink()
  return id
}

/**
 * Disables the channel and ends what waits for it. A second time changes nothing.
 * @throws AppError UNSUBSCRIBE_LINK_INVALID, also when the channel is gone or has another address by now
 */
export async function unsubscribeChannel(
  deps: UnsubscribeDeps,
  { token, requestId }: { token: string; requestId: string },
): Promise<void> {
  const id = requireLink(deps, token)
  await runInTransaction(deps.db, async (tx) => {
    const [row] = await tx.select().from(alertChannels).where(eq(alertChannels.id, id)).for('no key update')
    if (!row || !isTokenOf(deps, row, token)) throw refuseLink()
    if (isUnsubscribed(row)) return
    const unsubscribedAt = deps.clock.now()
    await disableChannel(tx, { id, reason: explain(unsubscribedAt) })
    await tx.update(alertChannels).set({ unsubscribedAt }).where(eq(alertChannels.id, id))
    const action = 'alert_channel.unsubscribed'
    await recordAudit(tx, { actor: 'unsubscribe-link', action, object: nameChannel(id), requestId })
  })
}

function explain(at: Date): string {
  return `Unsubscribed by its reader at ${at.toISOString()}.`
}

/** A person may have switched the channel on since, and off for another reason. */
function isUnsubscribed({ state, stateReason, unsubscribedAt }: ChannelRow): boolean {
  return state === 'disabled' && unsubscribedAt !== null && stateReason === explain(unsubscribedAt)
}

function refuseLink(): AppError {
  return new AppError('UNSUBSCRIBE_LINK_INVALID', 'the link names no address that Hunter sends to')
}
