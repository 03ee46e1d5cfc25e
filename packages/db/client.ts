/** One pool for a process. */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import { BoundedClient } from '#db/bounded-client'
import { BoundedPool } from '#db/bounded-pool'
import { mapDatabaseErrors } from '#db/failure'

export interface DatabaseOptions {
  url: string
  maxConnections: number
  /** The server ends a statement that takes longer; 0: none. */
  statementTimeoutMs: number
  /** A connection without an answer for so long is dropped. The server must have had the time to end the statement itself. */
  answerTimeoutMs?: number
  connectTimeoutMs?: number
}

/** What the server's word that it ended a statement may need on its way. */
const ANSWER_GRACE_MS = 1_000

/**
 * Disks and caches read any page at nearly the cost of the next one. Workers of one statement would each read ahead along an
 * index of which a page needs the beginning, and take the processors from other requests.
 */
const PLANNER = '-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0'

/** What a query needs: the pool, or the one connection of a transaction. */
export type Queryable = NodePgDatabase
export type Database = NodePgDatabase & { $client: Pool }

/** Connects on the first query; close it with `closeDatabase`. */
export function createDatabase({ statementTimeoutMs, ...options }: DatabaseOptions): Database {
  const pool = new BoundedPool({
    Client: BoundedClient,
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    answerTimeoutMs:
      options.answerTimeoutMs ?? (statementTimeoutMs > 0 ? statementTimeoutMs + ANSWER_GRACE_MS : undefined),
    idle_in_transaction_session_timeout: statementTimeoutMs,
    allowExitOnIdle: true,
    application_name: 'hunter',
    options: PLANNER,
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
  await mapDatabaseErrors(() => db.execute('select 1'))
}
