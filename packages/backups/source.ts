import type { Client } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { openSession } from '#backups/session'
import { copyOutSql, type CopyTable } from '#backups/sql-names'

export interface SourceDatabase {
  name: string
  serverVersion: string
  serverMajor: number
  encoding: string
  extensions: string[]
}

/** A transaction that sees the database as it was at one moment, and the name under which others can see the same. */
export interface Source {
  session: Client
  snapshot: string
  database: SourceDatabase
  /** The rows as COPY lines, in chunks of any size. */
  rowsOf(table: CopyTable): AsyncIterable<Buffer>
  /** Ends the transaction; until then the snapshot held. */
  commit(): Promise<void>
  close(): Promise<void>
}

const DATABASE = `
  SELECT d.datname AS name, pg_catalog.current_setting('server_version') AS "serverVersion",
    pg_catalog.current_setting('server_version_num')::int / 10000 AS "serverMajor",
    pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
    ARRAY(SELECT extname::text FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1) AS extensions
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`

/** @throws AppError DATABASE_UNAVAILABLE */
export async function openSource(databaseUrl: string): Promise<Source> {
  const session = await openSession(databaseUrl)
  try {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const exported = await session.query<{ snapshot: string }>('SELECT pg_catalog.pg_export_snapshot() AS snapshot')
    const database = await session.query<SourceDatabase>(DATABASE)
    return {
      session,
      snapshot: exported.rows[0]?.snapshot ?? '',
      database: database.rows[0] as SourceDatabase,
      rowsOf: (table) => session.query(copyTo(copyOutSql(table))),
      commit: async () => void (await session.query('COMMIT')),
      close: () => session.end(),
    }
  } catch (error) {
    await session.end()
    throw error
  }
}
