import { access, chmod, chown, link, lstat, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { requireKind } from '#backups/store/catalog'
import type { SqliteManifest } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { showUndamaged } from '#backups/restore/restorable'
import { withSqlite } from '#backups/sqlite/file'
import { checkIntegrity, checkPages, compareTables, unpackSqlite } from '#backups/sqlite/copy'

interface SqliteRestoreDeps {
  store: ObjectStore
  clock: Clock
}

interface SqliteRestoreInput {
  source: string
  id: BackupId
  /** Path of the database; an existing one is kept under another name. */
  path: string
}

export interface SqliteRestoreReport {
  id: BackupId
  path: string
  keptAs?: string
  tables: number
  rows: number
  totalMs: number
}

const MAGIC = 'SQLite format 3\0'
/** Files that SQLite keeps beside a database; they move with it. */
const SIDE_FILES = ['-wal', '-shm', '-journal']

/**
 * Restores a database file beside its path, compares it with the backup, and only then renames it. @throws AppError
 * BACKUP_NOT_FOUND, BACKUP_DAMAGED, BACKUP_UNSUPPORTED (another kind), RESTORE_TARGET_IN_USE, or RESTORE_FAILED, all
 * before the rename
 */
export async function restoreSqlite(deps: SqliteRestoreDeps, input: SqliteRestoreInput): Promise<SqliteRestoreReport> {
  const startedAt = deps.clock.now().getTime()
  const manifest = requireKind((await showUndamaged(deps.store, input)).manifest, 'sqlite')
  const path = resolve(input.path)
  const beside = `${path}.restore-${input.id}`
  await requireFolder(path)
  await refuseFolders(beside)
  try {
    await removeWithSideFiles(beside) // Leftovers of a killed restore.
    await unpackSqlite(deps.store, manifest, beside)
    await checkPages(beside)
    checkIntegrity(beside)
    compareTables(beside, manifest)
    setJournalMode(beside, manifest)
    const keptAs = await swapIn(path, beside, input.id)
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
    const totalMs = deps.clock.now().getTime() - startedAt
    return {
      id: input.id,
      path,
      ...(keptAs === undefined ? {} : { keptAs }),
      tables: manifest.tables.length,
      rows,
      totalMs,
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('RESTORE_FAILED', `the restore did not finish: ${getErrorMessage(cause)}`, { cause })
  } finally {
    await removeWithSideFiles(beside)
  }
}

async function requireFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined)
  if (folder?.isDirectory()) return
  throw new AppError('RESTORE_FAILED', `there is no folder ${dirname(path)}`)
}

/** A killed restore leaves files; a folder belongs to the user and stays. */
async function refuseFolders(beside: string): Promise<void> {
  for (const path of [beside, ...SIDE_FILES.map((side) => beside + side)]) {
    const found = await lstat(path).catch(() => undefined)
    if (!found?.isDirectory()) continue
    throw new AppError('RESTORE_TARGET_IN_USE', `${path} is a folder, but the restore writes its copy there`)
  }
}

/** The copy never has a write-ahead log, but the original's writers may need one. */
function setJournalMode(path: string, { database }: SqliteManifest): void {
  if (database.journalMode === 'wal') withSqlite(path, 'write', (db) => db.exec('PRAGMA journal_mode = WAL'))
}

async function swapIn(path: string, beside: string, id: BackupId): Promise<string | undefined> {
  if (!(await exists(path))) {
    await rename(beside, path)
    await syncFolder(path)
    return undefined
  }
  if (!(await stat(path)).isFile()) throw new AppError('RESTORE_TARGET_IN_USE', `${path} is not a file`)
  if ((await startsAsSqlite(path)) && settle(path) && (await exists(`${path}-wal`))) {
    throw new AppError('RESTORE_TARGET_IN_USE', `${path} is open in another program`)
  }
  await takeOver(path, beside)
  const keptAs = await freeName(`${path}.before-${id}`)
  for (const side of SIDE_FILES) if (await exists(path + side)) await rename(path + side, keptAs + side)
  await link(path, keptAs).catch(() => rename(path, keptAs)) // A hard link keeps a file at the path at all times.
  await rename(beside, path)
  await syncFolder(path)
  return keptAs
}

/** SQLite opened for writing would treat any other file as an empty database and delete its log. */
async function startsAsSqlite(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
    return buffer.toString('latin1') === MAGIC
  } finally {
    await file.close()
  }
}

/** Checkpoints the log into the file. Returns false for a file that is no database, or a broken one. */
function settle(path: string): boolean {
  try {
    withSqlite(path, 'write', (db) => db.exec('PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE; ROLLBACK'))
    return true
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'DATABASE_UNAVAILABLE') return false
    throw new AppError('RESTORE_TARGET_IN_USE', `${path} is locked by another program`, { cause: error })
  }
}

/** Copies the old file's owner and permissions to the new one. */
async function takeOver(path: string, beside: string): Promise<void> {
  const { mode, uid, gid } = await stat(path)
  await chmod(beside, mode)
  if (process.getuid?.() === 0) await chown(beside, uid, gid)
}

async function freeName(wanted: string): Promise<string> {
  let name = wanted
  for (let number = 2; await exists(name); number += 1) name = `${wanted}-${number}`
  return name
}

async function removeWithSideFiles(path: string): Promise<void> {
  for (const side of ['', ...SIDE_FILES]) await rm(path + side, { force: true })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
