import type { BackupId } from '#backups/backup-id'
import { dumpDatabase, type DumpDeps, type DumpInput } from '#backups/dump'
import type { Manifest } from '#backups/manifest'

export interface RunBackupDeps extends DumpDeps {
  /** Absent where the database is no Aurora cluster. */
  startSnapshot?: ((id: BackupId) => Promise<string>) | undefined
  /** Has the backup proven soon, by somebody else. Absent where nobody would. */
  requestProof?: ((id: BackupId) => Promise<void>) | undefined
}

export interface BackupRun {
  manifest: Manifest
  snapshot: string | undefined
}

/**
 * A whole backup: the cluster's snapshot, the dump, and the request to prove it. A snapshot that didn't start costs no
 * dump, but the run has failed all the same.
 * @throws AppError as `dumpDatabase` and `startSnapshot`
 */
export async function runBackup(deps: RunBackupDeps, input: DumpInput): Promise<BackupRun> {
  const [snapshot, dump] = await Promise.allSettled([deps.startSnapshot?.(input.id), dumpAndRequestProof(deps, input)])
  if (dump.status === 'rejected') throw dump.reason
  if (snapshot.status === 'rejected') throw snapshot.reason
  return { manifest: dump.value, snapshot: snapshot.value }
}

async function dumpAndRequestProof(deps: RunBackupDeps, input: DumpInput): Promise<Manifest> {
  const manifest = await dumpDatabase(deps, input)
  await deps.requestProof?.(input.id)
  return manifest
}
