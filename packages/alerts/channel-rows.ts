/**
 * Rows of channels, for what creates, tests, edits and deletes them. All code locks in one order, so that none waits for
 * another in a circle: the turn of editors, queues by hash, channels by id, digests, deliveries. A queue is locked without
 * its key, because a change of its channels refers to it.
 */
import { and, asc, eq, inArray, notExists, sql } from 'drizzle-orm'
import { refuseChannel } from '#alerts/find-channel'
import type { ChannelRow } from '#alerts/outbox'
import { alertChannels, alertQueues } from '#db/tables'
import type { Transaction } from '#db/transaction'

export interface By {
  actor: string
  requestId?: string | undefined
}

export interface ToChannel extends By {
  /** Its id or its name. */
  channel: string
}

/** Everything about a channel except its address and secrets. */
export type ChannelInfo = Omit<
  ChannelRow,
  | 'address'
  | 'addressHash'
  | 'addressHint'
  | 'secret'
  | 'previousSecret'
  | 'previousUntil'
  | 'digestFrom'
  | 'digestMarks'
  | 'lastFailedAt'
  | 'unsubscribedAt'
  | 'confirmedAt'
  | 'lastBouncedAt'
> & { address: string }

/**
 * Waits for others who create, move or delete channels, and keeps them waiting: meanwhile no channel gets another address,
 * and two creations are not both the last that there is room for.
 */
export async function takeTurn(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('hunter alert channels', 0))`)
}

/** Returns the rows by id. */
export async function lockChannels(tx: Transaction, ids: string[]): Promise<Map<string, ChannelRow>> {
  const { id } = alertChannels
  const rows = await tx.select().from(alertChannels).where(inArray(id, ids)).orderBy(asc(id)).for('no key update')
  return new Map(rows.map((row) => [row.id, row]))
}

export async function lockChannel(tx: Transaction, id: string): Promise<ChannelRow> {
  const [row] = await tx.select().from(alertChannels).where(eq(alertChannels.id, id)).for('no key update')
  if (!row) throw refuseChannel(id)
  return row
}

export async function updateChannel(tx: Transaction, id: string, change: Partial<ChannelRow>): Promise<ChannelInfo> {
  const [row] = await tx.update(alertChannels).set(change).where(eq(alertChannels.id, id)).returning()
  if (!row) throw refuseChannel(id)
  return toInfo(row)
}

/** Also locks a queue that is there, so that no deletion of another channel takes it away. */
export async function keepQueue(tx: Transaction, addressHash: Buffer, nextAt: Date): Promise<void> {
  await tx
    .insert(alertQueues)
    .values({ addressHash, nextAt })
    .onConflictDoUpdate({ target: alertQueues.addressHash, set: { failures: sql`${alertQueues.failures}` } })
}

/** Deletes the queue of an address that no channel has any more. */
export async function dropQueue(tx: Transaction, addressHash: Buffer): Promise<void> {
  const others = tx.select().from(alertChannels).where(eq(alertChannels.addressHash, addressHash))
  await tx.delete(alertQueues).where(and(eq(alertQueues.addressHash, addressHash), notExists(others)))
}

export function nameChannel(id: string): string {
  return `alert_channel:${id}`
}

export function toInfo(row: ChannelRow): ChannelInfo {
  const { id, name, kind, addressHint: address, types, segments, priorityMax, language, digestHour, timezone } = row
  const { state, stateReason, failingSince, createdAt } = row
  const filters = { types, segments, priorityMax, language, digestHour, timezone }
  return { id, name, kind, address, ...filters, state, stateReason, failingSince, createdAt }
}
