/** How many locks a server's sessions can hold together, and what to say when those are too few. */
import type { Client } from 'pg'
import { AppError, type ErrorCode, messageOf } from '#platform/errors'

export interface LockRoom {
  /** Of the database that is dumped. */
  tables: number
  /** `max_locks_per_transaction`. */
  perTransaction: number
  /** The transactions for which the server keeps so many. */
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

/** The server keeps a place for each object that is locked and two for those that hold it; a quarter is left to others. */
const PLACES_PER_LOCK = 2
const SHARE = 0.75

/** How many sessions a dump has, each of which locks every table: one that reads rows and one for pg_dump at least. */
export function planSessions(room: LockRoom, streamsWanted: number): { streams: number; pgDumps: 1 | 2 } {
  const { tables, perTransaction, transactions } = room
  const sessions = Math.floor((perTransaction * transactions * PLACES_PER_LOCK * SHARE) / Math.max(1, tables))
  if (sessions < 3) return { streams: 1, pgDumps: 1 }
  return { streams: Math.min(streamsWanted, sessions - 2), pgDumps: 2 }
}

/** @returns the error to throw: with the remedy, when the server has no room for its locks */
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

/** A table that is restored, with all that belongs to it: its key and long values, a sequence, what refers to it. */
const LOCKS_PER_TABLE = 8
/** The default of `max_connections`. */
const CONNECTIONS = 100

/** The same of the server that a backup is restored into in one transaction. */
export function explainTargetLocks(tables: { name: string }[], cause: unknown): unknown {
  if (!isOutOfLocks(cause)) return cause
  const count = new Set(tables.map(({ name }) => name)).size
  const needed = Math.max(256, Math.ceil((count * LOCKS_PER_TABLE) / CONNECTIONS))
  const why = `the server has no room for the locks of ${count} tables in one transaction`
  const remedy = `set its max_locks_per_transaction to ${needed} or more and restart it`
  return new AppError('RESTORE_FAILED', `${why}: ${remedy}`, { cause })
}

function isOutOfLocks(error: unknown): boolean {
  return messageOf(error).includes('out of shared memory')
}
