/** Keeps what readers decided in a database that a backup brought back. */
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { alertChannels } from '#db/tables'

/**
 * Switches off the channels whose readers unsubscribed since the backup, if they have the same address there. Returns how
 * many. Plain SQL, because an older release may have left either database.
 */
export async function reapplyUnsubscriptions({ from, to }: { from: Database; to: Database }): Promise<number> {
  if (!(await hasColumn(from, 'unsubscribed_at')) || !(await hasColumn(to, 'state'))) return 0
  const { id, addressHash, stateReason, unsubscribedAt, state } = alertChannels
  const left = await from
    .select({ id, addressHash, stateReason, unsubscribedAt })
    .from(alertChannels)
    .where(and(isNotNull(unsubscribedAt), eq(state, 'disabled')))
  const keepsTime = await hasColumn(to, 'unsubscribed_at')
  let count = 0
  for (const channel of left) {
    const at = channel.unsubscribedAt!.toISOString()
    const isKnown = keepsTime ? sql`c.state = 'disabled' and c.unsubscribed_at = ${at}` : sql`c.state = 'disabled'`
    const { rows } = await to.execute(sql`
      with switched_off as (
        update alert_channels c
           set state = 'disabled', state_reason = ${channel.stateReason}, failing_since = null
               ${keepsTime ? sql`, unsubscribed_at = ${at}` : sql``}
         where c.id = ${channel.id} and c.address_hash = ${channel.addressHash} and (${isKnown}) is not true
        returning c.id),
      ended as (
        update alert_deliveries set state = 'failed', last_error = ${channel.stateReason}
         where channel_id in (select id from switched_off) and state = 'waiting')
      select id from switched_off`)
    count += rows.length
  }
  return count
}

async function hasColumn(db: Database, name: string): Promise<boolean> {
  const { rowCount } = await db.execute(
    sql`select from pg_attribute where attrelid = to_regclass('public.alert_channels') and attname = ${name} and not attisdropped`,
  )
  return rowCount === 1
}
