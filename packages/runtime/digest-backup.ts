/** Reads what a digest says about the backups. */
import type { DigestBackup } from '#db/tables'
import { computeBackupHealth } from '#backups/operations/health'
import { BACKUP_OBJECTIVES } from '#backups/operations/objectives'
import { listBackups } from '#backups/store/catalog'
import { createBackupStore } from '#runtime/backups'
import type { ProcessContext } from '#runtime/process-context'
import { findResource } from '#runtime/resources'

const HOUR_MS = 3_600_000

/** null: no bucket is linked. A digest goes out although the bucket cannot be read, and says so. */
export async function readDigestBackup({ settings, clock, log }: ProcessContext): Promise<DigestBackup | null> {
  if (!findResource('Backups')) return null
  try {
    const now = clock.now()
    const entries = await listBackups(createBackupStore(), settings.HUNTER_BACKUP_SOURCE)
    const { newestVerified: id, ageHours } = computeBackupHealth(entries, [], now)
    const at = new Date(now.getTime() - (ageHours ?? 0) * HOUR_MS).toISOString()
    const hoursMax = BACKUP_OBJECTIVES.newestVerifiedHoursMax
    return { state: 'read', newest: id === undefined ? null : { id, at }, hoursMax }
  } catch (error) {
    log.warn('backups_not_read', { error })
    return { state: 'unreadable' }
  }
}
