import type { BackupId } from '#backups/backup-id'

/** A snapshot of the whole database server, as AWS keeps it. Who made it and for which backup is in its tags. */
export interface Snapshot {
  identifier: string
  /** As RDS says it: `creating`, `available`, `failed` and some rarer ones. */
  status: string
  tags: Record<string, string>
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
  const identifier = `${of.source}-${of.id.toLowerCase()}`
  await snapshots.start(identifier, { [SOURCE_TAG]: of.source, [BACKUP_TAG]: of.id })
  return identifier
}
