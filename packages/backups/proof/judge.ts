/** Decides what a stored proof says about its backup. */
import { createHash } from 'node:crypto'
import { type AnyManifest, type BackupKind, getBackupKind, type Proof, type ProofCheck } from '#backups/format/manifest'
import { serializeStoredJson } from '#backups/store/object-store'
import { isVerified, computeLevel } from '#backups/proof/checks'

export type ProofState = 'verified' | 'failed' | 'unproven'

export interface Judgement {
  state: ProofState
  /** Absent when no proof counts. */
  proof: Proof | undefined
  /** Why the proof does not count, or what a proof that counts leaves open. */
  reason?: string
}

/** Returns the SHA-256 of a stored manifest: that of `sha256sum manifest.json`, apart from whitespace. */
export function hashManifest(json: unknown): string {
  return createHash('sha256').update(serializeStoredJson(json)).digest('hex')
}

/**
 * A proof counts for the manifest and the object that it names, as far as its checks support its level. A proof of an
 * older version names neither: it counts for a manifest of that time.
 */
export function judgeProof(
  proof: Proof,
  { manifest, manifestSha256 }: { manifest: AnyManifest; manifestSha256: string },
): Judgement {
  const fault = findFault(proof, manifest)
  if (fault !== undefined) return { state: 'unproven', proof: undefined, reason: `its proof does not count: ${fault}` }
  const state = proof.verified ? 'verified' : 'failed'
  if (proof.manifestSha256 === undefined) {
    return { state, proof, reason: 'an older version made its proof and did not bind it to the manifest' }
  }
  if (proof.manifestSha256 === manifestSha256) return { state, proof }
  return { state: 'unproven', proof: undefined, reason: 'its manifest was changed after its proof' }
}

function findFault(proof: Proof, manifest: AnyManifest): string | undefined {
  const { backupId, checks, level, verified, objectSha256, manifestSha256 } = proof
  if (backupId !== manifest.id) return `it belongs to ${backupId}`
  if (checks.length === 0) return 'it has no checks'
  if (level !== computeLevel(checks))
    return `it claims level ${level}, but its checks prove level ${computeLevel(checks)}`
  if (verified && !isVerified(checks)) return 'it claims verified, but its checks do not'
  const missing = verified ? requiredChecks(manifest).filter((name) => !hasPassed(checks, name)) : []
  if (missing.length > 0) return `it lacks the check ${missing.join(', ')}`
  if (verified && objectSha256 !== undefined && objectSha256 !== manifest.object.sha256)
    return 'it belongs to another object'
  if (manifestSha256 === undefined && bindsProofs(manifest)) return 'it does not name its manifest'
  return undefined
}

function hasPassed(checks: ProofCheck[], name: string): boolean {
  return checks.some((check) => check.name === name && check.passed)
}

/** Checks that a proof needs to count at all. */
const REQUIRED_CHECKS: Record<BackupKind, string[]> = {
  postgres: ['stream hash', 'structure', 'restored', 'fingerprints', 'sequences', 'catalog'],
  sqlite: ['stream hash', 'structure', 'restored', 'fingerprints'],
  config: ['stream hash', 'settings'],
}

function requiredChecks(manifest: AnyManifest): string[] {
  const settings = manifest.config?.object && manifest.kind !== 'config' ? ['settings'] : []
  return [...REQUIRED_CHECKS[getBackupKind(manifest)], ...settings]
}

/** A manifest with a hash of its definitions comes from a version that binds proofs to manifests. */
function bindsProofs(manifest: AnyManifest): boolean {
  return manifest.kind !== 'config' && manifest.definitionsSha256 !== undefined
}
