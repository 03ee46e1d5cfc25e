import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { AppError, getErrorMessage } from '#platform/errors'
import { closeInOrder } from '#platform/async/close-in-order'
import { copyRows } from '#backups/postgres/copy-rows'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { findMissingExtensions } from '#backups/proof/pglite-extensions'
import { createReloadDatabase } from '#backups/proof/reload-database'
import type { ScratchTarget, RestoreTarget } from '#backups/restore/target'
import { fitRows } from '#backups/dump/rows-encoding'
import { openSessions } from '#backups/postgres/session-pool'
import { copyInSql, copyOutSql } from '#backups/postgres/quote'

/**
 * Opens a database on a server. With more than one session, several copy rows concurrently, and the others see what the
 * first has committed. @throws AppError DATABASE_UNAVAILABLE
 */
export async function openPostgresTarget(
  databaseUrl: string,
  sessionsMax = 1,
  ownsAll = false,
): Promise<RestoreTarget> {
  const sessions = await openSessions(databaseUrl, sessionsMax)
  const { first } = sessions
  const {
    version: serverVersion,
    major: serverMajor,
    encoding,
  } = await answered(() => readVersion(first)).catch(async (error: unknown) => {
    await sessions.close()
    throw error
  })
  return {
    name: `Postgres ${serverVersion}`,
    serverMajor,
    isEmbedded: false,
    ownsAll,
    copiesMax: sessionsMax,
    execute: (sql) => answered(async () => void (await first.query(sql))),
    query: <Row extends object>(sql: string) => answered(async () => (await first.query<Row>(sql)).rows),
    copyIn: (table, lines) => {
      const sql = copyInSql(fitRows(table, encoding))
      return answered(() => sessions.lend((session) => pipeline(lines, session.query(copyFrom(sql)))))
    },
    copyOut: (table, onChunk) => {
      const sql = copyOutSql(fitRows(table, encoding))
      return answered(() => sessions.lend((session) => readRows(session, sql, onChunk)))
    },
    ddl: () => answered(() => dumpDdl(databaseUrl)),
    openScratch: () => answered(() => openBesideCopy(databaseUrl, first)),
    close: () => sessions.close(),
  }
}

/** Opens it on the same server, or embedded when the role may not create or enter another database. */
async function openBesideCopy(databaseUrl: string, session: Client): Promise<ScratchTarget> {
  const database = await createReloadDatabase(databaseUrl).catch(() => undefined) // A lost server fails below.
  if (!database) return openEmbedded(session)
  const target = await openPostgresTarget(database.url)
  return {
    ...target,
    close: () =>
      closeInOrder(
        () => target.close(),
        () => database.drop(),
      ),
  }
}

async function openEmbedded(session: Client): Promise<ScratchTarget> {
  const { openMemoryTarget } = await import('#backups/proof/pglite-target')
  const { rows } = await session.query<{ name: string }>('SELECT extname AS name FROM pg_catalog.pg_extension')
  const names = rows.map(({ name }) => name)
  return openMemoryTarget([...new Set(names).difference(new Set(findMissingExtensions(names)))])
}

async function readVersion(session: Client): Promise<ServerVersion> {
  const { rows } = await session.query<ServerVersion>(
    `SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
       pg_catalog.current_setting('server_encoding') AS encoding`,
  )
  return rows[0] ?? { version: '', major: 0, encoding: '' }
}

interface ServerVersion {
  version: string
  major: number
  /** Encoding of the database. */
  encoding: string
}

async function readRows(session: Client, sql: string, onChunk: (chunk: Buffer) => void): Promise<void> {
  await session.query('') // Answers of a failed statement may still be on their way.
  for await (const chunk of copyRows(session, sql)) onChunk(chunk)
}

/** A lost server says nothing about the dump: its failure gets its own code. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AppError || !isLost(cause)) throw cause
    throw new AppError('DATABASE_UNAVAILABLE', `the database stopped answering: ${getErrorMessage(cause)}`, { cause })
  }
}

/**
 * Recognises a lost connection by SQLSTATE (class 08, and 57P: the server shuts down or starts up), by the socket's
 * code, or by the driver's message.
 */
function isLost(error: unknown): boolean {
  const { code = '' } = error as { code?: string }
  if (/^08...$|^57P0[1-3]$|^(?:ECONNRESET|EPIPE|ECONNREFUSED|ETIMEDOUT)$/.test(code)) return true
  return /connection (?:terminated|is closed|error)|closed the connection|was closed|not queryable/i.test(
    getErrorMessage(error),
  )
}
