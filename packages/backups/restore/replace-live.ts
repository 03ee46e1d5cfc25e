/**
 * Owns the restore: into the live database's place, an empty database, or new tables, and the undo. This file replaces
 * the live database.
 */
import type { Client } from 'pg'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import type { BeforeSwap } from '#backups/restore/before-swap'
import { compareCopy, requireEqual } from '#backups/restore/compare'
import { withRestoreLock, buildDatabaseName, findFreeDatabaseName } from '#backups/postgres/database-names'
import {
  alterDatabaseSql,
  applyWhatFits,
  createDatabaseSql,
  readDefaultProperties,
  fitProperties,
  readProperties,
} from '#backups/postgres/database-properties'
import { restoreRoles } from '#backups/restore/roles'
import { requireRoles } from '#backups/restore/rights'
import { createRunQuery } from '#backups/dump/sequences'
import { dropDatabase } from '#backups/postgres/drop-database'
import { listLacking } from '#backups/dump/incomplete'
import { buildCommentSql, dropLeftovers, buildReplacedComment } from '#backups/restore/replaced-databases'
import { type DatabaseProperties, type Manifest, selectTableMembers } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { explainVersionMismatch } from '#backups/restore/version-mismatch'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { checkObject } from '#backups/store/read-object'
import { explainDamage, readRestorable } from '#backups/restore/restorable'
import { refuseObstacles } from '#backups/restore/obstacles'
import { restoreDump } from '#backups/restore/load-dump'
import { type OnRestore, reportProgress } from '#backups/restore/progress'
import { requestSafetyProof, type SafetyBackup, takeSafetyBackup } from '#backups/restore/safety-backup'
import { requireWhole } from '#backups/dump/scope'
import { requireInTime } from '#backups/operations/series'
import { describeServerError } from '#backups/postgres/server-error'
import { withDatabase } from '#backups/postgres/session'
import { refuseSubscriptionsOfOthers, swapWithSubscriptions } from '#backups/restore/subscriptions'
import { undoOnFailure } from '#platform/async/undo-on-failure'

export interface RestoreDeps {
  store: ObjectStore
  clock: Clock
  /** Called with the progress whenever it changes. */
  onProgress?: OnRestore | undefined
}

export interface RestoreInput {
  source: string
  id: BackupId
  /** URL of the database to replace or, for `restoreInto`, to fill. */
  databaseUrl: string
  /** Creates the backup's roles that the server lacks. The passphrase decrypts their password hashes. */
  roles?: { passphrase?: string | undefined } | undefined
  /** The URL's role owns all objects; rights of missing roles are left out. */
  noOwner?: boolean | undefined
  /** Runs when there is a live database to replace. */
  beforeSwap?: BeforeSwap | undefined
}

export interface RestoreReport {
  id: BackupId
  database: string
  /** Name of the former live database; absent when there was none. */
  keptAs?: string
  /** Backup of the former live database; absent when none was requested or there was no database. */
  safetyBackup?: BackupId
  /** True when its proof was requested. */
  safetyProofAsked?: boolean
  tables: number
  rows: number
  /** Recovery time, from the first step to the last. */
  totalMs: number
  restoreMs: number
  compareMs: number
  safetyMs?: number
  /** Properties of the database that could not be restored. */
  remarks: string[]
}

/** Concurrent sessions that load rows. */
const COPIES_MAX = 3

/**
 * Restores a backup in place of the live database: into a new database beside it, which is compared row by row and only
 * then renamed. The live database serves until then; it is backed up just before the rename and kept under another
 * name. The URL's role must be allowed to create and rename databases. Leftovers of crashed restores are dropped first.
 * @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, DATABASE_UNAVAILABLE, STORAGE_UNAVAILABLE, RESTORE_TARGET_IN_USE
 * when another restore runs, BACKUP_FAILED and CLOCK_SKEWED of the safety backup, or RESTORE_FAILED, all before the
 * rename
 */
export async function restoreBackup(
  deps: RestoreDeps,
  input: RestoreInput & { safetyBackup?: SafetyBackup | undefined },
): Promise<RestoreReport> {
  const startedAt = deps.clock.now().getTime()
  const manifest = await readRestorable(deps.store, input, 'whole')
  requireWhole(manifest)
  return withRestoreLock(input.databaseUrl, async (beside) => {
    const report = await mapRestoreFailure(() => replace({ ...deps, ...beside }, input, manifest))
    const totalMs = deps.clock.now().getTime() - startedAt
    const proof = await proofOfSafety(input, report)
    const remarks = [...report.remarks, ...describeOmittedOwners(input), ...listLacking(manifest), ...proof.remarks]
    return { ...summarizeManifest(manifest), database: beside.live, ...report, ...proof, remarks, totalMs }
  })
}

async function proofOfSafety(
  { source, safetyBackup }: RestoreInput & { safetyBackup?: SafetyBackup | undefined },
  report: Replaced,
): Promise<{ safetyProofAsked?: boolean; remarks: string[] }> {
  if (!safetyBackup || report.safetyBackup === undefined) return { remarks: [] }
  return requestSafetyProof(safetyBackup, { source, id: report.safetyBackup })
}

interface Beside extends RestoreDeps {
  admin: Client
  adminUrl: string
  live: string
}

type Replaced = Omit<RestoreReport, 'id' | 'database' | 'tables' | 'rows' | 'totalMs'>

async function replace(
  { admin, adminUrl, live, ...deps }: Beside,
  input: RestoreInput & { safetyBackup?: SafetyBackup | undefined },
  manifest: Manifest,
): Promise<Replaced> {
  const { databaseUrl, id, source, safetyBackup } = input
  const made = input.roles ? await restoreRoles(adminUrl, manifest, input.roles.passphrase) : []
  if (!input.noOwner) await requireRoles(deps.store, manifest, createRunQuery(admin))
  await refuseSubscriptionsOfOthers(admin, live)
  await refuseObstacles(admin, live)
  // The safety backup comes last: check now what would refuse it, not after an hour.
  if (safetyBackup) await requireInTime(deps.store, { ...safetyBackup, source, id: safetyBackup.newId() })
  await dropLeftovers({ admin, adminUrl }, live)
  const former = await readProperties(admin, live)
  const before = former && (await findFreeDatabaseName(admin, buildDatabaseName(live, 'before', id)))
  const beside = buildDatabaseName(live, 'restore', id)
  const { properties, remarks } = await createBeside(admin, beside, { former, manifest })
  remarks.push(...made)

  const fillAndSwap = async () => {
    const times = await fill(deps, manifest, { ...input, databaseUrl: withDatabase(databaseUrl, beside) })
    if (former) for (const sql of alterDatabaseSql(beside, properties)) await admin.query(sql)
    else remarks.push(...(await applyWhatFits(admin, alterDatabaseSql(beside, properties))))
    const safety = former ? await backUpBefore(deps, input) : {}
    const next = withDatabase(databaseUrl, beside)
    if (former) remarks.push(...((await input.beforeSwap?.({ live: databaseUrl, next })) ?? []))
    const andThen =
      before === undefined
        ? []
        : [buildCommentSql(before, buildReplacedComment(deps.clock.now(), former?.comment ?? null))]
    remarks.push(...(await swapWithSubscriptions({ admin, adminUrl }, { live, beside, before, andThen })))
    return { ...(before === undefined ? {} : { keptAs: before }), ...safety, ...times, remarks }
  }
  const dropBeside = () => dropDatabase({ admin, adminUrl }, beside)
  return undoOnFailure(fillAndSwap, dropBeside, `the database ${beside}`)
}

/**
 * Creates a database with the live one's properties; when that is gone, with those in the backup, as far as the server
 * allows.
 */
async function createBeside(
  admin: Client,
  name: string,
  { former, manifest }: { former: DatabaseProperties | undefined; manifest: Manifest },
): Promise<{ properties: DatabaseProperties; remarks: string[] }> {
  const create = (properties: DatabaseProperties) => admin.query(createDatabaseSql(name, properties))
  const { encoding, properties: recorded } = manifest.database
  if (former ?? !recorded) {
    const properties = former ?? (await readDefaultProperties(admin, encoding))
    await create(properties)
    return { properties, remarks: [] }
  }
  const fit = await fitProperties(admin, recorded)
  try {
    await create(fit.properties)
    return fit
  } catch (error) {
    const { provider, collate, ctype, locale, icuRules } = await readDefaultProperties(admin, encoding)
    const properties = { ...fit.properties, provider, collate, ctype, locale, icuRules }
    await create(properties)
    return {
      properties,
      remarks: [...fit.remarks, `the database has the server's own locale: ${getErrorMessage(error)}`],
    }
  }
}

async function backUpBefore(
  deps: RestoreDeps,
  { safetyBackup, source, id, databaseUrl }: RestoreInput & { safetyBackup?: SafetyBackup | undefined },
): Promise<Pick<RestoreReport, 'safetyBackup' | 'safetyMs'>> {
  if (!safetyBackup) return {}
  deps.onProgress?.({ step: 'making the safety backup' })
  const startedAt = deps.clock.now().getTime()
  const taken = await takeSafetyBackup(deps, { ...safetyBackup, source, databaseUrl, before: id })
  return { safetyBackup: taken, safetyMs: deps.clock.now().getTime() - startedAt }
}

async function fill(
  { store, clock, onProgress }: RestoreDeps,
  manifest: Manifest,
  { databaseUrl, noOwner }: RestoreInput,
) {
  const target = reportProgress(await openPostgresTarget(databaseUrl, COPIES_MAX, noOwner), manifest, onProgress)
  try {
    const restoreAndCompare = async () => {
      const restoreMs = await measureMs(clock, () => restoreDump(store, manifest, target))
      const compareMs = await measureMs(clock, async () => requireEqual(await compareCopy(store, manifest, target)))
      return { restoreMs, compareMs }
    }
    const checkBytes = () => checkObject(store, manifest.object)
    return await explainVersionMismatch(manifest, target, () => explainDamage(restoreAndCompare, checkBytes))
  } finally {
    await target.close()
  }
}

/** Explains what a restore without owners leaves out. */
export function describeOmittedOwners({ noOwner }: RestoreInput): string[] {
  if (!noOwner) return []
  return [
    'every object belongs to the role that restored it; owners, and the rights and policies of missing roles, were left out',
  ]
}

export function summarizeManifest(manifest: Manifest) {
  const members = selectTableMembers(manifest)
  const tables = new Set(members.map(({ name }) => name)).size
  return { id: manifest.id, tables, rows: members.reduce((sum, { rows }) => sum + rows, 0) }
}

export async function measureMs(clock: Clock, work: () => Promise<void>): Promise<number> {
  const startedAt = clock.now().getTime()
  await work()
  return clock.now().getTime() - startedAt
}

export async function mapRestoreFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('RESTORE_FAILED', `the restore did not finish: ${describeServerError(cause)}`, { cause })
  }
}
