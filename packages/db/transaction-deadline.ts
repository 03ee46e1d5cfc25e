/**
 * Ends a transaction that takes too long, on any server: `transaction_timeout` is new in Postgres 17, and
 * `statement_timeout` restarts with each statement.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { BoundedClient } from '#db/bounded-client'
import { runWithinBudget } from '#db/budget'
import type { Database } from '#db/client'
import { AppError } from '#platform/errors'

export interface Deadline {
  /** Never resolves; rejects with DATABASE_BUSY once the time is over and the session was ended. */
  passed: Promise<never>
  /** What `passed` is rejected with, from the moment that the time is over. */
  error(): AppError | undefined
  stop(): void
}

/** Time limit for ending the session from a second connection; if that fails, the connection is closed anyway. */
const END_TIMEOUT_MS = 1_000

export function startDeadline(
  db: Database,
  client: PoolClient,
  { timeoutMs, endsAtMs }: { timeoutMs: number; endsAtMs: number },
): Deadline {
  const passed = Promise.withResolvers<never>()
  passed.promise.catch(() => undefined) // it may pass while no code awaits it
  let error: AppError | undefined
  const end = async () => {
    error = new AppError('DATABASE_BUSY', `the database did not finish within ${Math.round(timeoutMs / 100) / 10} s`)
    // what is left of the request's own time may be nothing
    const ended = runWithinBudget(END_TIMEOUT_MS, () => endSession(db, client))
    await Promise.race([ended, pause(END_TIMEOUT_MS, undefined, { ref: false })])
    passed.reject(error)
  }
  const timer = setTimeout(() => void end(), Math.max(0, endsAtMs - performance.now()))
  return { passed: passed.promise, error: () => error, stop: () => clearTimeout(timer) }
}

/**
 * A server that waits for a lock does not notice that its client is gone, and would keep the locks that it has. The session
 * is still ours here, so the process id names no other's.
 */
async function endSession(db: Database, client: PoolClient): Promise<void> {
  const { processID } = client as PoolClient & { processID: number | null }
  const admin = new BoundedClient({
    ...db.$client.options,
    connectionTimeoutMillis: END_TIMEOUT_MS,
    answerTimeoutMs: END_TIMEOUT_MS,
  })
  admin.on('error', () => undefined)
  try {
    await admin.connect()
    await admin.query('select pg_terminate_backend($1)', [processID])
  } catch {
    // the server cannot be reached: it will notice that the connection is gone
  } finally {
    await admin.end().catch(() => undefined)
  }
}
