/** Reads the digest that a channel would get now, and changes nothing. */
import type { DigestFacts } from '#alerts/digest/facts'
import { readDigestFacts, readMarks, readMarksBefore } from '#alerts/digest/read-facts'
import { findChannel } from '#alerts/find-channel'
import type { ChannelRow } from '#alerts/outbox'
import type { Queryable } from '#db/client'
import type { DigestBackup } from '#db/tables'
import type { Clock } from '#platform/clock'

interface PreviewDeps {
  db: Queryable
  clock: Clock
  readBackup: () => Promise<DigestBackup | null>
}

const DAY_MS = 86_400_000

/** A channel that has no digest yet shows the last 24 hours. @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS */
export async function previewDigest(
  { db, clock, readBackup }: PreviewDeps,
  name: string,
): Promise<{ channel: Pick<ChannelRow, 'name' | 'language'>; facts: DigestFacts; now: Date }> {
  const channel = await findChannel(db, name)
  const now = clock.now()
  const from = channel.digestFrom ?? new Date(now.getTime() - DAY_MS)
  const fromMarks = channel.digestMarks ?? (await readMarksBefore(db, from))
  const period = { from, to: now, fromMarks, toMarks: await readMarks(db) }
  const facts = await readDigestFacts(db, {
    reader: { ...channel, id: channel.digestFrom && channel.id },
    period,
    backup: await readBackup(),
  })
  return { channel, facts, now }
}
