/** Runs the restore drill: restores the newest verified backup on a real server and times it. */
import { AppError, getErrorMessage } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { listBackups } from '#backups/store/catalog'
import { openAdminConnection } from '#backups/postgres/database-names'
import { createDatabaseSql, readDefaultProperties, readProperties } from '#backups/postgres/database-properties'
import { type AdminConnection, dropDatabase } from '#backups/postgres/drop-database'
import { type Drill, DRILL_VERSION } from '#backups/operations/drill-report'
import { getBackupKind, type Manifest } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { RestoreDeps, RestoreReport } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { isFromFuture } from '#backups/store/series-order'
import { getDatabaseName, withDatabase } from '#backups/postgres/session'

export interface DrillDeps extends RestoreDeps {
  /** Makes the scratch database's name unique: two drills may run at once. */
  randomHex: () => string
}

export interface DrillInput {
  source: string
  /** URL of the live database. The scratch database is created on the same server and dropped afterwards. */
  databaseUrl: string
  toolVersion: string
}

/**
 * Stores its result beside the backup, also when the restore failed. @throws AppError BACKUP_NOT_FOUND when no backup
 * is verified, otherwise the errors of `restoreInto`
 */
export async function drillRestore(deps: DrillDeps, input: DrillInput): Promise<Drill> {
  const manifest = await chooseBackup(deps, input.source)
  const startedAt = deps.clock.now()
  const common = {
    version: DRILL_VERSION,
    backupId: manifest.id,
    startedAt: startedAt.toISOString(),
    toolVersion: input.toolVersion,
  } as const
  const write = (drill: Drill) => deps.store.putJson(buildDrillKey(input.source, manifest.id), drill)
  try {
    const { restoreMs, compareMs, tables, rows } = await restoreBeside(deps, input, manifest)
    const totalMs = deps.clock.now().getTime() - startedAt.getTime()
    const drill: Drill = { ...common, passed: true, totalMs, restoreMs, compareMs, tables, rows }
    await write(drill)
    return drill
  } catch (error) {
    const failed = write({ ...common, passed: false, reason: getErrorMessage(error) })
    await failed.catch(() => undefined) // The restore's error matters more than a failure to store the result.
    throw error
  }
}

function buildDrillKey(source: string, id: BackupId): string {
  return buildBackupKeys(source, id).manifest.replace(/manifest\.json$/, 'drill.json')
}

async function chooseBackup({ store, clock }: DrillDeps, source: string): Promise<Manifest> {
  for (const entry of await listBackups(store, source)) {
    if (!entry.readable || entry.state !== 'verified' || getBackupKind(entry.manifest) !== 'postgres') continue
    if (!isFromFuture(entry.id, clock.now())) return entry.manifest as Manifest
  }
  throw new AppError('BACKUP_NOT_FOUND', `no backup of ${source} is verified, so there is none to drill`)
}

async function restoreBeside(deps: DrillDeps, input: DrillInput, manifest: Manifest): Promise<RestoreReport> {
  const live = getDatabaseName(input.databaseUrl)
  const beside = await openAdminConnection(input.databaseUrl)
  const { admin } = beside
  try {
    await dropLeftovers(beside, live)
    const scratch = scratchName(live, deps.randomHex())
    const properties =
      (await readProperties(admin, live)) ?? (await readDefaultProperties(admin, manifest.database.encoding))
    try {
      await admin.query(createDatabaseSql(scratch, properties))
      return await restoreInto(deps, {
        source: input.source,
        id: manifest.id,
        databaseUrl: withDatabase(input.databaseUrl, scratch),
      })
    } finally {
      await dropDatabase(beside, scratch)
    }
  } finally {
    await admin.end()
  }
}

/** Postgres truncates names to 63 bytes. */
function scratchName(live: string, randomHex: string): string {
  return `${prefixFor(live)}${randomHex.slice(0, 8)}`
}

function prefixFor(live: string): string {
  let base = live
  while (Buffer.byteLength(base) > 45) base = base.slice(0, -1)
  return `${base}_drill_`
}

/**
 * Drops scratch databases of killed drills. One with connections belongs to a running drill, and DROP DATABASE without
 * FORCE refuses it.
 */
async function dropLeftovers(beside: AdminConnection, live: string): Promise<void> {
  const { rows } = await beside.admin.query<{ datname: string }>(
    `SELECT datname FROM pg_catalog.pg_database d WHERE starts_with(datname, $1) AND substr(datname, length($1) + 1) ~ '^[0-9a-f]{8}$'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)`,
    [prefixFor(live)],
  )
  for (const { datname } of rows) await dropDatabase(beside, datname, { force: false })
}
