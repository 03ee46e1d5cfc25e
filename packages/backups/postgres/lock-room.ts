/** Computes how many locks a server's lock table can hold, and explains a failure for lack of room. */
import type { Client } from 'pg'
import { AppError, type ErrorCode, getErrorMessage } from '#platform/errors'

export interface LockRoom {
  /** Number of tables in the dumped database. */
  tables: number
  /** `max_locks_per_transaction`. */
  perTransaction: number
  /** Number of transactions for which the server reserves them. */
  transactions: number
}

const ROOM = `
  SELECT pg_catalog.current_setting('max_locks_per_transaction')::int AS "perTransaction",
    pg_catalog.current_setting('max_connections')::int + pg_catalog.current_setting('max_prepared_transactions')::int
      AS transactions`

export async function readLockRoom(session: Client, tables: number): Promise<LockRoom> {
  const { rows } = await session.query<Omit<LockRoom, 'tables'>>(ROOM)
  return { tables, perTransaction: 0, transactions: 1, ...rows[0] }
}

/** The server needs one entry for a locked object and two for its holders; a quarter is left for other sessions. */
const PLACES_PER_LOCK = 2
const SHARE = 0.75

/** Plans a dump's sessions, each of which locks every table: at least one that reads rows and one for pg_dump. */
export function planSessions(room: LockRoom, streamsWanted: number): { streams: number; pgDumps: 1 | 2 } {
  const { tables, perTransaction, transactions } = room
  const sessions = Math.floor((perTransaction * transactions * PLACES_PER_LOCK * SHARE) / Math.max(1, tables))
  if (sessions < 3) return { streams: 1, pgDumps: 1 }
  return { streams: Math.min(streamsWanted, sessions - 2), pgDumps: 2 }
}

/** @returns the error to throw, with the remedy when the lock table is full */
export function explainLocks(
  code: ErrorCode,
  { tables, perTransaction, transactions }: LockRoom,
  cause: unknown,
): unknown {
  if (!isOutOfLocks(cause)) return cause
  const needed = Math.max(perTransaction * 2, Math.ceil((tables * 1.5) / transactions))
  const why = `the server has no room to lock ${tables} tables at once (max_locks_per_transaction is ${perTransaction})`
  return new AppError(code, `${why}: set it to ${needed} or more and restart the server`, { cause })
}

/** A restored table with its dependents: key, TOAST table, sequence and foreign keys. */
const LOCKS_PER_TABLE = 8
/** Default of `max_connections`. */
const CONNECTIONS = 100

/** Does the same for the server into which one transaction restores a backup. */
export function explainTargetLocks(tables: { name: string }[], cause: unknown): unknown {
  if (!isOutOfLocks(cause)) return cause
  const count = new Set(tables.map(({ name }) => name)).size
  const needed = Math.max(256, Math.ceil((count * LOCKS_PER_TABLE) / CONNECTIONS))
  const why = `the server has no room for the locks of ${count} tables in one transaction`
  const remedy = `set its max_locks_per_transaction to ${needed} or more and restart it`
  return new AppError('RESTORE_FAILED', `${why}: ${remedy}`, { cause })
}

function isOutOfLocks(error: unknown): boolean {
  return getErrorMessage(error).includes('out of shared memory')
}
