import { type BackupId, timeOf } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Drill } from '#backups/operations/drill-report'
import { BACKUP_GOALS } from '#backups/operations/goals'
import { kindOf } from '#backups/format/manifest'
import { CLOCK_SKEW_MS_MAX, isFromFuture } from '#backups/store/series-order'

export interface BackupHealth {
  newestVerified: BackupId | undefined
  /** Since the newest verified backup began; undefined when there is none. Never negative. */
  ageHours: number | undefined
  /** Since the last drill that succeeded or, before the first, since the oldest backup; undefined without either. */
  drillAgeDays: number | undefined
  /** Backups that are stamped later than now: made under a wrong clock, and counted nowhere. */
  fromFuture: BackupId[]
  isHealthy: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How the backups of the data stand. Settings that were kept alone make nothing healthy. */
export function backupHealth(entries: readonly BackupEntry[], drills: readonly Drill[], now: Date): BackupHealth {
  const data = entries.filter(isData)
  const present = data.filter(({ id }) => !isFromFuture(id, now))
  const newest = newestVerified(data, now)
  const age = (since: Date) => Math.max(0, now.getTime() - since.getTime())
  const ageHours = newest && age(madeBefore(newest)) / HOUR_MS
  const lastDrill = drills
    .filter(({ passed, backupId }) => passed && !isFromFuture(backupId, now))
    .map(({ startedAt }) => startedAt)
    .filter((startedAt) => Date.parse(startedAt) - now.getTime() <= CLOCK_SKEW_MS_MAX)
    .sort()
    .at(-1)
  const oldest = present.map(({ id }) => id).sort()[0]
  const waitingSince = lastDrill ? new Date(lastDrill) : oldest && timeOf(oldest)
  return {
    newestVerified: newest?.id,
    ageHours,
    drillAgeDays: waitingSince && age(waitingSince) / DAY_MS,
    fromFuture: data.map(({ id }) => id).filter((id) => isFromFuture(id, now)),
    isHealthy: ageHours !== undefined && ageHours <= BACKUP_GOALS.newestVerifiedHoursMax,
  }
}

/** The one that says how old the data would be. What a restore took for safety may be of any database. */
export function newestVerified<Entry extends BackupEntry>(entries: readonly Entry[], now: Date): Entry | undefined {
  const verified = entries.filter(
    (entry) => entry.state === 'verified' && !isFromFuture(entry.id, now) && !(entry.readable && entry.manifest.pinned),
  )
  return verified.sort((a, b) => madeBefore(b).getTime() - madeBefore(a).getTime())[0]
}

/** A stamp that is later than the store took the manifest is wrong by as much at least. */
export function madeBefore({ id, modifiedAt }: Pick<BackupEntry, 'id' | 'modifiedAt'>): Date {
  const stamp = timeOf(id)
  return modifiedAt && modifiedAt < stamp ? modifiedAt : stamp
}

function isData(entry: BackupEntry): boolean {
  return !entry.readable || kindOf(entry.manifest) !== 'config'
}
