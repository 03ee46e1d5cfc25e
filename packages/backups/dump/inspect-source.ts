import { openSession } from '#backups/postgres/session'
import { refuseServer } from '#backups/dump/unsupported'

export interface SourceServer {
  /** The database's name as the server knows it. */
  database: string
  serverVersion: string
  serverMajor: number
}

const SERVER = `
  SELECT pg_catalog.current_database()::text AS database, pg_catalog.current_setting('server_version') AS "serverVersion",
    pg_catalog.current_setting('server_version_num')::int / 10000 AS "serverMajor"`

/** What a URL leads to. @throws AppError DATABASE_UNAVAILABLE, or BACKUP_UNSUPPORTED for a server of another age */
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
