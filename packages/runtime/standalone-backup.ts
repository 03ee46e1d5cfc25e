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

/** What backups need where no stack is: neither its settings nor its resources. */
export interface Standalone {
  store: ObjectStore
  remover: Remover
  /** Where they are kept, as a person would write it. */
  place: string
  clock: Clock
  tempDir: string
  configKey: string | undefined
  /** Where proofs go that are too large for the embedded Postgres. */
  scratchUrl: string | undefined
  /** How long a proof may take; undefined: by its size. */
  limitMs: number | undefined
  /** Whose months and weeks count. */
  timezone: string
  newId: () => BackupId
}

/** @throws AppError USAGE, STORAGE_UNAVAILABLE, SETTING_INVALID (of the key) */
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
