/** Owns the operations on a series of backups: run, check, drill, reconcile, report. This file runs a whole backup. */
import type { BackupId } from '#backups/format/backup-id'
import { type CollectedConfig, omitConfig, writeConfig } from '#backups/config/collect'
import { dumpDatabase, type DumpDeps, type DumpInput } from '#backups/dump/dump'
import type { Manifest } from '#backups/format/manifest'
import { recordRun, type RunHost } from '#backups/operations/run-record'

export interface RunBackupDeps extends DumpDeps {
  /** Absent when the database is not an Aurora cluster. */
  startSnapshot?: ((id: BackupId) => Promise<string>) | undefined
  /** Reads the settings to store beside the data. Absent when there are none. */
  collectConfig?: (() => Promise<CollectedConfig>) | undefined
  /** Reads the database's schema revision. Runs after the run's record is written. */
  readRevision?: (() => Promise<string | undefined>) | undefined
  /** Requests a proof from another worker. Absent when there is none. */
  requestProof?: ((id: BackupId) => Promise<void>) | undefined
}

export interface RunBackupInput extends DumpInput {
  /** Host of the run, for its record. */
  at: RunHost
}

interface BackupRun {
  manifest: Manifest
  snapshot: string | undefined
}

/**
 * Runs a whole backup: the cluster's snapshot, the settings, the dump, and the request for a proof. A failed snapshot
 * or unreadable settings do not stop the dump, but the run fails, and its record says why. @throws AppError the errors
 * of `dumpDatabase`, `startSnapshot` and `collectConfig`
 */
export async function runBackup(deps: RunBackupDeps, { at, ...input }: RunBackupInput): Promise<BackupRun> {
  return recordRun(deps, { ...input, ...at }, async () => {
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
  return writeConfig({ store }, { source, id }, await config.catch(omitConfig))
}

async function dumpAndRequestProof(deps: RunBackupDeps, input: DumpInput): Promise<Manifest> {
  const manifest = await dumpDatabase(deps, input)
  await deps.requestProof?.(input.id)
  return manifest
}
