import type { Client } from 'pg'
import { rawConnection } from '#backups/connection'
import { copyRows } from '#backups/copy-rows'
import { readProperties } from '#backups/database-properties'
import type { DatabaseProperties } from '#backups/manifest'
import { openSession, SHARED_LOCK_TIMEOUT_MS } from '#backups/session'
import { shareTables, type SourceTable } from '#backups/source-tables'
import { copyOutSql, type CopyTable, type PageRange } from '#backups/sql-names'

export interface SourceDatabase {
  name: string
  serverVersion: string
  serverMajor: number
  encoding: string
  extensions: string[]
  properties: DatabaseProperties
}

/** One session that sees the source's moment. It reads one thing at a time. */
export interface SourceReader {
  /** The rows as COPY lines, in chunks of any size. */
  rowsOf(table: CopyTable, range?: PageRange): AsyncIterable<Buffer>
}

/** A transaction that sees the database as it was at one moment, and the name under which others can see the same. */
export interface Source {
  session: Client
  snapshot: string
  database: SourceDatabase
  /** The first reads over `session` itself. They hold the locks of `tables`, too. */
  openReaders(count: number, tables: SourceTable[]): Promise<SourceReader[]>
  /** Ends the transaction; until then the snapshot held. */
  commit(): Promise<void>
  /** Breaks every connection at once: whatever waits for one fails. */
  destroy(): void
  close(): Promise<void>
}

const DATABASE = `
  SELECT d.datname AS name, pg_catalog.current_setting('server_version') AS "serverVersion",
    pg_catalog.current_setting('server_version_num')::int / 10000 AS "serverMajor",
    pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
    ARRAY(SELECT extname::text FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1) AS extensions
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY'

/** @throws AppError DATABASE_UNAVAILABLE */
export async function openSource(databaseUrl: string): Promise<Source> {
  const session = await openSession(databaseUrl)
  const others: Client[] = []
  async function close(): Promise<void> {
    await Promise.all([session, ...others].map((client) => client.end()))
  }
  async function openOther(snapshot: string, tables: SourceTable[]): Promise<Client> {
    const client = await openSession(databaseUrl)
    others.push(client)
    await client.query(
      `${BEGIN}; SET TRANSACTION SNAPSHOT '${snapshot}'; SET LOCAL lock_timeout = ${SHARED_LOCK_TIMEOUT_MS}`,
    )
    await shareTables(client, tables)
    return client
  }
  try {
    await session.query(BEGIN)
    const exported = await session.query<{ snapshot: string }>('SELECT pg_catalog.pg_export_snapshot() AS snapshot')
    const database = await session.query<Omit<SourceDatabase, 'properties'>>(DATABASE)
    const about = database.rows[0] as (typeof database.rows)[number]
    const properties = (await readProperties(session, about.name)) as DatabaseProperties // of the one we are in
    const snapshot = exported.rows[0]?.snapshot ?? ''
    return {
      session,
      snapshot,
      database: { ...about, properties },
      openReaders: async (count, tables) => {
        const opening = Array.from({ length: count - 1 }, () => openOther(snapshot, tables))
        const opened = await Promise.allSettled(opening)
        for (const result of opened) if (result.status === 'rejected') throw result.reason
        return [session, ...others].map(readerOf)
      },
      commit: async () => void (await session.query('COMMIT')),
      destroy: () => [session, ...others].forEach((client) => rawConnection(client).stream.destroy()),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function readerOf(client: Client): SourceReader {
  return { rowsOf: (table, range) => copyRows(client, copyOutSql(table, range)) }
}
