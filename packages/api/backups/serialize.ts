/** Writes backups as the command's `--json` does, without the parts that only a restore needs. */
import type { CheckRecord } from '#backups/operations/check-record'
import type { DescribedBackup } from '#backups/operations/describe-backup'
import type { UnprovenRun } from '#backups/operations/failed-runs'
import type { TaggedBackup } from '#backups/operations/list-page'
import type { ListedBackup } from '#backups/operations/list-series'
import { type AnyManifest, getBackupKind, type Proof } from '#backups/format/manifest'
import { listTableSizes } from '#backups/format/table-sizes'
import type { BackupRef } from '#backups/store/catalog'
import type { BackupStats } from '#backups/operations/stats'
import type { RetentionDecision } from '#backups/retention/plan'

export function serializeListed(backup: TaggedBackup) {
  const { readable, tier } = backup
  return {
    ...serializeHead(backup),
    tier: tier ?? null,
    manifest: readable ? serializeManifest(backup.manifest) : null,
    proof: readable && backup.proof ? serializeProof(backup.proof) : null,
  }
}

export function serializeDescribed({ listed, backup, retention }: DescribedBackup) {
  const manifest = backup && {
    ...serializeManifest(backup.manifest),
    tables: listTableSizes(backup.manifest),
    settings: serializeSettings(backup.manifest),
  }
  const proof = backup?.proof && {
    ...serializeProof(backup.proof),
    checks: backup.proof.checks.map(({ reason, ...check }) => ({ ...check, reason: reason ?? null })),
  }
  return {
    ...serializeHead(listed),
    manifest: manifest ?? null,
    proof: proof ?? null,
    check: backup?.check ? serializeCheck(backup.check) : null,
    retention: retention ? serializeDecision(retention) : null,
  }
}

/** A backup that was requested and whose run has left nothing in the bucket. */
export function serializeRequested({ id, source }: BackupRef, isOpen: boolean) {
  const state = isOpen ? ('requested' as const) : ('failed' as const)
  const reason = isOpen ? 'its run has not begun yet' : 'its run did not begin in time: request another one'
  const empty = { sequence: null, run: null, notes: { note: null, tags: [] } }
  const unknown = { manifest: null, proof: null, check: null, retention: null }
  return { id, source, readable: false, state, reason, ...empty, ...unknown }
}

function serializeHead({ id, source, readable, state, reason, sequence, run, notes }: ListedBackup) {
  return {
    id,
    source,
    readable,
    state,
    reason: reason ?? null,
    sequence: sequence || null,
    run: run ? serializeRun(run) : null,
    notes: { note: notes?.note ?? null, tags: notes?.tags ?? [] },
  }
}

function serializeRun({ state, startedAt, endedAt, host, code, reason }: UnprovenRun) {
  return { state, startedAt, endedAt: endedAt ?? null, host, code: code ?? null, reason }
}

function serializeManifest(manifest: AnyManifest) {
  const { createdAt, durationMs, toolVersion, pinned, pinnedUntil, object } = manifest
  const { key, versionId, gzipBytes, rawBytes, sha256 } = object
  return {
    kind: getBackupKind(manifest),
    createdAt,
    durationMs,
    toolVersion,
    rows: getBackupKind(manifest) === 'config' ? null : countRows(manifest),
    migrationRevision: ('migrationRevision' in manifest && manifest.migrationRevision) || null,
    serverVersion: 'database' in manifest ? manifest.database.serverVersion : null,
    pinned: pinned ?? null,
    pinnedUntil: pinnedUntil ?? null,
    object: { key, versionId: versionId ?? null, gzipBytes, rawBytes, sha256 },
  }
}

function countRows(manifest: AnyManifest): number {
  return listTableSizes(manifest).reduce((sum, { rows }) => sum + rows, 0)
}

function serializeSettings({ config }: AnyManifest) {
  return { files: config?.files ?? [], warnings: config?.warnings ?? [] }
}

function serializeProof({ level, verified, startedAt, durationMs, restoreMs, restoredInto }: Proof) {
  return { level, verified, startedAt, durationMs, restoreMs: restoreMs ?? null, restoredInto: restoredInto ?? null }
}

function serializeCheck({ checkedAt, passed, reason, bytes, durationMs }: CheckRecord) {
  return { checkedAt, passed, reason: reason ?? null, bytes, durationMs }
}

export function serializePlanned({ source, ...decision }: RetentionDecision & { source: string }) {
  const { id, state, changes } = decision
  return { id, source, state, ...serializeDecision(decision), changes }
}

export function serializeStats(stats: { source: string } & BackupStats) {
  const { lastFailedRun, newest, newestVerified, recovery, ...counts } = stats
  return {
    ...counts,
    proofRate: stats.proofRate ?? null,
    growthBytesPerDay: stats.growthBytesPerDay ?? null,
    proofRestoreMsMedian: stats.proofRestoreMsMedian ?? null,
    lastFailedRun: lastFailedRun ? { ...lastFailedRun, code: lastFailedRun.code ?? null } : null,
    newest: newest ?? null,
    newestVerified: newestVerified ?? null,
    recovery: recovery ?? null,
  }
}

function serializeDecision({ action, tier, reason, expiresAt }: RetentionDecision) {
  return { action, tier: tier ?? null, reason, expiresAt: expiresAt ?? null }
}
