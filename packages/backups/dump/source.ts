import type { Client } from 'pg'
import { rawConnection } from '#backups/postgres/raw-connection'
import { codeOf } from '#backups/postgres/connection-failure'
import { copyRows } from '#backups/postgres/copy-rows'
import { explainLocks, type LockRoom, planSessions, readLockRoom } from '#backups/postgres/lock-room'
import { readProperties } from '#backups/postgres/database-properties'
import { openForPgDump, type PgDumpSession } from '#backups/postgres/pg-dump'
import type { PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { streamsFor } from '#backups/dump/plan'
import type { DatabaseProperties, ServerIdentity } from '#backups/format/manifest'
import { openSession, SHARED_LOCK_TIMEOUT_MS } from '#backups/postgres/session'
import { SourceChanged } from '#backups/dump/source-changed'
import { readServerIdentity } from '#backups/dump/source-identity'
import { shareTables, type SourceTable, type TableName, visibleTables } from '#backups/dump/tables'
import { copyOutSql, type CopyTable, type PageRange, qualifiedName } from '#backups/postgres/quote'

export interface SourceDatabase {
  name: string
  serverVersion: string
  serverMajor: number
  encoding: string
  extensions: string[]
  server: ServerIdentity
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
  lockRoom: LockRoom
  /** Has every session hold the locks of tables that were made since the first look. @throws SourceChanged */
  share(tables: SourceTable[]): Promise<void>
  /** The first reads over `session` itself. */
  readers(count: number): SourceReader[]
  /** Sessions for pg_dump: two, or one where there is no room for the locks of more. */
  pgDumps(): PgDumpServer[]
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

/**
 * Locks come before the snapshot: a table that is truncated or rewritten later waits, and one that was, is seen as it is
 * since. Every session is open before the first one locks, and locks right after it: whoever asks for a table in between
 * stands before the others.
 * @throws AppError DATABASE_UNAVAILABLE, SourceChanged
 */
export async function openSource(databaseUrl: string, streamsMax: number): Promise<Source> {
  const session = await openSession(databaseUrl)
  const readers: Client[] = []
  const pgDumps: PgDumpSession[] = []
  const beside = () => [...readers, ...pgDumps.map(({ client }) => client)]
  async function close(): Promise<void> {
    for (const { client } of pgDumps) rawConnection(client).stream.destroy()
    await Promise.all([session, ...readers].map((client) => client.end()))
  }
  let lockRoom: LockRoom | undefined
  try {
    const server = await readServerIdentity(session)
    const visible = await visibleTables(session)
    lockRoom = await readLockRoom(session, visible.length)
    const wanted = planSessions(lockRoom, await readersWanted(session, streamsMax))
    const opening = Array.from({ length: wanted.streams - 1 }, async () => {
      readers.push(await openSession(databaseUrl))
    })
    const openingPgDumps = Array.from({ length: wanted.pgDumps }, async () => {
      pgDumps.push(await openForPgDump(databaseUrl))
    })
    await allSettled([...opening, ...openingPgDumps])
    await session.query(BEGIN)
    await shareTables(session, visible)
    const shared = beside().map((client) => lockBeside(client, visible))
    const exporting = session.query<{ snapshot: string }>('SELECT pg_catalog.pg_export_snapshot() AS snapshot')
    await allSettled([...shared, exporting])
    const snapshot = (await exporting).rows[0]?.snapshot ?? ''
    await allSettled(beside().map((client) => client.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`)))
    const database = await session.query<Omit<SourceDatabase, 'properties' | 'server'>>(DATABASE)
    const about = database.rows[0] as (typeof database.rows)[number]
    const properties = (await readProperties(session, about.name)) as DatabaseProperties // of the one we are in
    return {
      session,
      snapshot,
      database: { ...about, server, properties },
      lockRoom,
      share: async (tables) => {
        const known = new Set(visible.map(nameOf))
        const since = tables.filter((table) => !known.has(nameOf(table)))
        await allSettled(beside().map((client) => orSourceChanged(() => shareTables(client, since))))
      },
      readers: (count) => [session, ...readers].slice(0, count).map(readerOf),
      pgDumps: () => pgDumps.map(({ lend }) => lend()),
      commit: async () => void (await session.query('COMMIT')),
      destroy: () => {
        for (const client of [session, ...beside()]) rawConnection(client).stream.destroy()
      },
      close,
    }
  } catch (error) {
    await close()
    throw lockRoom ? explainLocks('BACKUP_FAILED', lockRoom, error) : error
  }
}

/** No more than the whole database is worth; of its tables nothing is asked, since that would wait for their locks. */
async function readersWanted(session: Client, streamsMax: number): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>(
    'SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS bytes',
  )
  return streamsFor([{ tableBytes: Number(rows[0]?.bytes) }], streamsMax)
}

/** Sees nothing yet: only a transaction that has not looked at anything can take another's snapshot. */
async function lockBeside(client: Client, tables: TableName[]): Promise<void> {
  // pg_dump begins a transaction, and is warned that it is in one already
  await client.query(
    `${BEGIN}; SET LOCAL lock_timeout = ${SHARED_LOCK_TIMEOUT_MS}; SET LOCAL client_min_messages = error`,
  )
  await orSourceChanged(() => shareTables(client, tables))
}

const LOCK_NOT_AVAILABLE = '55P03'

/** The first session has the lock already: who waits for it stands before us, and is let through when we give up. */
async function orSourceChanged(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (codeOf(cause) !== LOCK_NOT_AVAILABLE) throw cause
    throw new SourceChanged('another session asked for a table as the dump began, and was let through', { cause })
  }
}

/** What was opened is known, whatever failed. */
async function allSettled(works: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason
}

function nameOf({ schema, table }: TableName): string {
  return qualifiedName(schema, table)
}

function readerOf(client: Client): SourceReader {
  return { rowsOf: (table, range) => copyRows(client, copyOutSql(table, range)) }
}
