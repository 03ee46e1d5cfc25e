/**
 * Owns the proof: restores a backup, compares the copy with its source, and judges stored proofs. This file proves one
 * backup.
 */
import type { BackupId } from '#backups/format/backup-id'
import { AppError } from '#platform/errors'
import type { Assertion } from '#backups/proof/assertions'
import { readHashedManifest } from '#backups/store/catalog'
import {
  type AnyManifest,
  type ConfigEntry,
  type Proof,
  PROOF_VERSION,
  type ProofCheck,
} from '#backups/format/manifest'
import { checkConfig } from '#backups/config/read'
import { buildBackupKeys } from '#backups/format/object-keys'
import { areAllPassed, runCheck, type Findings, isVerified, computeLevel } from '#backups/proof/checks'
import { examineDump, type PostgresProofDeps } from '#backups/proof/postgres'
import { computeProofLimitMs, proveInTime, type ProofWatch, watchStore } from '#backups/proof/watch'
import { checkObject } from '#backups/store/read-object'

export interface ProofDeps extends Omit<PostgresProofDeps, 'watch'> {
  /** Deadline of the proof in any state; absent: see `computeProofLimitMs`. */
  limitMs?: number | undefined
  /** Time at which the function that runs it is stopped. */
  deadline?: Date | undefined
  /** Decrypts the settings; without it they are only read. */
  configKey?: string | undefined
}

export interface ProofInput {
  source: string
  id: BackupId
  toolVersion: string
  /** Conditions on the restored copy, in addition to equality with its source. */
  assertions?: Assertion[]
}

/**
 * Proves a backup by restoring it into an embedded Postgres, or on a scratch server when it is too large for that, and
 * stores the proof beside it. A bad backup gives a proof, not an error. A dependency that does not answer, or an
 * environment that is missing or fails, is an error, and the last proof stays. @throws AppError BACKUP_NOT_FOUND,
 * BACKUP_DAMAGED (for a damaged manifest), STORAGE_UNAVAILABLE, DATABASE_UNAVAILABLE, RESTORE_TARGET_IN_USE,
 * PROOF_PLACE_MISSING, PROOF_PLACE_FAILED, PROOF_TIMED_OUT
 */
export async function verifyBackup(deps: ProofDeps, { source, id, toolVersion, ...input }: ProofInput): Promise<Proof> {
  const { manifest, manifestSha256 } = await readHashedManifest(deps.store, { source, id })
  const startedAt = deps.clock.now()
  const { limitMs = computeProofLimitMs(manifest.object.rawBytes) } = deps
  const deadline = earliest(new Date(startedAt.getTime() + limitMs), deps.deadline)
  const { checks, ...restored } = await proveInTime(deps.clock, { what: `backup ${id}`, deadline }, (watch) =>
    examine({ ...deps, store: watchStore(deps.store, watch), watch }, manifest, input.assertions ?? []),
  )
  const level = computeLevel(checks)
  const proof: Proof = {
    version: PROOF_VERSION,
    backupId: id,
    level,
    verified: isVerified(checks),
    checks,
    startedAt: startedAt.toISOString(),
    durationMs: deps.clock.now().getTime() - startedAt.getTime(),
    ...restored,
    ...(level > 0 ? { objectSha256: manifest.object.sha256 } : {}),
    manifestSha256,
    toolVersion,
  }
  await deps.store.putJson(buildBackupKeys(source, id).proof, proof)
  return proof
}

/**
 * Returns the proof if it passed. @throws AppError BACKUP_DAMAGED when the object differs from what was written,
 * otherwise BACKUP_UNPROVEN
 */
export function requireVerified(proof: Proof): Proof {
  if (proof.verified) return proof
  const failed = proof.checks.find(({ passed }) => !passed)
  const code = proof.level < 2 ? 'BACKUP_DAMAGED' : 'BACKUP_UNPROVEN'
  const reason = failed ? `${failed.name}: ${failed.reason}` : 'no check ran'
  throw new AppError(code, `backup ${proof.backupId} is not verified (${reason})`, { details: { level: proof.level } })
}

function earliest(one: Date, other: Date | undefined): Date {
  return other !== undefined && other < one ? other : one
}

type WatchedDeps = ProofDeps & { watch: ProofWatch }

/** Each level builds on the one below; the first failure ends the examination. */
async function examine(deps: WatchedDeps, manifest: AnyManifest, assertions: Assertion[]): Promise<Findings> {
  deps.watch.doing('reading the object for its hash')
  const hash = await runCheck('stream hash', 1, () => checkObject(deps.store, manifest.object))
  if (!areAllPassed([hash])) return { checks: [hash] }
  const { checks, ...restored } = await examineContents(deps, manifest, assertions)
  deps.watch.doing('reading the settings')
  const settings = manifest.config ? [await examineConfig(deps, manifest.config)] : []
  return { checks: [hash, ...checks, ...settings], ...restored }
}

async function examineContents(deps: WatchedDeps, manifest: AnyManifest, assertions: Assertion[]): Promise<Findings> {
  if (manifest.kind === 'config') return { checks: [] }
  if (manifest.kind !== 'sqlite') return examineDump(deps, manifest, assertions)
  const { examineSqlite } = await import('#backups/sqlite/copy')
  return examineSqlite(deps, manifest)
}

/** The hash covers every byte and every file was read, which proves as much as equal fingerprints do for a table. */
async function examineConfig({ store, configKey }: ProofDeps, config: ConfigEntry): Promise<ProofCheck> {
  let remark: string | undefined
  const found = await runCheck('settings', 4, async () => {
    remark = await checkConfig(store, config, configKey)
  })
  return remark === undefined ? found : { ...found, reason: remark }
}
