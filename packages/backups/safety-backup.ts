import type { Clock } from '#platform/clock'
import type { BackupId } from '#backups/backup-id'
import { checkLayout, checkRows } from '#backups/check-dump'
import { dumpDatabase } from '#backups/dump'
import type { ObjectStore } from '#backups/object-store'
import { checkObject } from '#backups/read-object'

export interface SafetyBackup {
  id: BackupId
  toolVersion: string
  /** Asked of the live database, once it is known to be there. */
  readRevision?: ((databaseUrl: string) => Promise<string | undefined>) | undefined
}

/**
 * Backs the live database up before it is replaced, as a backup like any other that retention keeps until somebody takes
 * the pin away. It is read back: every row must be there as its fingerprint says.
 * @throws AppError as `dumpDatabase`, or BACKUP_DAMAGED
 */
export async function takeSafetyBackup(
  { store, clock }: { store: ObjectStore; clock: Clock },
  input: SafetyBackup & { source: string; databaseUrl: string; before: BackupId },
): Promise<BackupId> {
  const { before, readRevision, ...dump } = input
  const manifest = await dumpDatabase(
    { store, clock },
    {
      ...dump,
      migrationRevision: await readRevision?.(dump.databaseUrl),
      pinned: `taken before ${before} was restored`,
    },
  )
  await checkObject(store, manifest.object)
  checkLayout(manifest)
  await checkRows(store, manifest)
  return manifest.id
}
