/** Builds manifests and proofs of backups that were never made, for tests that only read metadata. */
import { type BackupId, getBackupTime } from '#backups/format/backup-id'
import { hashManifest } from '#backups/proof/judge'
import { type AnyManifest, FINGERPRINT_METHOD, type Manifest, type Proof } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'

const CHECKS = {
  'stream hash': 1,
  structure: 2,
  restored: 3,
  fingerprints: 4,
  'large objects': 4,
  sequences: 4,
  catalog: 4,
  settings: 4,
}

/** A stream with the length that the manifests below declare. */
export const DUMP = Buffer.alloc(1_000)

/** A manifest of an older version: its members have no hashes. */
export function manifestOf(id: BackupId, source = 'hunter'): Manifest {
  return {
    version: 1,
    id,
    source,
    createdAt: getBackupTime(id).toISOString(),
    durationMs: 1_000,
    toolVersion: '0.0.0',
    database: { name: 'hunter', serverVersion: '18.4', serverMajor: 18, encoding: 'UTF8', extensions: [] },
    object: { key: buildBackupKeys(source, id).dump, gzipBytes: DUMP.length, rawBytes: 5_000, sha256: '0'.repeat(64) },
    fingerprintMethod: FINGERPRINT_METHOD,
    members: [],
  }
}

/** A proof of an older version: not bound to its manifest. */
export function proofOf(id: BackupId): Proof {
  return {
    version: 1,
    backupId: id,
    level: 4,
    verified: true,
    checks: Object.entries(CHECKS).map(([name, level]) => ({ name, level, passed: true })),
    startedAt: new Date(getBackupTime(id).getTime() + 300_000).toISOString(),
    durationMs: 2_000,
    restoreMs: 1_500,
    restoredInto: 'PGlite, Postgres 18.3',
    toolVersion: '0.0.0',
  }
}

/** A proof of this manifest; pass `manifest` as it was stored. */
export function boundProofOf(manifest: AnyManifest): Proof {
  const objectSha256 = manifest.object.sha256
  return { ...proofOf(manifest.id), objectSha256, manifestSha256: hashManifest(manifest) }
}
