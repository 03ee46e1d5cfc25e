import type { BackupId } from '#backups/format/backup-id'

/** A snapshot of the whole database server, as AWS keeps it. Who made it and for which backup is in its tags. */
export interface Snapshot {
  identifier: string
  /** As RDS says it: `creating`, `available`, `failed` and some rarer ones. */
  status: string
  tags: Record<string, string>
  /** By the service's clock; absent while it has not begun. */
  createdAt?: Date | undefined
}

/** The manual snapshots of one Aurora cluster or RDS instance. Every method throws AppError SNAPSHOT_FAILED. */
export interface Snapshots {
  /** Asks for one and doesn't wait: it takes minutes. */
  start(identifier: string, tags: Snapshot['tags']): Promise<void>
  list(): Promise<Snapshot[]>
  /** Does nothing when it is gone already. */
  remove(identifier: string): Promise<void>
}

export const SOURCE_TAG = 'hunter:source'
export const BACKUP_TAG = 'hunter:backup'

/** Returns the snapshot's identifier. The reconciler sees to what becomes of it. @throws AppError SNAPSHOT_FAILED */
export async function startSnapshot(snapshots: Snapshots, of: { source: string; id: BackupId }): Promise<string> {
  const identifier = snapshotName(of.source, of.id)
  await snapshots.start(identifier, { [SOURCE_TAG]: of.source, [BACKUP_TAG]: of.id })
  return identifier
}

/** RDS takes 63 letters, digits and single dashes, of which the first is a letter. The tags hold the whole name. */
function snapshotName(source: string, id: BackupId): string {
  const words = source.split('-').filter(Boolean).join('-')
  const name = /^[a-z]/.test(words) ? words : `db-${words}`
  return `${name.slice(0, 38).replace(/-$/, '')}-${id.toLowerCase()}`
}
