/** Finishes interrupted work. Every step is idempotent, and none depends on another's success. */
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import { type BackupRef, listBackups } from '#backups/store/catalog'
import { planChecks } from '#backups/operations/check-plan'
import { type DamagedBackup, findDamaged } from '#backups/operations/damaged'
import { readDrills } from '#backups/operations/drill-report'
import { computeBackupHealth, type BackupHealth } from '#backups/operations/health'
import type { ObjectStore } from '#backups/store/object-store'
import { type AskDeps, requestProofs } from '#backups/proof/request-missing'
import { applyRetention, readRetentionPlan } from '#backups/retention/apply-tags'
import type { Snapshots } from '#backups/snapshots/start'
import { pruneSnapshots, requireSnapshots } from '#backups/snapshots/prune'
import { abortStaleUploads, type OpenUploads } from '#backups/retention/stale-uploads'
import type { TagStore } from '#backups/store/tag-store'

export interface ReconcileDeps {
  store: ObjectStore
  tags: TagStore
  uploads: OpenUploads
  /** Absent when the database has no snapshots. */
  snapshots: Snapshots | undefined
  requestProof: AskDeps['requestProof']
  /** Requests a check that reads a backup's objects and compares their hashes, from a worker that may read them. */
  requestCheck: (ref: BackupRef) => Promise<void>
  clock: Clock
}

export interface ReconcileInput {
  /** Name of the database, whose snapshots and health are meant. */
  source: string
  /** Further source names in the same bucket, such as that of settings that are backed up alone. */
  others: readonly string[]
  /** IANA time zone of the schedule. */
  timezone: string
}

interface ReconcileReport {
  /** Result of each step, in numbers. */
  done: Record<string, Record<string, number>>
  failed: { step: string; error: unknown }[]
  /** Absent when it could not be determined. */
  health?: BackupHealth
  /** Damaged backups of every source; absent when it could not be determined. */
  damaged?: DamagedBackup[]
}

/** Runs every step, even when another fails. Never throws: see `requireReconciled`. */
export async function reconcileBackups(deps: ReconcileDeps, input: ReconcileInput): Promise<ReconcileReport> {
  const report: ReconcileReport = { done: {}, failed: [] }
  for (const [step, run] of Object.entries(STEPS)) {
    try {
      report.done[step] = await run(deps, input)
    } catch (error) {
      report.failed.push({ step, error })
    }
  }
  try {
    report.health = await readHealth(deps, input.source)
  } catch (error) {
    report.failed.push({ step: 'health', error })
  }
  try {
    report.damaged = await eachSource(input, async (source) =>
      findDamaged(source, await listBackups(deps.store, source), deps.clock.now()),
    )
  } catch (error) {
    report.failed.push({ step: 'damage', error })
  }
  return report
}

/** @throws AppError RECONCILE_FAILED that names every failed step; its cause holds their errors */
export function requireReconciled(report: ReconcileReport): ReconcileReport {
  const { failed } = report
  if (failed.length === 0) return report
  const reasons = failed.map(({ step, error }) => `${step}: ${getErrorMessage(error)}`)
  const errors = failed.map(({ error }) => error)
  const cause = errors.length === 1 ? errors[0] : new AggregateError(errors, reasons.join('; '))
  throw new AppError('RECONCILE_FAILED', reasons.join('; '), {
    cause,
    details: { steps: failed.map(({ step }) => step) },
  })
}

async function readHealth(
  { store, clock }: Pick<ReconcileDeps, 'store' | 'clock'>,
  source: string,
): Promise<BackupHealth> {
  return computeBackupHealth(await listBackups(store, source), await readDrills(store, source), clock.now())
}

type Step = (deps: ReconcileDeps, input: ReconcileInput) => Promise<Record<string, number>>

const STEPS: Record<string, Step> = {
  snapshots: async ({ snapshots, clock }, input) => {
    if (!snapshots) return {}
    const plan = await pruneSnapshots(snapshots, input)
    requireSnapshots(plan, clock.now())
    return countBy(plan.map(({ action, status }) => (action === 'remove' ? 'removed' : status)))
  },

  proofs: async ({ store, requestProof, clock }, input) => {
    const plans = await eachSource(input, async (source) => {
      const entries = await listBackups(store, source)
      return requestProofs({ store, requestProof }, { source, entries, now: clock.now() })
    })
    return countBy(plans.map(({ action }) => action))
  },

  checks: async ({ store, requestCheck, clock }, input) => {
    const asked = await eachSource(input, async (source) => {
      const due = planChecks(await listBackups(store, source), clock.now())
      for (const id of due) await requestCheck({ source, id })
      return due
    })
    return { asked: asked.length }
  },

  retention: async (deps, input) => {
    const { timezone } = input
    const changed = await eachSource(input, async (source) => {
      return applyRetention(deps, await readRetentionPlan(deps, { source, timezone, now: deps.clock.now() }))
    })
    return countBy(changed.map(({ tier }) => tier ?? 'untagged'))
  },

  uploads: async ({ uploads, clock }, input) => {
    const now = clock.now()
    return { aborted: (await eachSource(input, (source) => abortStaleUploads(uploads, { source, now }))).length }
  },
}

async function eachSource<T>({ source, others }: ReconcileInput, work: (source: string) => Promise<T[]>): Promise<T[]> {
  const results: T[] = []
  for (const name of [source, ...others]) results.push(...(await work(name)))
  return results
}

function countBy(names: string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]))
}
