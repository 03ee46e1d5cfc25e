/** Writes the outbox of alerts. `packages/alerts` sends what it holds. */
import { asc } from 'drizzle-orm'
import { alertChannels, alertDeliveries } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { planDeliveries, type RaisedAlert } from '#leads/alerts/plan-deliveries'

/** Call it in the transaction that stores the alerts: a channel then misses no alert and gets none that was rolled back. */
export async function queueDeliveries(tx: Transaction, raised: readonly RaisedAlert[]): Promise<void> {
  const { id, state, types, segments, priorityMax, digestHour, digestFrom } = alertChannels
  const channels = await tx
    .select({ id, state, types, segments, priorityMax, digestHour, digestFrom })
    .from(alertChannels)
    .orderBy(asc(id))
    .for('key share') // the deletion of a channel waits, so that it cannot fail the scan
  const planned = planDeliveries(channels, raised)
  for (let from = 0; from < planned.length; from += ROWS_MAX)
    await tx.insert(alertDeliveries).values(planned.slice(from, from + ROWS_MAX))
}

/** A statement has room for 65,535 values. */
const ROWS_MAX = 5_000
