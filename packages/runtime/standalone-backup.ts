import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { ObjectStore } from '#backups/store/object-store'
import type { Remover } from '#backups/retention/remover'
import { type Clock, systemClock } from '#platform/clock'
import { readBackupConfig } from '#runtime/backup-config'
import { openStore } from '#runtime/open-store'
import { readProofLimit } from '#runtime/proof-limit'
import { readSettings } from '#runtime/settings'

/** Everything that backups need without a stack: none of its settings, none of its resources. */
export interface Standalone {
  store: ObjectStore
  remover: Remover
  /** The place of the backups as a person would write it. */
  place: string
  clock: Clock
  tempDir: string
  configKey: string | undefined
  /** Server for proofs that do not fit the embedded Postgres. */
  scratchUrl: string | undefined
  /** How long a proof may take; undefined: the backup's size decides. */
  limitMs: number | undefined
  /** Time zone of the months and weeks that retention counts. */
  timezone: string
  newId: () => BackupId
}

/** @throws AppError USAGE, STORAGE_UNAVAILABLE, or SETTING_INVALID for the key */
export async function openStandalone(
  at: string,
  env: Record<string, string | undefined>,
  use: 'read' | 'write',
): Promise<Standalone> {
  const settings = readSettings(env)
  const { store, name, remover } = await openStore(at, env, use)
  return {
    store,
    remover,
    place: name,
    clock: systemClock,
    tempDir: tmpdir(),
    configKey: readBackupConfig(env, []).passphrase,
    scratchUrl: settings.HUNTER_PROOF_SCRATCH_URL,
    limitMs: readProofLimit(settings),
    timezone: settings.HUNTER_BACKUP_TIMEZONE,
    newId: () => createBackupId(systemClock.now(), randomBytes(3).toString('hex')),
  }
}
