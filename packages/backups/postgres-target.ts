import { pipeline } from 'node:stream/promises'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { dumpDdl } from '#backups/ddl'
import type { RestoreTarget } from '#backups/restore-target'
import { openSession } from '#backups/session'
import { copyInSql, copyOutSql } from '#backups/sql-names'

/** A database on a server, over one connection. @throws AppError DATABASE_UNAVAILABLE */
export async function openPostgresTarget(databaseUrl: string): Promise<RestoreTarget> {
  const session = await openSession(databaseUrl)
  const version = await session.query<{ version: string; major: number }>(
    `SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::int / 10000 AS major`,
  )
  const { version: serverVersion = '', major: serverMajor = 0 } = version.rows[0] ?? {}
  return {
    name: `Postgres ${serverVersion}`,
    serverMajor,
    execute: async (sql) => void (await session.query(sql)),
    query: async <Row extends object>(sql: string) => (await session.query<Row>(sql)).rows,
    copyIn: (table, lines) => pipeline(lines, session.query(copyFrom(copyInSql(table)))),
    copyOut: async (table, onChunk) => {
      for await (const chunk of session.query(copyTo(copyOutSql(table)))) onChunk(chunk as Buffer)
    },
    ddl: () => dumpDdl(databaseUrl),
    close: () => session.end(),
  }
}
