/**
 * Decides which backups live on and for how long. Nothing here acts: a decision is a tag that an object should have, and
 * the bucket's own lifecycle removes what is tagged once its days are over.
 */
import type { BackupId } from '#backups/format/backup-id'
import { calendarIn } from '#backups/retention/calendar'
import { keepReasons, type KeepRules } from '#backups/retention/keep-rules'
import { expiryOf, longerTier, type Tier } from '#backups/format/retention-tiers'
import { aheadText, madeTimes, type Numbered, sortNewestFirst } from '#backups/store/series-order'

export interface RetainedObject {
  key: string
  /** The tag that it has. */
  tier: Tier | undefined
}

export interface RetainedBackup extends Numbered {
  /** Settings that were kept alone follow each other, and say nothing of the data. */
  of: 'data' | 'settings'
  /**
   * `incomplete`: objects without a manifest; `empty`: nothing but the record of a run; `unreadable`: a manifest that
   * cannot be read, or objects that are gone or changed.
   */
  state: 'verified' | 'failed' | 'unproven' | 'unreadable' | 'incomplete' | 'empty'
  objects: RetainedObject[]
  /** When the newest object of its folder was stored, by the store's clock. */
  modifiedAt?: Date | undefined
  /** Why it is kept whatever its age, as its manifest says. It is beside the calendar, and never the last good one. */
  pinned?: Pin | undefined
}

export interface Pin {
  reason: string
  /** The pin ends after it, once a newer backup is verified; without it, never. */
  until?: Date | undefined
}

export interface RetentionDecision {
  id: BackupId
  state: RetainedBackup['state']
  /** `remove`: its days are over, and the bucket's next lifecycle run takes it. */
  action: 'keep' | 'tag' | 'untag' | 'remove'
  /** What every object of the backup shall be tagged; undefined: no tag, so that it never expires. */
  tier: Tier | undefined
  reason: string
  expiresAt: Date | undefined
  /** Keys of the objects that do not have that tag yet. */
  changes: string[]
}

export interface RetentionInput {
  now: Date
  /** IANA name: months and weeks are those of its calendar. */
  timezone: string
  /** A person's own rules for the verified backups, where no lifecycle removes; without them, the tiers'. */
  keep?: KeepRules | undefined
}

/** A dump whose manifest was never written is garbage after this time: no backup takes as long. */
const INCOMPLETE_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * Newest first, by their numbers. The first verified backup of a month is monthly, else the first of its week weekly, else daily. None is
 * tagged before a newer one is verified, so that the last good backup never expires; and no tag is ever shortened. A
 * pinned one takes nobody's place: the database that a restore replaced was hardly a good one. One whose id is from the
 * future removes no other, and is kept until somebody looks at it.
 */
export function planRetention(backups: readonly RetainedBackup[], input: RetentionInput): RetentionDecision[] {
  const newestFirst = sortNewestFirst(backups)
  const series = Map.groupBy(newestFirst, (backup) => backup.of)
  const decisions = new Map([...series.values()].flatMap((series) => planSeries(series, input)))
  return newestFirst.map((backup) => decisions.get(backup) as RetentionDecision)
}

function planSeries(newestFirst: RetainedBackup[], { now, timezone, keep }: RetentionInput) {
  const times = madeTimes(newestFirst, now)
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
    return [backup, decisionOf(backup, wish(backup, around), { now, madeAt })] as const
  })
}

/** What holds no backup is garbage whatever its stamp: the store knows how old it is. */
function storedAt({ state, modifiedAt }: RetainedBackup, now: Date): Date | undefined {
  if (state !== 'incomplete' && state !== 'empty') return undefined
  return modifiedAt && modifiedAt <= now ? modifiedAt : undefined
}

function setAside(backup: RetainedBackup, now: Date): RetentionDecision {
  const reason = `${aheadText(backup.id, now)}: it counts for nothing, and stays until you remove it`
  return decisionOf(backup, { tier: undefined, reason }, { now, madeAt: now })
}

interface Wish {
  tier: Tier | undefined
  reason: string
  /** Set by a person's own rules: the days of a tier do not count then. */
  action?: 'keep' | 'remove'
}

interface Surroundings {
  now: Date
  madeAt: Date
  isNewest: boolean
  /** Than the newest verified one; true without any. */
  isNewer: boolean
  rank: Wish | undefined
}

function wish(backup: RetainedBackup, { now, madeAt, isNewest, isNewer, rank }: Surroundings): Wish {
  const { state } = backup
  const given = backup.objects.reduce<Tier | undefined>((longest, { tier }) => longerTier(longest, tier), undefined)
  const asTagged = (reason: string): Wish => ({ tier: given, reason })
  const { pinned } = backup
  if (pinned && !isOver(pinned, now)) return { tier: undefined, reason: pinnedText(pinned) }
  if (isNewest) return { tier: undefined, reason: 'the newest verified backup never expires' }
  if (state === 'empty') return emptyWish(madeAt, given, now)
  if (isNewer) return asTagged(`${said(state)}; no newer one is verified`)
  if (state === 'unproven' || state === 'unreadable')
    return asTagged(`${said(state)}; nobody knows whether it is needed`)
  if (state === 'incomplete' && now.getTime() - madeAt.getTime() < INCOMPLETE_AFTER_MS)
    return asTagged('is being written, or was broken off less than a day ago')
  if (pinned) return { tier: given ?? 'daily', reason: `its pin has ended (${pinned.reason}); a newer one is verified` }
  if (!rank) return { tier: given ?? 'daily', reason: `${said(state)}; a newer one is verified` }
  if (rank.action) return rank
  if (longerTier(rank.tier, given) === rank.tier) return rank
  return asTagged(`tagged ${given} before; ${rank.reason}`)
}

/** A record of a failure is no data: it goes when its days are over, whether a newer backup is verified or not. */
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

/** What the calendar makes of each verified backup. */
function rankVerified(
  oldestFirst: RetainedBackup[],
  times: Map<BackupId, Date>,
  timezone: string,
): Map<BackupId, Wish> {
  const dayOf = calendarIn(timezone)
  const seen = new Set<string>()
  const isFirstOf = (period: string) => !seen.has(period) && seen.add(period) !== undefined
  const rank = (id: BackupId): Wish => {
    const { month, week } = dayOf(times.get(id) as Date) // of every one that is ranked
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
  const wishes = [...keepReasons(verified, keep, timezone)].map(([id, reasons]): [BackupId, Wish] => {
    if (reasons.length > 0) return [id, { tier: undefined, reason: reasons.join(', '), action: 'keep' }]
    return [id, { tier: undefined, reason: 'no rule keeps it', action: 'remove' }]
  })
  return new Map(wishes)
}

function decisionOf(
  { id, state, objects }: RetainedBackup,
  { tier, reason, action }: Wish,
  { now, madeAt }: { now: Date; madeAt: Date },
): RetentionDecision {
  const changes = objects.filter((object) => object.tier !== tier).map(({ key }) => key)
  const expiresAt = tier && expiryOf(tier, madeAt)
  const decision = { id, state, tier, reason, expiresAt, changes }
  if (action) return { ...decision, action }
  if (changes.length > 0) return { ...decision, action: tier ? 'tag' : 'untag' }
  return { ...decision, action: expiresAt && expiresAt <= now ? 'remove' : 'keep' }
}
