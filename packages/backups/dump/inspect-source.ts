import { openSession } from '#backups/postgres/session'
import { refuseServer } from '#backups/dump/unsupported'

interface SourceServer {
  /** Database name according to the server. */
  database: string
  serverVersion: string
  serverMajor: number
}

const SERVER = `
  SELECT pg_catalog.current_database()::text AS database, pg_catalog.current_setting('server_version') AS "serverVersion",
    pg_catalog.current_setting('server_version_num')::int / 10000 AS "serverMajor"`

/**
 * Reports the server and database behind a URL. @throws AppError DATABASE_UNAVAILABLE, or BACKUP_UNSUPPORTED for a
 * server that is too old or too new
 */
export async function inspectSource(databaseUrl: string): Promise<SourceServer> {
  const session = await openSession(databaseUrl)
  try {
    const { rows } = await session.query<SourceServer>(SERVER)
    const server = rows[0] as SourceServer
    refuseServer(server)
    return server
  } finally {
    await session.end()
  }
}
