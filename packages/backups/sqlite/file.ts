import { stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { AppError, getErrorMessage } from '#platform/errors'
import { explainForeignParts } from '#backups/sqlite/foreign-parts'

/** Time to wait for another program's lock. */
const BUSY_TIMEOUT_MS = 5_000

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26

/** @throws AppError SOURCE_INVALID unless it is a file with contents */
export async function requireSqliteFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new AppError('SOURCE_INVALID', `there is no file ${path}`, { cause })
  })
  if (!found.isFile()) throw new AppError('SOURCE_INVALID', `${path} is not a file`)
  if (found.size === 0) throw new AppError('SOURCE_INVALID', `${path} is empty: a SQLite database never is`)
}

/**
 * Opens a database file, passes it to `work` and closes it. @throws AppError DATABASE_UNAVAILABLE (locked),
 * SOURCE_INVALID, SOURCE_DAMAGED, BACKUP_UNSUPPORTED (it needs functions of its own application), or the error of
 * `work`
 */
export function withSqlite<T>(path: string, mode: 'read' | 'write', work: (db: DatabaseSync) => T): T {
  try {
    const db = new DatabaseSync(path, {
      readOnly: mode === 'read',
      timeout: BUSY_TIMEOUT_MS,
      // Many programs still write "text" for 'text', and such a definition is not an error of the file.
      enableDoubleQuotedStringLiterals: true,
    })
    try {
      return work(db)
    } catch (error) {
      throw explainForeignParts(db, path, error) ?? error
    } finally {
      db.close()
    }
  } catch (error) {
    throw asSqliteError(path, error)
  }
}

/** Returns the findings of `PRAGMA integrity_check`; none for a sound file. */
export function findIntegrityProblems(db: DatabaseSync): string[] {
  const rows = db.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
  return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
}

/** Returns the single value of a pragma or an expression. */
export function readValue(db: DatabaseSync, sql: string): string {
  return String(Object.values(db.prepare(sql).get() ?? {})[0])
}

function asSqliteError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error
  const cause = { cause: error }
  switch (Number(error.errcode) & 0xff) {
    case BUSY:
    case LOCKED:
      return new AppError('DATABASE_UNAVAILABLE', `${path} is locked by another program`, cause)
    case CORRUPT:
      return new AppError('SOURCE_DAMAGED', `${path} is damaged: ${getErrorMessage(error)}`, cause)
    case READ_ONLY: // Rolling back a crashed writer's changes requires write access.
      return new AppError('SOURCE_DAMAGED', `${path} has an unfinished write: open it once for writing`, cause)
    case NOT_A_DATABASE:
      return new AppError('SOURCE_INVALID', `${path} is not a SQLite database, or is encrypted`, cause)
    case CANNOT_OPEN:
      return new AppError('SOURCE_INVALID', `${path} cannot be opened: ${getErrorMessage(error)}`, cause)
    case FULL:
      return new AppError('BACKUP_FAILED', `the disk is full: ${getErrorMessage(error)}`, cause)
    default:
      return new AppError('BACKUP_FAILED', `${path}: ${getErrorMessage(error)}`, cause)
  }
}
