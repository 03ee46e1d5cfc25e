import { type BackupId, getBackupTime } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Drill } from '#backups/operations/drill-report'
import { BACKUP_OBJECTIVES } from '#backups/operations/objectives'
import { getBackupKind } from '#backups/format/manifest'
import { CLOCK_SKEW_MS_MAX, isFromFuture } from '#backups/store/series-order'

export interface BackupHealth {
  newestVerified: BackupId | undefined
  /** Hours since the newest verified backup began; undefined when there is none. Never negative. */
  ageHours: number | undefined
  /**
   * Days since the last successful drill or, before the first one, since the oldest backup; undefined without either.
   */
  drillAgeDays: number | undefined
  /** Backups with a time in the future: a wrong clock made them, and no figure counts them. */
  fromFuture: BackupId[]
  isHealthy: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Reports the state of the data's backups. Settings that are backed up alone do not count. */
export function computeBackupHealth(
  entries: readonly BackupEntry[],
  drills: readonly Drill[],
  now: Date,
): BackupHealth {
  const data = entries.filter(isData)
  const present = data.filter(({ id }) => !isFromFuture(id, now))
  const newest = findNewestVerified(data, now)
  const age = (since: Date) => Math.max(0, now.getTime() - since.getTime())
  const ageHours = newest && age(computeMadeBefore(newest)) / HOUR_MS
  const lastDrill = drills
    .filter(({ passed, backupId }) => passed && !isFromFuture(backupId, now))
    .map(({ startedAt }) => startedAt)
    .filter((startedAt) => Date.parse(startedAt) - now.getTime() <= CLOCK_SKEW_MS_MAX)
    .sort()
    .at(-1)
  const oldest = present.map(({ id }) => id).sort()[0]
  const waitingSince = lastDrill ? new Date(lastDrill) : oldest && getBackupTime(oldest)
  return {
    newestVerified: newest?.id,
    ageHours,
    drillAgeDays: waitingSince && age(waitingSince) / DAY_MS,
    fromFuture: data.map(({ id }) => id).filter((id) => isFromFuture(id, now)),
    isHealthy: ageHours !== undefined && ageHours <= BACKUP_OBJECTIVES.newestVerifiedHoursMax,
  }
}

/** Returns the backup that determines the data's age. Excludes safety backups, which may be of any database. */
export function findNewestVerified<Entry extends BackupEntry>(entries: readonly Entry[], now: Date): Entry | undefined {
  const verified = entries.filter(
    (entry) => entry.state === 'verified' && !isFromFuture(entry.id, now) && !(entry.readable && entry.manifest.pinned),
  )
  return verified.sort((a, b) => computeMadeBefore(b).getTime() - computeMadeBefore(a).getTime())[0]
}

/**
 * Returns when the backup began. When its time is later than the store's time of the manifest, the store's time
 * applies.
 */
export function computeMadeBefore({ id, modifiedAt }: Pick<BackupEntry, 'id' | 'modifiedAt'>): Date {
  const stamp = getBackupTime(id)
  return modifiedAt && modifiedAt < stamp ? modifiedAt : stamp
}

function isData(entry: BackupEntry): boolean {
  return !entry.readable || getBackupKind(entry.manifest) !== 'config'
}
