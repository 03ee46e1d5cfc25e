/** Builds the digest that a channel would get now, and changes nothing. */
import { eq } from 'drizzle-orm'
import * as z from 'zod/mini'
import { buildDigest, type Digest } from '#alerts/digest/build-digest'
import { readDigestFacts, readMarks, readMarksBefore } from '#alerts/digest/read-facts'
import type { ChannelRow } from '#alerts/outbox'
import type { Queryable } from '#db/client'
import { alertChannels, type DigestBackup } from '#db/tables'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

interface PreviewDeps {
  db: Queryable
  clock: Clock
  readBackup: () => Promise<DigestBackup | null>
}

const DAY_MS = 86_400_000

/** A channel that has no digest yet shows the last 24 hours. @throws AppError CHANNEL_NOT_FOUND */
export async function previewDigest(
  { db, clock, readBackup }: PreviewDeps,
  channelId: string,
): Promise<{ channel: Pick<ChannelRow, 'name' | 'language'>; digest: Digest }> {
  const isId = z.safeParse(z.uuid(), channelId).success
  const [channel] = isId ? await db.select().from(alertChannels).where(eq(alertChannels.id, channelId)) : []
  if (!channel) throw new AppError('CHANNEL_NOT_FOUND', `there is no channel ${channelId.slice(0, 100)}`)
  const now = clock.now()
  const from = channel.digestFrom ?? new Date(now.getTime() - DAY_MS)
  const fromMarks = channel.digestMarks ?? (await readMarksBefore(db, from))
  const period = { from, to: now, fromMarks, toMarks: await readMarks(db) }
  const facts = await readDigestFacts(db, { reader: channel, period, backup: await readBackup() })
  return { channel, digest: buildDigest(facts, { now }) }
}
