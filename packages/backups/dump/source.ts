import type { Client } from 'pg'
import { getRawConnection } from '#backups/postgres/raw-connection'
import { getErrorCode } from '#backups/postgres/connection-failure'
import { copyRows } from '#backups/postgres/copy-rows'
import { explainLocks, type LockRoom, planSessions, readLockRoom } from '#backups/postgres/lock-room'
import { readProperties } from '#backups/postgres/database-properties'
import { openForPgDump, type PgDumpSession } from '#backups/postgres/pg-dump'
import type { PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { limitStreams } from '#backups/dump/plan'
import type { DatabaseProperties, ServerIdentity } from '#backups/format/manifest'
import { openSession, SHARED_LOCK_TIMEOUT_MS } from '#backups/postgres/session'
import { SourceModified } from '#backups/dump/source-modified'
import { readServerIdentity } from '#backups/dump/source-identity'
import { shareTables, type SourceTable, type TableName, listVisibleTables } from '#backups/dump/tables'
import { copyOutSql, type CopyTable, type PageRange, quoteQualifiedName } from '#backups/postgres/quote'

export interface SourceDatabase {
  name: string
  serverVersion: string
  serverMajor: number
  encoding: string
  extensions: string[]
  server: ServerIdentity
  properties: DatabaseProperties
}

/** A session that reads under the source's snapshot, one query at a time. */
export interface SourceReader {
  /** Returns the rows as COPY lines, in chunks of any size. */
  rowsOf(table: CopyTable, range?: PageRange): AsyncIterable<Buffer>
}

/** A transaction with a snapshot of the database, and the snapshot's name for other sessions. */
export interface Source {
  session: Client
  snapshot: string
  database: SourceDatabase
  lockRoom: LockRoom
  /** Makes every session lock the tables that were created since the first look. @throws SourceModified */
  share(tables: SourceTable[]): Promise<void>
  /** The first reader uses `session` itself. */
  readers(count: number): SourceReader[]
  /** Sessions for pg_dump: two, or one when the lock table has no room for more. */
  pgDumps(): PgDumpServer[]
  /** Ends the transaction and proves that the snapshot held until then. */
  commit(): Promise<void>
  /** Breaks every connection at once, which fails every pending query. */
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
 * Locks the tables before it takes the snapshot: a later truncation or rewrite waits, and an earlier one is visible in
 * the snapshot. All sessions connect before the first one locks, and then lock at once, so that another session's lock
 * request rarely gets in between. @throws AppError DATABASE_UNAVAILABLE, SourceModified
 */
export async function openSource(databaseUrl: string, streamsMax: number): Promise<Source> {
  const session = await openSession(databaseUrl)
  const readers: Client[] = []
  const pgDumps: PgDumpSession[] = []
  const beside = () => [...readers, ...pgDumps.map(({ client }) => client)]
  async function close(): Promise<void> {
    for (const { client } of pgDumps) getRawConnection(client).stream.destroy()
    await Promise.all([session, ...readers].map((client) => client.end()))
  }
  let lockRoom: LockRoom | undefined
  try {
    const server = await readServerIdentity(session)
    const visible = await listVisibleTables(session)
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
    const properties = (await readProperties(session, about.name)) as DatabaseProperties // the session is connected to it
    return {
      session,
      snapshot,
      database: { ...about, server, properties },
      lockRoom,
      share: async (tables) => {
        const known = new Set(visible.map(quoteName))
        const since = tables.filter((table) => !known.has(quoteName(table)))
        await allSettled(beside().map((client) => orSourceChanged(() => shareTables(client, since))))
      },
      readers: (count) => [session, ...readers].slice(0, count).map(createReader),
      pgDumps: () => pgDumps.map(({ lend }) => lend()),
      commit: async () => void (await session.query('COMMIT')),
      destroy: () => {
        for (const client of [session, ...beside()]) getRawConnection(client).stream.destroy()
      },
      close,
    }
  } catch (error) {
    await close()
    throw lockRoom ? explainLocks('BACKUP_FAILED', lockRoom, error) : error
  }
}

/** Limits the readers by the size of the whole database. Asking for the tables' sizes would wait for their locks. */
async function readersWanted(session: Client, streamsMax: number): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>(
    'SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS bytes',
  )
  return limitStreams([{ tableBytes: Number(rows[0]?.bytes) }], streamsMax)
}

/** Locks before its first query: only a transaction that has no snapshot yet can import another's. */
async function lockBeside(client: Client, tables: TableName[]): Promise<void> {
  // pg_dump begins a transaction of its own, and the server only warns that one is open.
  await client.query(
    `${BEGIN}; SET LOCAL lock_timeout = ${SHARED_LOCK_TIMEOUT_MS}; SET LOCAL client_min_messages = error`,
  )
  await orSourceChanged(() => shareTables(client, tables))
}

const LOCK_NOT_AVAILABLE = '55P03'

/** The first session already holds the lock: another waiting session blocks ours, and proceeds once we give up. */
async function orSourceChanged(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (getErrorCode(cause) !== LOCK_NOT_AVAILABLE) throw cause
    throw new SourceModified('another session needed a table when the dump started, so the dump let it go first', {
      cause,
    })
  }
}

/** Waits for all of them, so that every opened session is known even when one fails. */
async function allSettled(works: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason
}

function quoteName({ schema, table }: TableName): string {
  return quoteQualifiedName(schema, table)
}

function createReader(client: Client): SourceReader {
  return { rowsOf: (table, range) => copyRows(client, copyOutSql(table, range)) }
}
