/** The digests of a channel and how their delivery ended. */
import { desc, eq } from 'drizzle-orm'
import { findChannel } from '#alerts/find-channel'
import type { Queryable } from '#db/client'
import { alertDeliveries, alertDigests } from '#db/tables'

export interface LoggedDigest {
  /** Id of its delivery; null: it had nothing to say, or it is not in the outbox yet. */
  delivery: string | null
  day: string
  state: 'open' | 'empty' | 'waiting' | 'sent' | 'failed'
  attempts: number
  lastAt: Date | null
  lastStatus: number | null
  lastError: string | null
}

/** Newest day first. @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS */
export async function listDigests(
  db: Queryable,
  { channel, limit }: { channel: string; limit: number },
): Promise<LoggedDigest[]> {
  const { id: channelId } = await findChannel(db, channel)
  const { id: delivery, state, attempts, lastAt, lastStatus, lastError } = alertDeliveries
  const rows = await db
    .select({
      day: alertDigests.day,
      made: alertDigests.state,
      delivery,
      state,
      attempts,
      lastAt,
      lastStatus,
      lastError,
    })
    .from(alertDigests)
    .leftJoin(alertDeliveries, eq(alertDeliveries.digestId, alertDigests.id))
    .where(eq(alertDigests.channelId, channelId))
    .orderBy(desc(alertDigests.day))
    .limit(limit)
  return rows.map(({ made, state, attempts, ...row }) => ({
    ...row,
    state: state ?? (made === 'open' ? 'open' : 'empty'),
    attempts: attempts ?? 0,
  }))
}
