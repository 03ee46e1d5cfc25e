import type { BackupId } from '#backups/format/backup-id'
import { type CollectedConfig, withoutConfig, writeConfig } from '#backups/config/collect'
import { dumpDatabase, type DumpDeps, type DumpInput } from '#backups/dump/dump'
import type { Manifest } from '#backups/format/manifest'
import { recordingRun, type RunHost } from '#backups/operations/run-record'

export interface RunBackupDeps extends DumpDeps {
  /** Absent where the database is no Aurora cluster. */
  startSnapshot?: ((id: BackupId) => Promise<string>) | undefined
  /** Reads the settings that are kept beside the data. Absent where none are. */
  collectConfig?: (() => Promise<CollectedConfig>) | undefined
  /** Which schema the database has, asked while the run is on record. */
  readRevision?: (() => Promise<string | undefined>) | undefined
  /** Has the backup proven soon, by somebody else. Absent where nobody would. */
  requestProof?: ((id: BackupId) => Promise<void>) | undefined
}

export interface RunBackupInput extends DumpInput {
  /** Where it runs, for its record. */
  at: RunHost
}

export interface BackupRun {
  manifest: Manifest
  snapshot: string | undefined
}

/**
 * A whole backup: the cluster's snapshot, the settings, the dump, and the request to prove it. A snapshot that didn't
 * start or settings that cannot be read cost no dump, but the run has failed all the same. Its record tells of either.
 * @throws AppError as `dumpDatabase`, `startSnapshot` and `collectConfig`
 */
export async function runBackup(deps: RunBackupDeps, { at, ...input }: RunBackupInput): Promise<BackupRun> {
  return recordingRun(deps, { ...input, ...at }, async () => {
    const migrationRevision = input.migrationRevision ?? (await deps.readRevision?.())
    return runAll(deps, { ...input, migrationRevision })
  })
}

async function runAll(deps: RunBackupDeps, input: DumpInput): Promise<BackupRun> {
  const config = deps.collectConfig?.()
  const [snapshot, dump, settings] = await Promise.allSettled([
    deps.startSnapshot?.(input.id),
    dumpAndRequestProof(deps, { ...input, writeConfig: config && (() => keepConfig(deps, input, config)) }),
    config,
  ])
  if (dump.status === 'rejected') throw dump.reason
  if (snapshot.status === 'rejected') throw snapshot.reason
  if (settings.status === 'rejected') throw settings.reason
  return { manifest: dump.value, snapshot: snapshot.value }
}

async function keepConfig({ store }: DumpDeps, { source, id }: DumpInput, config: Promise<CollectedConfig>) {
  return writeConfig({ store }, { source, id }, await config.catch(withoutConfig))
}

async function dumpAndRequestProof(deps: RunBackupDeps, input: DumpInput): Promise<Manifest> {
  const manifest = await dumpDatabase(deps, input)
  await deps.requestProof?.(input.id)
  return manifest
}
