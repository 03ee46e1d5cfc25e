/**
 * Detects poolers in transaction mode (PgBouncer, pgcat, Supabase's and Neon's poolers, RDS Proxy), which lend a server
 * session for one transaction: our settings would stay on the server session, which the application gets next, and an
 * advisory lock would guard nothing.
 */
import type { Client } from 'pg'
import { AppError } from '#platform/errors'

/** Each round is two short statements. An idle pooler shows itself in the first, a busy one soon after. */
const ROUNDS = 20
/** A pooler with no free server session answers nothing, for two minutes by default. */
const ANSWER_WITHIN_MS = 10_000

/**
 * Changes nothing on the server. Behind a pooler, which gives its clients process ids of its own, it opens a second
 * connection for a moment: while the first is idle, the second must never get its server process.
 *
 * @returns true behind a pooler in session mode
 *
 * @throws AppError TRANSACTION_POOLER
 */
export async function refuseTransactionMode(session: Client, openAnother: () => Promise<Client>): Promise<boolean> {
  const { processID, host, port } = session as Client & { processID: number | null }
  const own = await readBackendPid(session)
  if (own === processID) return false
  const another = await openAnother()
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      if ((await readBackendPid(another)) === own || (await readBackendPid(session)) !== own)
        throw createRefusal(host, port)
    }
    return true
  } finally {
    await another.end()
  }
}

async function readBackendPid(session: Client): Promise<number | undefined> {
  const query = { text: 'SELECT pg_catalog.pg_backend_pid() AS pid', query_timeout: ANSWER_WITHIN_MS }
  return (await session.query<{ pid: number }>(query)).rows[0]?.pid
}

function createRefusal(host: string, port: number): AppError {
  return new AppError(
    'TRANSACTION_POOLER',
    `${host}:${port} is a pooler in transaction mode: the settings of this run would leak into sessions of the application, and its locks would protect nothing`,
  )
}

/** Resets our settings before the pooler lends the server session on, because not every pooler does. */
export function resetAtEnd(session: Client): void {
  const end = session.end.bind(session)
  const reset = async () => {
    const { _activeQuery, readyForQuery } = session as Client & { _activeQuery: unknown; readyForQuery: boolean }
    if (_activeQuery || !readyForQuery) return // the server session ends with the statement
    await session.query('ROLLBACK')
    await session.query('DISCARD ALL')
  }
  Object.assign(session, { end: () => reset().then(end, end) })
}
