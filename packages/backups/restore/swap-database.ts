import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { openSession } from '#backups/postgres/session'
import { quoteName } from '#backups/postgres/quote'

export interface Swap {
  live: string
  beside: string
  /** New name of the live database; undefined when there is no live database. */
  before: string | undefined
  /** Statements of the same transaction, after the renames. */
  andThen?: string[]
}

const AGAIN_AFTER_MS = 50

/**
 * Renames both databases or none. A rename blocks new connections and then waits some seconds for existing ones, so the
 * swap ends them just before, and again while the rename waits, for those that connect in between.
 */
export async function swapDatabases(admin: Client, adminUrl: string, swap: Swap): Promise<void> {
  const { live, beside, before, andThen = [] } = swap
  const renames = [...(before === undefined ? [] : [renameSql(live, before)]), renameSql(beside, live)]
  const terminator = await openSession(adminUrl)
  const isOver = new AbortController()
  try {
    await endConnectionsTo(terminator, [live, beside])
    const ending = keepEnding(terminator, [live, beside], isOver.signal)
    const swapping = admin.query([...renames, ...andThen].join('; ')).finally(() => isOver.abort()) // a single message is a single transaction
    const [swapped] = await Promise.allSettled([swapping, ending]) // Remaining connections fail the renames.
    if (swapped.status === 'rejected') throw swapped.reason
  } finally {
    await terminator.end()
  }
}

async function keepEnding(terminator: Client, databases: string[], isOver: AbortSignal): Promise<void> {
  while (!isOver.aborted) {
    await pause(AGAIN_AFTER_MS)
    if (!isOver.aborted) await endConnectionsTo(terminator, databases)
  }
}

function renameSql(from: string, to: string): string {
  return `ALTER DATABASE ${quoteName(from)} RENAME TO ${quoteName(to)}`
}

async function endConnectionsTo(terminator: Client, databases: string[]): Promise<void> {
  await terminator.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
     WHERE datname = ANY ($1) AND pid <> pg_catalog.pg_backend_pid()`,
    [databases],
  )
}
