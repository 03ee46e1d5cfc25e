import { getBackupTime } from '#backups/format/backup-id'
import type { BackupEntry, BackupRef } from '#backups/store/catalog'
import { RETENTION } from '#backups/format/retention-tiers'

export interface DamagedBackup extends BackupRef {
  reason: string
}

const DAY_MS = 86_400_000

/**
 * Finds damage that no lifecycle explains. S3 expires a backup's objects one by one: once the shortest tier's days are
 * over, one object may disappear a day before the others.
 */
export function findDamaged(source: string, entries: readonly BackupEntry[], now: Date): DamagedBackup[] {
  return entries.flatMap((entry) => {
    if (entry.readable) return []
    const mayExpire = now.getTime() - getBackupTime(entry.id).getTime() >= RETENTION[0].days * DAY_MS
    if (entry.damage?.what === 'gone' && mayExpire) return []
    return [{ source, id: entry.id, reason: entry.reason }]
  })
}
