/** Makes what looks after the backups: the reconciler, the drill, the hand-over of tags, and their metrics. */
import { randomBytes } from 'node:crypto'
import type { DrillDeps, DrillInput } from '#backups/operations/drill'
import { BACKUP_METRICS } from '#backups/operations/metrics'
import { nameConfigSource } from '#backups/format/object-keys'
import type { ReconcileDeps, ReconcileInput } from '#backups/operations/reconcile'
import { createBucketRemover, type Remover } from '#backups/retention/remover'
import { applyRetention, readRetentionPlan, type RetentionDeps } from '#backups/retention/apply-tags'
import type { RetentionDecision } from '#backups/retention/plan'
import { createOpenUploads } from '#backups/retention/stale-uploads'
import { createTagStore } from '#backups/store/tag-store'
import { formatEmfLine, type Metric } from '#platform/metrics/emf'
import { backupStore, requestCheck, requestProof } from '#runtime/backups'
import { type Base, databaseUrl } from '#runtime/process-context'
import { resource } from '#runtime/resources'
import { createS3Clients } from '#runtime/s3-client'
import { databaseSnapshots } from '#runtime/snapshots'
import { VERSION } from '#runtime/version'

export function newReconciliation({ settings, clock }: Base): { deps: ReconcileDeps; input: ReconcileInput } {
  const source = settings.HUNTER_BACKUP_SOURCE
  return {
    deps: {
      ...newRetention(),
      uploads: createOpenUploads({ s3: createS3Clients().s3, bucket: resource('Backups').name }),
      snapshots: databaseSnapshots(settings),
      requestProof,
      requestCheck,
      clock,
    },
    input: { source, others: [nameConfigSource(source)], timezone: settings.HUNTER_BACKUP_TIMEZONE },
  }
}

export function newRetention(): RetentionDeps & Pick<ReconcileDeps, 'store'> {
  return { store: backupStore(), tags: createTagStore({ s3: createS3Clients().s3, bucket: resource('Backups').name }) }
}

/** Sees what is unfinished in the stack's bucket. */
export function stackRemover(): Remover {
  return createBucketRemover({ s3: createS3Clients().s3, bucket: resource('Backups').name, prefix: '' })
}

/** Tags what may expire now that a newer backup is proven. @throws AppError STORAGE_UNAVAILABLE */
export async function handOverTags({ settings, clock }: Base, source: string): Promise<RetentionDecision[]> {
  const deps = newRetention()
  const plan = await readRetentionPlan(deps, { source, now: clock.now(), timezone: settings.HUNTER_BACKUP_TIMEZONE })
  return applyRetention(deps, plan)
}

export function newDrill({ settings, clock }: Base): { deps: DrillDeps; input: DrillInput } {
  return {
    deps: { store: backupStore(), clock, randomHex: () => randomBytes(4).toString('hex') },
    input: {
      source: settings.HUNTER_BACKUP_SOURCE,
      databaseUrl: databaseUrl(settings),
      toolVersion: VERSION,
    },
  }
}

/** On standard output, where the log agent of a function takes them from. */
export function printMetrics({ settings, clock }: Base, metrics: readonly Metric[]): void {
  if (metrics.length === 0) return
  const dimensions = { Stage: resource('App').stage, Source: settings.HUNTER_BACKUP_SOURCE }
  const line = formatEmfLine({ namespace: BACKUP_METRICS.namespace, at: clock.now(), dimensions, metrics })
  process.stdout.write(`${line}\n`)
}
