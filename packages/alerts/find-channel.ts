/** Finds the channel that a person or a program means. */
import { eq } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { ChannelRow } from '#alerts/outbox'
import type { Queryable } from '#db/client'
import { alertChannels } from '#db/tables'
import { AppError } from '#platform/errors'

/** `channel` is an id or a name. @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS for a name that several have */
export async function findChannel(db: Queryable, channel: string): Promise<ChannelRow> {
  const isId = z.safeParse(z.uuid(), channel).success
  const isSame = isId ? eq(alertChannels.id, channel) : eq(alertChannels.name, channel.replaceAll('\0', '').trim())
  const [row, ...others] = await db.select().from(alertChannels).where(isSame)
  if (!row) throw refuseChannel(channel)
  if (others.length === 0) return row
  const ids = [row, ...others].map(({ id }) => id).sort()
  const message = `${ids.length} channels have the name ${row.name}: ${ids.join(', ')}`
  throw new AppError('CHANNEL_AMBIGUOUS', message, { details: { ids } })
}

export function refuseChannel(channel: string): AppError {
  return new AppError('CHANNEL_NOT_FOUND', `there is no channel ${channel.slice(0, 100)}`)
}
