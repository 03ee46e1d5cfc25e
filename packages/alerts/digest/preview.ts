/** Reads the digest that a channel would get now, and changes nothing. */
import { desc, eq } from 'drizzle-orm'
import { buildDigest, type Digest } from '#alerts/digest/build-digest'
import { findNextDigest } from '#alerts/digest/find-due'
import { type DigestMail, renderDigestMail } from '#alerts/digest/mail'
import { readDigestFacts, readFirstMarks, readMarks } from '#alerts/digest/read-facts'
import { findChannel } from '#alerts/find-channel'
import type { ChannelRow } from '#alerts/outbox'
import type { Queryable } from '#db/client'
import { alertDigests, type DigestBackup } from '#db/tables'
import type { Clock } from '#platform/clock'

interface PreviewDeps {
  db: Queryable
  clock: Clock
  readBackup: () => Promise<DigestBackup | null>
  /** Address of the page, which links lead to; undefined: no links. */
  publicUrl?: string | undefined
}

export interface DigestPreview {
  channel: Pick<ChannelRow, 'id' | 'name' | 'state'>
  /** When the next digest is due; null: the channel gets its alerts at once. */
  dueAt: Date | null
  digest: Digest
  mail: DigestMail
}

/**
 * The period begins where the last digest ended. The first one of a channel begins now: it does not tell what happened
 * before. @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS
 */
export async function previewDigest(
  { db, clock, readBackup, publicUrl }: PreviewDeps,
  name: string,
): Promise<DigestPreview> {
  const channel = await findChannel(db, name)
  const now = clock.now()
  const { from, fromMarks } = await findStart(db, channel, now)
  const facts = await readDigestFacts(db, {
    reader: channel,
    period: { from, to: now, fromMarks, toMarks: await readMarks(db) },
    backup: await readBackup(),
  })
  return {
    channel,
    dueAt: await findDueTime(db, { channel, from, now }),
    digest: buildDigest(facts, { now }),
    mail: renderDigestMail({ facts, now }, { channel, publicUrl }),
  }
}

/** A channel that is disabled, or that no longer has digests, begins from the start when it gets them. */
async function findStart(db: Queryable, { digestHour, digestFrom, digestMarks, state }: ChannelRow, now: Date) {
  const isGoingOn = digestHour !== null && state !== 'disabled'
  return isGoingOn && digestFrom !== null && digestMarks !== null
    ? { from: digestFrom, fromMarks: digestMarks }
    : { from: now, fromMarks: await readFirstMarks(db, now) }
}

/** Days of digests that may still be made: the time zone may have changed since. */
const DAYS_READ = 3

async function findDueTime(
  db: Queryable,
  { channel: { id, digestHour, timezone }, from, now }: { channel: ChannelRow; from: Date; now: Date },
): Promise<Date | null> {
  if (digestHour === null) return null
  const { day } = alertDigests
  const isOfChannel = eq(alertDigests.channelId, id)
  const made = await db.select({ day }).from(alertDigests).where(isOfChannel).orderBy(desc(day)).limit(DAYS_READ)
  return findNextDigest({ digestHour, timezone, from }, { now, made: made.map((digest) => digest.day) }).at
}
