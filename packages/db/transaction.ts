/** Transactions that never leak a connection, that end in time, and that try again where Postgres asks for it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { PoolClient } from 'pg'
import type { Database, Queryable } from '#db/client'
import { getBudgetLeftMs, runWithinBudget } from '#db/budget'
import { findSqlState } from '#db/failure'
import { type Deadline, startDeadline } from '#db/transaction-deadline'

declare const inTransactionBrand: unique symbol
/** One connection with a transaction open. Use it alone until the transaction ends. */
export type Transaction = Queryable & { readonly [inTransactionBrand]: true }

/** What a caller keeps beside some work, in the same transaction: both are kept, or neither. */
export type AlsoSave<T> = (tx: Transaction, done: T) => Promise<void>

export interface TransactionOptions {
  /** Times the work may run in all. */
  tries?: number
  /** How long to wait before try `attempt` (2, 3, …). */
  pause?: (attempt: number) => Promise<void>
  /** Time limit of all tries together, or the rest of the request's budget; longer work is rolled back and ended. */
  timeoutMs?: number
  /** True: the work only reads, and all of its statements see the same state of the database. */
  isSnapshot?: boolean
}

/** A worker and a request have more time than that, so that they can still report what happened. */
const TIMEOUT_MS = 30_000

/** Deadlock and serialization failure: the server chose us to give way, and the same work may succeed now. */
const RETRYABLE_STATES = new Set(['40P01', '40001'])

export function isRetryable(thrown: unknown): boolean {
  return RETRYABLE_STATES.has(findSqlState(thrown) ?? '')
}

/**
 * Runs `work` in one transaction; a deadlock or serialization failure runs it again from the start, so it must have
 * no effects but those on `tx`.
 * @throws AppError DATABASE_BUSY when it takes too long, and what `work` throws
 */
export async function runInTransaction<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  { tries = 3, pause = backOff, isSnapshot = false, ...options }: TransactionOptions = {},
): Promise<T> {
  const timeoutMs = Math.min(options.timeoutMs ?? TIMEOUT_MS, getBudgetLeftMs())
  const endsAtMs = performance.now() + timeoutMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryOnce(db, work, { timeoutMs, endsAtMs, isSnapshot })
    } catch (thrown) {
      if (attempt >= tries || !isRetryable(thrown)) throw thrown
      await pause(attempt + 1)
    }
  }
}

/** Undoes `work` alone when it fails; the transaction lives on. */
export async function runInSavepoint<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  await tx.execute(sql`savepoint step`)
  try {
    const result = await work()
    await tx.execute(sql`release savepoint step`)
    return result
  } catch (thrown) {
    await tx.execute(sql`rollback to savepoint step`)
    await tx.execute(sql`release savepoint step`)
    throw thrown
  }
}

/** The query under way reports a lost connection; without a listener the event would end the process. */
const ignore = () => undefined

/** Written by hand because Drizzle's own loses the connection when `begin` or `rollback` fails. */
async function tryOnce<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  { isSnapshot, ...limit }: { timeoutMs: number; endsAtMs: number; isSnapshot: boolean },
): Promise<T> {
  const client = await db.$client.connect()
  client.on('error', ignore)
  const deadline = startDeadline(db, client, limit)
  let broken: Error | undefined
  try {
    return await Promise.race([runWhole(client, work, isSnapshot), deadline.passed])
  } catch (thrown) {
    broken = await rollBackOrBreak(client, deadline)
    throw deadline.error() ?? thrown
  } finally {
    deadline.stop()
    client.off('error', ignore)
    client.release(broken ?? deadline.error()) // the pool must not reuse a session that is being ended
  }
}

async function runWhole<T>(client: PoolClient, work: (tx: Transaction) => Promise<T>, isSnapshot: boolean): Promise<T> {
  await client.query(isSnapshot ? 'begin isolation level repeatable read read only' : 'begin')
  const result = await work(drizzle(client) as unknown as Transaction)
  await client.query('commit')
  return result
}

/** A server that does not answer undoes the work, too: when it finds the connection closed. */
const ROLLBACK_TIMEOUT_MS = 1_000

/** Answers why the connection cannot be used again. */
async function rollBackOrBreak(client: PoolClient, deadline: Deadline): Promise<Error | undefined> {
  // code that still uses it must find it closed
  if (deadline.error()) return deadline.error()
  try {
    await Promise.race([runWithinBudget(ROLLBACK_TIMEOUT_MS, () => client.query('rollback')), deadline.passed])
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown))
  }
}

/** 50 to 100 ms before the second try, 100 to 200 before the third: two workers must not meet again in step. */
async function backOff(attempt: number): Promise<void> {
  const ceilingMs = 50 * 2 ** (attempt - 1)
  await sleep(ceilingMs / 2 + (Math.random() * ceilingMs) / 2)
}
