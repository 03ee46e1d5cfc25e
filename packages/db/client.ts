/** One pool for a process. */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import { translated } from '#db/failure'
import { ServerClient } from '#platform/server-client'

export interface DatabaseOptions {
  url: string
  maxConnections: number
  statementTimeoutMs: number
  connectTimeoutMs?: number
}

/** What a query needs: the pool, or the one connection of a transaction. */
export type Queryable = NodePgDatabase
export type Database = NodePgDatabase & { $client: Pool }

/** Connects on the first query; close it with `closeDatabase`. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = new Pool({
    Client: ServerClient,
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.statementTimeoutMs,
    allowExitOnIdle: true,
    application_name: 'hunter',
  })
  // An idle connection that breaks is replaced on the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  return drizzle(pool)
}

export async function closeDatabase(db: Database): Promise<void> {
  await db.$client.end()
}

/** @throws AppError DATABASE_UNAVAILABLE */
export async function pingDatabase(db: Database): Promise<void> {
  await translated(() => db.execute('select 1'))
}
