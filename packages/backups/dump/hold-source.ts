import { AppError } from '#platform/errors'
import { getErrorCode } from '#backups/postgres/connection-failure'
import type { PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { limitStreams } from '#backups/dump/plan'
import { describeLockHolders } from '#backups/postgres/lock-holders'
import { openSource, type Source, type SourceReader } from '#backups/dump/source'
import { retryWhileModified } from '#backups/dump/source-modified'
import { type ChooseTables, lockTables, type SourceTable } from '#backups/dump/tables'
import { refuseChanged } from '#backups/dump/unchanged-tables'
import { refuseServer } from '#backups/dump/unsupported'

interface HeldSource {
  source: Source
  tables: SourceTable[]
  readers: SourceReader[]
  pgDumps: PgDumpServer[]
}

interface HoldOptions {
  streams: number
  onRetry?: ((reason: string) => void) | undefined
  /** Absent: all tables. */
  choose?: ChooseTables | undefined
}

/** A try takes some hundredths of a second on a small database, so one of them falls between two changes. */
const TRIES = 20

/**
 * Opens a database at one moment: every session that reads it, and all of their locks, so that no other session can
 * truncate, drop or rewrite a table that the dump reads. Retries when a change came in between. @throws AppError
 * DATABASE_UNAVAILABLE, BACKUP_UNSUPPORTED, or BACKUP_FAILED that names the table that stays locked
 */
export function holdSource(databaseUrl: string, { streams, onRetry, choose }: HoldOptions): Promise<HeldSource> {
  return retryWhileModified({ tries: TRIES, onRetry }, async () => {
    const source = await orNameHolder(databaseUrl, () => openSource(databaseUrl, streams))
    try {
      refuseServer(source.database)
      const tables = await orNameHolder(databaseUrl, () => lockTables(source.session, choose))
      await refuseChanged(databaseUrl, tables)
      await source.share(tables)
      return { source, tables, readers: source.readers(limitStreams(tables, streams)), pgDumps: source.pgDumps() }
    } catch (error) {
      await source.close()
      throw error
    }
  })
}

const LOCK_NOT_AVAILABLE = '55P03'

async function orNameHolder<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (getErrorCode(cause) !== LOCK_NOT_AVAILABLE) throw cause
    const holders = await describeLockHolders(databaseUrl)
    throw new AppError('BACKUP_FAILED', `the dump waited too long for a table: ${holders}`, { cause })
  }
}
