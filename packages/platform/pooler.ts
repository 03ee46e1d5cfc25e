/**
 * Tells whether a session is the server's own. A pooler in transaction mode (PgBouncer, pgcat, Supabase's and Neon's
 * poolers, RDS Proxy) lends a server's session for one transaction: what we would set for our session stays on the
 * server's, which the application gets next, and an advisory lock guards nothing.
 */
import type { Client } from 'pg'
import { AppError } from '#platform/errors'

/** Each round is two short statements. An idle pooler gives itself away in the first, a busy one soon after. */
const ROUNDS = 20
/** A pooler whose sessions are all lent answers nothing, for two minutes by default. */
const ANSWER_WITHIN_MS = 10_000

/**
 * Sets nothing and leaves nothing behind. Only behind a pooler, which gives its clients process ids of its own, a second
 * connection is opened for a moment: while the first is idle, the second must never get its process on the server.
 * @returns whether there is a pooler, in session mode
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

/** Takes our settings from the server's session before the pooler lends it to the next: not every pooler does. */
export function resetAtEnd(session: Client): void {
  const end = session.end.bind(session)
  const reset = async () => {
    const { _activeQuery, readyForQuery } = session as Client & { _activeQuery: unknown; readyForQuery: boolean }
    if (_activeQuery || !readyForQuery) return // the server's session ends with the statement
    await session.query('ROLLBACK')
    await session.query('DISCARD ALL')
  }
  Object.assign(session, { end: () => reset().then(end, end) })
}
