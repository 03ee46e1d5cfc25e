import { type BackupId, timeOf } from '#backups/backup-id'
import type { BackupEntry } from '#backups/catalog'
import type { Drill } from '#backups/drill-report'
import { BACKUP_GOALS } from '#backups/goals'
import { kindOf } from '#backups/manifest'

export interface BackupHealth {
  newestVerified: BackupId | undefined
  /** Since the newest verified backup began; undefined when there is none. */
  ageHours: number | undefined
  /** Since the last drill that succeeded or, before the first, since the oldest backup; undefined without either. */
  drillAgeDays: number | undefined
  isHealthy: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How the backups of the data stand. Settings that were kept alone make nothing healthy. */
export function backupHealth(entries: readonly BackupEntry[], drills: readonly Drill[], now: Date): BackupHealth {
  const ids = entries
    .filter(isData)
    .map(({ id }) => id)
    .sort()
  const verified = new Set(entries.filter(({ state }) => state === 'verified').map(({ id }) => id))
  const newestVerified = ids.findLast((id) => verified.has(id))
  const age = (since: Date) => Math.max(0, now.getTime() - since.getTime())
  const ageHours = newestVerified && age(timeOf(newestVerified)) / HOUR_MS
  const lastDrill = drills
    .filter(({ passed }) => passed)
    .map(({ startedAt }) => startedAt)
    .sort()
    .at(-1)
  const waitingSince = lastDrill ? new Date(lastDrill) : ids[0] && timeOf(ids[0])
  return {
    newestVerified,
    ageHours,
    drillAgeDays: waitingSince && age(waitingSince) / DAY_MS,
    isHealthy: ageHours !== undefined && ageHours <= BACKUP_GOALS.newestVerifiedHoursMax,
  }
}

function isData(entry: BackupEntry): boolean {
  return !entry.readable || kindOf(entry.manifest) !== 'config'
}
