/** The one session that migrates: alone in its database, with limits on how long it may hold up others. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { BoundedClient } from '#db/bounded-client'
import { mapDatabaseErrors } from '#db/failure'
import { AppError } from '#platform/errors'
import { refuseTransactionMode, resetAtEnd } from '#platform/pooler'

export interface SessionDeps {
  url: string
  /** The person or release that migrates, for the history: `cli ayse@laptop`, `release 1.2.0`. */
  actor?: string
  /** How long to wait for another migration. */
  waitMs?: number
  /** How long one statement may take: the longest that a migration needs, or 0 for any time. */
  statementTimeoutMs?: number
}

export const STATEMENT_TIMEOUT_MS = 240_000
/** What the server's word that it ended a statement may need on its way; a session without it is given up. */
const ANSWER_GRACE_MS = 2_000

/** Any fixed number does, as long as nothing else in the database takes the same advisory lock. */
const LOCK = 7_218_041_520
const WAIT_MS = 60_000
const POLL_MS = 100
const APPLICATION = 'hunter migrate'

/**
 * A second caller waits, and then finds the work done. The lock is polled: a session that waits inside a statement
 * would hold a snapshot, and CREATE INDEX CONCURRENTLY waits for every snapshot to end.
 * @throws AppError MIGRATION_RUNNING, DATABASE_UNAVAILABLE, TRANSACTION_POOLER
 */
export async function withMigrationLock<T>(deps: SessionDeps, work: (client: Client) => Promise<T>): Promise<T> {
  return withMigrationSession(deps, async (client) => {
    const openAnother = () => connect(deps)
    if (await refuseTransactionMode(client, openAnother)) resetAtEnd(client)
    await client.query(LIFT_LIMITS)
    const tries = Math.ceil((deps.waitMs ?? WAIT_MS) / POLL_MS)
    for (let attempt = 0; !(await tryLock(client)); attempt += 1) {
      if (attempt >= tries) throw new AppError('MIGRATION_RUNNING', await describeHolder(client))
      await sleep(POLL_MS)
    }
    return work(client)
  })
}

/** A session of its own: the lock ends with it, whatever happens. */
export async function withMigrationSession<T>(deps: SessionDeps, work: (client: Client) => Promise<T>): Promise<T> {
  return mapDatabaseErrors(async () => {
    const client = await connect(deps)
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  })
}

async function connect({ url, actor, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: SessionDeps): Promise<Client> {
  const application_name = actor === undefined ? APPLICATION : `${APPLICATION}: ${actor}`
  const answerTimeoutMs = statementTimeoutMs > 0 ? statementTimeoutMs + ANSWER_GRACE_MS : undefined
  const client = new BoundedClient({ connectionString: url, application_name, answerTimeoutMs })
  client.on('error', () => undefined) // the query under way reports it
  await client.connect()
  return client
}

/**
 * A migration has limits of its own. Those of the role or the database would end the session, and with it the lock,
 * while it waits or works, or forbid it to write; some came with Postgres 14 and 17.
 */
const LIFT_LIMITS = `
  select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings
   where name = any ('{statement_timeout,idle_in_transaction_session_timeout,idle_session_timeout,transaction_timeout,
     default_transaction_read_only}')`

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [LOCK])
  return rows[0]?.got === true
}

const HOLDER = `
  select a.pid, a.application_name as application, a.backend_start as since
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
   where l.locktype = 'advisory' and l.granted and l.objsubid = 1
     and l.database = (select oid from pg_database where datname = current_database())
     and (l.classid::bigint << 32 | l.objid::bigint) = $1`

async function describeHolder(client: Client): Promise<string> {
  const { rows } = await client.query<{ pid: number; application: string; since: Date | null }>(HOLDER, [LOCK])
  const [row] = rows
  if (!row) return 'another migration is still running'
  const since = row.since === null ? '' : ` since ${row.since.toISOString()}`
  return `another migration is still running: process ${row.pid} of the server (${row.application})${since}`
}
