/** Manifests and proofs of backups that were never made, for tests that only read what they say. */
import { type BackupId, timeOf } from '#backups/backup-id'
import { FINGERPRINT_METHOD, type Manifest, type Proof } from '#backups/manifest'
import { keysOf } from '#backups/object-keys'

export function manifestOf(id: BackupId, source = 'hunter'): Manifest {
  return {
    version: 1,
    id,
    source,
    createdAt: timeOf(id).toISOString(),
    durationMs: 1_000,
    toolVersion: '0.0.0',
    database: { name: 'hunter', serverVersion: '18.4', serverMajor: 18, encoding: 'UTF8', extensions: [] },
    object: { key: keysOf(source, id).dump, gzipBytes: 1_000, rawBytes: 5_000, sha256: '0'.repeat(64) },
    fingerprintMethod: FINGERPRINT_METHOD,
    members: [],
  }
}

export function proofOf(id: BackupId): Proof {
  return {
    version: 1,
    backupId: id,
    level: 4,
    verified: true,
    checks: [{ name: 'stream hash', level: 1, passed: true }],
    startedAt: new Date(timeOf(id).getTime() + 300_000).toISOString(),
    durationMs: 2_000,
    restoreMs: 1_500,
    restoredInto: 'PGlite, Postgres 18.3',
    toolVersion: '0.0.0',
  }
}
