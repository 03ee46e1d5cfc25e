import type { BackupId } from '#backups/format/backup-id'

/** A snapshot of the whole database server, stored by AWS. Its tags name its maker and its backup. */
export interface Snapshot {
  identifier: string
  /** RDS status: `creating`, `available`, `failed` and some rarer ones. */
  status: string
  tags: Record<string, string>
  /** Creation time by the service's clock; absent before it begins. */
  createdAt?: Date | undefined
}

/** Manual snapshots of one Aurora cluster or RDS instance. Every method throws AppError SNAPSHOT_FAILED. */
export interface Snapshots {
  /** Starts a snapshot without waiting for it: it takes minutes. */
  start(identifier: string, tags: Snapshot['tags']): Promise<void>
  list(): Promise<Snapshot[]>
  /** Ignores a snapshot that is gone. */
  remove(identifier: string): Promise<void>
}

export const SOURCE_TAG = 'hunter:source'
export const BACKUP_TAG = 'hunter:backup'

/** Returns the snapshot's identifier. The reconciler checks its outcome. @throws AppError SNAPSHOT_FAILED */
export async function startSnapshot(snapshots: Snapshots, of: { source: string; id: BackupId }): Promise<string> {
  const identifier = snapshotName(of.source, of.id)
  await snapshots.start(identifier, { [SOURCE_TAG]: of.source, [BACKUP_TAG]: of.id })
  return identifier
}

/** RDS allows 63 letters, digits and single dashes, and requires a letter first. The tags hold the full name. */
function snapshotName(source: string, id: BackupId): string {
  const words = source.split('-').filter(Boolean).join('-')
  const name = /^[a-z]/.test(words) ? words : `db-${words}`
  return `${name.slice(0, 38).replace(/-$/, '')}-${id.toLowerCase()}`
}
