import type { Client } from 'pg'
import { openSession, withDatabase } from '#backups/postgres/session'
import { quoteName } from '#backups/postgres/quote'

/** A session in another database of the server, and that database's URL. */
export interface AdminConnection {
  admin: Client
  adminUrl: string
}

/**
 * Drops a database if it exists, its subscriptions first, since Postgres refuses to drop a database that has some. It
 * contacts no publisher and leaves replication slots alone. @param options `force` ends the sessions in it; without it,
 * they are an error
 */
export async function dropDatabase(
  { admin, adminUrl }: AdminConnection,
  name: string,
  { force = true }: { force?: boolean } = {},
): Promise<void> {
  const subscriptions = await subscriptionsIn(admin, name)
  if (subscriptions.length > 0) await dropSubscriptions(withDatabase(adminUrl, name), subscriptions)
  await admin.query(`DROP DATABASE IF EXISTS ${quoteName(name)}${force ? ' WITH (FORCE)' : ''}`)
}

/** The catalog of subscriptions is shared by all databases. */
async function subscriptionsIn(admin: Client, database: string): Promise<string[]> {
  const { rows } = await admin.query<{ subname: string }>(
    `SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
     WHERE d.datname = $1`,
    [database],
  )
  return rows.map(({ subname }) => subname)
}

async function dropSubscriptions(databaseUrl: string, names: string[]): Promise<void> {
  const session = await openSession(databaseUrl)
  try {
    await disableEventTriggers(session)
    for (const name of names.map(quoteName)) {
      await session.query(`ALTER SUBSCRIPTION ${name} DISABLE`)
      await session.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`)
      await session.query(`DROP SUBSCRIPTION ${name}`)
    }
  } finally {
    await session.end()
  }
}

/** Disables the database's event triggers for our session. They fire when the role may not disable them. */
export async function disableEventTriggers(session: Client): Promise<void> {
  await session.query('SET session_replication_role = replica').catch(() => undefined)
}
