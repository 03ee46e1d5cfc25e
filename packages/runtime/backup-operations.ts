/** Builds the reconciler, the restore drill, the tagging of expirable backups, and their metrics. */
import { randomBytes } from 'node:crypto'
import type { DrillDeps, DrillInput } from '#backups/operations/drill'
import { BACKUP_METRICS } from '#backups/operations/metrics'
import { nameConfigSource } from '#backups/format/object-keys'
import type { ReconcileDeps, ReconcileInput } from '#backups/operations/reconcile'
import { applyRetention, readRetentionPlan, type RetentionDeps } from '#backups/retention/apply-tags'
import type { RetentionDecision } from '#backups/retention/plan'
import { createOpenUploads } from '#backups/retention/stale-uploads'
import { createTagStore } from '#backups/store/tag-store'
import { formatEmfLine, type Metric } from '#platform/metrics/emf'
import { requestCheck, requestProof } from '#runtime/backup-queues'
import { createBackupStore } from '#runtime/backups'
import { type ProcessContext, getDatabaseUrl } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import { createS3Clients } from '#runtime/s3-client'
import { createDatabaseSnapshots } from '#runtime/snapshots'
import { VERSION } from '#runtime/version'

export function prepareReconciliation({ settings, clock }: ProcessContext): {
  deps: ReconcileDeps
  input: ReconcileInput
} {
  const source = settings.HUNTER_BACKUP_SOURCE
  return {
    deps: {
      ...createRetentionDeps(),
      uploads: createOpenUploads({ s3: createS3Clients().s3, bucket: getResource('Backups').name }),
      snapshots: createDatabaseSnapshots(settings),
      requestProof,
      requestCheck,
      clock,
    },
    input: { source, others: [nameConfigSource(source)], timezone: settings.HUNTER_BACKUP_TIMEZONE },
  }
}

export function createRetentionDeps(): RetentionDeps & Pick<ReconcileDeps, 'store'> {
  return {
    store: createBackupStore(),
    tags: createTagStore({ s3: createS3Clients().s3, bucket: getResource('Backups').name }),
  }
}

/** Tags the backups that may expire, now that a newer one is proven. @throws AppError STORAGE_UNAVAILABLE */
export async function tagExpirableBackups(
  { settings, clock }: ProcessContext,
  source: string,
): Promise<RetentionDecision[]> {
  const deps = createRetentionDeps()
  const plan = await readRetentionPlan(deps, { source, now: clock.now(), timezone: settings.HUNTER_BACKUP_TIMEZONE })
  return applyRetention(deps, plan)
}

export function prepareDrill({ settings, clock }: ProcessContext): { deps: DrillDeps; input: DrillInput } {
  return {
    deps: { store: createBackupStore(), clock, randomHex: () => randomBytes(4).toString('hex') },
    input: {
      source: settings.HUNTER_BACKUP_SOURCE,
      databaseUrl: getDatabaseUrl(settings),
      toolVersion: VERSION,
    },
  }
}

/** Prints to standard output, where Lambda's log agent collects metrics. */
export function printMetrics({ settings, clock }: ProcessContext, metrics: readonly Metric[]): void {
  if (metrics.length === 0) return
  const dimensions = { Stage: getResource('App').stage, Source: settings.HUNTER_BACKUP_SOURCE }
  const line = formatEmfLine({ namespace: BACKUP_METRICS.namespace, at: clock.now(), dimensions, metrics })
  process.stdout.write(`${line}\n`)
}
