/**
 * Owns the retention plan: decides how long each backup lives. It changes nothing: a decision is a tag that an object
 * should have, and the bucket's lifecycle removes a tagged object after its tier's days.
 */
import type { BackupId } from '#backups/format/backup-id'
import { createCalendar } from '#backups/retention/calendar'
import { findKeepReasons, type KeepRules } from '#backups/retention/keep-rules'
import { computeExpiry, chooseLongerTier, type Tier } from '#backups/format/retention-tiers'
import { formatAhead, computeMadeTimes, type Numbered, sortNewestFirst } from '#backups/store/series-order'

export interface RetainedObject {
  key: string
  /** Current tag. */
  tier: Tier | undefined
}

export interface RetainedBackup extends Numbered {
  /** Settings that are backed up alone form their own sequence and do not count as data. */
  of: 'data' | 'settings'
  /**
   * `incomplete`: objects without a manifest; `empty`: only the record of a run; `unreadable`: an unreadable manifest,
   * or missing or changed objects.
   */
  state: 'verified' | 'failed' | 'unproven' | 'unreadable' | 'incomplete' | 'empty'
  objects: RetainedObject[]
  /** Storage time of the newest object in its folder, by the store's clock. */
  modifiedAt?: Date | undefined
  /**
   * The manifest's reason to keep it at any age. A pinned backup is outside the calendar, and never the last good one.
   */
  pinned?: Pin | undefined
}

interface Pin {
  reason: string
  /** The pin ends after this time, once a newer backup is verified; absent: it never ends. */
  until?: Date | undefined
}

export interface RetentionDecision {
  id: BackupId
  state: RetainedBackup['state']
  /** `remove`: its days are over, and the bucket's next lifecycle run removes it. */
  action: 'keep' | 'tag' | 'untag' | 'remove'
  /** Tag that every object of the backup should have; undefined: no tag, so that it never expires. */
  tier: Tier | undefined
  reason: string
  expiresAt: Date | undefined
  /** Keys of the objects that lack that tag. */
  changes: string[]
}

export interface RetentionInput {
  now: Date
  /** IANA time zone for months and weeks. */
  timezone: string
  /** A user's keep rules for verified backups, for a store without a lifecycle; absent: the tiers. */
  keep?: KeepRules | undefined
}

/** Age at which a dump without a manifest counts as garbage: no backup takes as long. */
const INCOMPLETE_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * Sorted newest first, by sequence number. The first verified backup of a month is monthly, otherwise the first of its
 * week weekly, otherwise daily. No backup is tagged before a newer one is verified, so the last good backup never
 * expires; and no tag is ever shortened. A pinned backup takes no place in the calendar, since the database that a
 * restore replaced was hardly good. A backup with an id from the future removes no other, and stays until a user
 * decides.
 */
export function planRetention(backups: readonly RetainedBackup[], input: RetentionInput): RetentionDecision[] {
  const newestFirst = sortNewestFirst(backups)
  const series = Map.groupBy(newestFirst, (backup) => backup.of)
  const decisions = new Map([...series.values()].flatMap((series) => planSeries(series, input)))
  return newestFirst.map((backup) => decisions.get(backup) as RetentionDecision)
}

function planSeries(newestFirst: RetainedBackup[], { now, timezone, keep }: RetentionInput) {
  const times = computeMadeTimes(newestFirst, now)
  const regular = newestFirst.filter(({ id, pinned }) => pinned === undefined && times.has(id))
  const newestVerified = regular.find(({ state }) => state === 'verified')
  const isNewer = (backup: RetainedBackup) =>
    newestVerified === undefined || newestFirst.indexOf(backup) < newestFirst.indexOf(newestVerified)
  const ranks = keep ? rankByRules(regular, keep, timezone) : rankVerified(regular.toReversed(), times, timezone)
  return newestFirst.map((backup) => {
    const madeAt = times.get(backup.id) ?? storedAt(backup, now)
    if (madeAt === undefined) return [backup, setAside(backup, now)] as const
    const isNewest = backup === newestVerified
    const around = { now, madeAt, isNewest, isNewer: isNewer(backup), rank: ranks.get(backup.id) }
    return [backup, decide(backup, wish(backup, around), { now, madeAt })] as const
  })
}

/** Garbage is dated by the store's clock, since its id may come from a wrong one. */
function storedAt({ state, modifiedAt }: RetainedBackup, now: Date): Date | undefined {
  if (state !== 'incomplete' && state !== 'empty') return undefined
  return modifiedAt && modifiedAt <= now ? modifiedAt : undefined
}

function setAside(backup: RetainedBackup, now: Date): RetentionDecision {
  const reason = `${formatAhead(backup.id, now)}: retention ignores it, and it stays until you remove it`
  return decide(backup, { tier: undefined, reason }, { now, madeAt: now })
}

interface Wish {
  tier: Tier | undefined
  reason: string
  /** Set by a user's keep rules, which override a tier's days. */
  action?: 'keep' | 'remove'
}

interface Surroundings {
  now: Date
  madeAt: Date
  isNewest: boolean
  /** True when it is newer than the newest verified backup, or when there is none. */
  isNewer: boolean
  rank: Wish | undefined
}

function wish(backup: RetainedBackup, { now, madeAt, isNewest, isNewer, rank }: Surroundings): Wish {
  const { state } = backup
  const given = backup.objects.reduce<Tier | undefined>(
    (longest, { tier }) => chooseLongerTier(longest, tier),
    undefined,
  )
  const asTagged = (reason: string): Wish => ({ tier: given, reason })
  const { pinned } = backup
  if (pinned && !isOver(pinned, now)) return { tier: undefined, reason: pinnedText(pinned) }
  if (isNewest) return { tier: undefined, reason: 'the newest verified backup never expires' }
  if (state === 'empty') return emptyWish(madeAt, given, now)
  if (isNewer) return asTagged(`${said(state)}; no newer one is verified`)
  if (state === 'unproven' || state === 'unreadable')
    return asTagged(`${said(state)}; Hunter cannot tell whether it is needed`)
  if (state === 'incomplete' && now.getTime() - madeAt.getTime() < INCOMPLETE_AFTER_MS)
    return asTagged('is being written, or was interrupted less than a day ago')
  if (pinned) return { tier: given ?? 'daily', reason: `its pin has ended (${pinned.reason}); a newer one is verified` }
  if (!rank) return { tier: given ?? 'daily', reason: `${said(state)}; a newer one is verified` }
  if (rank.action) return rank
  if (chooseLongerTier(rank.tier, given) === rank.tier) return rank
  return asTagged(`tagged ${given} before; ${rank.reason}`)
}

/** The record of a failed run holds no data: it expires after its days, even without a newer verified backup. */
function emptyWish(madeAt: Date, given: Tier | undefined, now: Date): Wish {
  const isYoung = now.getTime() - madeAt.getTime() < INCOMPLETE_AFTER_MS
  if (isYoung) return { tier: given, reason: 'its run has stored nothing yet, or failed less than a day ago' }
  return { tier: given ?? 'daily', reason: 'its run stored nothing; only its record is here' }
}

function isOver({ until }: Pin, now: Date): boolean {
  return until !== undefined && until <= now
}

function pinnedText({ reason, until }: Pin): string {
  return until ? `pinned until ${until.toISOString().slice(0, 10)} at least: ${reason}` : `pinned: ${reason}`
}

const SAID = {
  verified: 'verified',
  failed: 'its proof failed',
  unproven: 'not proven yet',
  unreadable: 'it is damaged',
  incomplete: 'it has no manifest',
  empty: 'it has no data',
} as const satisfies Record<RetainedBackup['state'], string>

const said = (state: RetainedBackup['state']): string => SAID[state]

/** Ranks each verified backup by the calendar. */
function rankVerified(
  oldestFirst: RetainedBackup[],
  times: Map<BackupId, Date>,
  timezone: string,
): Map<BackupId, Wish> {
  const dayOf = createCalendar(timezone)
  const seen = new Set<string>()
  const isFirstOf = (period: string) => !seen.has(period) && seen.add(period) !== undefined
  const rank = (id: BackupId): Wish => {
    const { month, week } = dayOf(times.get(id) as Date) // Present for every ranked backup.
    const [firstOfMonth, firstOfWeek] = [isFirstOf(month), isFirstOf(`week of ${week}`)]
    if (firstOfMonth) return { tier: 'monthly', reason: `the first verified backup of ${month}` }
    if (firstOfWeek) return { tier: 'weekly', reason: `the first verified backup of the week of ${week}` }
    return { tier: 'daily', reason: `a further verified backup of the week of ${week}` }
  }
  const verified = oldestFirst.filter(({ state }) => state === 'verified')
  return new Map(verified.map(({ id }) => [id, rank(id)]))
}

function rankByRules(newestFirst: RetainedBackup[], keep: KeepRules, timezone: string): Map<BackupId, Wish> {
  const verified = newestFirst.filter(({ state }) => state === 'verified').map(({ id }) => id)
  const wishes = [...findKeepReasons(verified, keep, timezone)].map(([id, reasons]): [BackupId, Wish] => {
    if (reasons.length > 0) return [id, { tier: undefined, reason: reasons.join(', '), action: 'keep' }]
    return [id, { tier: undefined, reason: 'no rule keeps it', action: 'remove' }]
  })
  return new Map(wishes)
}

function decide(
  { id, state, objects }: RetainedBackup,
  { tier, reason, action }: Wish,
  { now, madeAt }: { now: Date; madeAt: Date },
): RetentionDecision {
  const changes = objects.filter((object) => object.tier !== tier).map(({ key }) => key)
  const expiresAt = tier && computeExpiry(tier, madeAt)
  const decision = { id, state, tier, reason, expiresAt, changes }
  if (action) return { ...decision, action }
  if (changes.length > 0) return { ...decision, action: tier ? 'tag' : 'untag' }
  return { ...decision, action: expiresAt && expiresAt <= now ? 'remove' : 'keep' }
}
