import type { Client } from 'pg'
import type { Clock } from '#platform/clock'
import { AppError, messageOf } from '#platform/errors'
import type { BackupId } from '#backups/backup-id'
import { readManifest } from '#backups/catalog'
import { compareCopy, requireEqual } from '#backups/compare-copy'
import { databaseNameFor, freeDatabaseName, openBeside } from '#backups/database-names'
import {
  alterDatabaseSql,
  createDatabaseSql,
  type DatabaseProperties,
  defaultProperties,
  readProperties,
} from '#backups/database-properties'
import { type Manifest, tableMembers } from '#backups/manifest'
import type { ObjectStore } from '#backups/object-store'
import { openPostgresTarget } from '#backups/postgres-target'
import { restoreDump } from '#backups/restore-dump'
import { databaseOf, withDatabase } from '#backups/session'
import { quoteName } from '#backups/sql-names'
import { swapDatabases } from '#backups/swap-database'
import { undoOnFailure } from '#backups/undo'

export interface RestoreDeps {
  store: ObjectStore
  clock: Clock
}

export interface RestoreInput {
  source: string
  id: BackupId
  /** Of the database to replace or, for `restoreInto`, to fill. */
  databaseUrl: string
}

export interface RestoreReport {
  id: BackupId
  database: string
  /** Where the former live database still is; absent when there was none. */
  keptAs?: string
  tables: number
  rows: number
  /** From the first step to the last: the recovery time. */
  totalMs: number
  restoreMs: number
  compareMs: number
}

/**
 * Restores a backup in the live database's place: into a new database beside it, compared row by row, and only then
 * renamed. The live database serves until that moment, and is kept under another name. The URL's role must be allowed
 * to create and rename databases.
 * @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, DATABASE_UNAVAILABLE, or RESTORE_FAILED, all before the rename
 */
export async function restoreBackup(deps: RestoreDeps, input: RestoreInput): Promise<RestoreReport> {
  const startedAt = deps.clock.now().getTime()
  const manifest = await readManifest(deps.store, input)
  const { admin, adminUrl } = await openBeside(input.databaseUrl)
  try {
    const { keptAs, ...times } = await orRestoreFailed(() => replace({ ...deps, admin, adminUrl }, input, manifest))
    const totalMs = deps.clock.now().getTime() - startedAt
    const kept = keptAs === undefined ? {} : { keptAs }
    return { ...summaryOf(manifest), database: databaseOf(input.databaseUrl), ...kept, ...times, totalMs }
  } finally {
    await admin.end()
  }
}

async function replace(
  { admin, adminUrl, ...deps }: RestoreDeps & { admin: Client; adminUrl: string },
  { databaseUrl, id }: RestoreInput,
  manifest: Manifest,
) {
  const live = databaseOf(databaseUrl)
  const beside = databaseNameFor(live, 'restore', id)
  const properties = await readProperties(admin, live)
  const keptAs = properties && (await freeDatabaseName(admin, databaseNameFor(live, 'before', id)))

  await createDatabase(admin, beside, properties ?? (await defaultProperties(admin, manifest.database.encoding)))
  const fillAndSwap = async () => {
    const times = await fill(deps, manifest, withDatabase(databaseUrl, beside))
    for (const sql of properties ? alterDatabaseSql(beside, properties) : []) await admin.query(sql)
    await swapDatabases(admin, adminUrl, { live, beside, before: keptAs })
    return { keptAs, ...times }
  }
  const dropBeside = () => admin.query(`DROP DATABASE IF EXISTS ${quoteName(beside)} WITH (FORCE)`)
  return undoOnFailure(fillAndSwap, dropBeside, `the database ${beside}`)
}

/** A database of that name can only be what a killed restore left. */
async function createDatabase(admin: Client, name: string, properties: DatabaseProperties): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`)
  await admin.query(createDatabaseSql(name, properties))
}

async function fill({ store, clock }: RestoreDeps, manifest: Manifest, databaseUrl: string) {
  const target = await openPostgresTarget(databaseUrl)
  try {
    const restoreMs = await timed(clock, () => restoreDump(store, manifest, target))
    const compareMs = await timed(clock, async () => requireEqual(await compareCopy(store, manifest, target)))
    return { restoreMs, compareMs }
  } finally {
    await target.close()
  }
}

export function summaryOf(manifest: Manifest) {
  const members = tableMembers(manifest)
  const tables = new Set(members.map(({ name }) => name)).size
  return { id: manifest.id, tables, rows: members.reduce((sum, { rows }) => sum + rows, 0) }
}

export async function timed(clock: Clock, work: () => Promise<void>): Promise<number> {
  const startedAt = clock.now().getTime()
  await work()
  return clock.now().getTime() - startedAt
}

export async function orRestoreFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('RESTORE_FAILED', `the restore did not finish: ${messageOf(cause)}`, { cause })
  }
}
