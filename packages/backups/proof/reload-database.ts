import type { Client } from 'pg'
import { closeInOrder } from '#platform/async/close-in-order'
import { openAdminConnection } from '#backups/postgres/database-names'
import { createDatabaseSql, readCurrentUser, readProperties } from '#backups/postgres/database-properties'
import { type AdminConnection, dropDatabase } from '#backups/postgres/drop-database'
import { getDatabaseName, withDatabase } from '#backups/postgres/session'

interface ReloadDatabase {
  url: string
  drop(): Promise<void>
}

const PREFIX = 'hunter_reload_'

/**
 * Creates an empty database like the copy, on the same server, for reloading definitions. Its name holds the copy's
 * oid, so that a leftover is told from one in use. @throws AppError DATABASE_UNAVAILABLE, or the server's own error,
 * such as a missing right to create databases
 */
export async function createReloadDatabase(copyUrl: string): Promise<ReloadDatabase> {
  const beside = await openAdminConnection(copyUrl)
  const { admin } = beside
  try {
    const { name, properties } = await describeCopy(admin, getDatabaseName(copyUrl))
    await dropDeadReloads(beside)
    await dropDatabase(beside, name)
    await admin.query(createDatabaseSql(name, properties))
    const drop = () =>
      closeInOrder(
        () => dropDatabase(beside, name),
        () => admin.end(),
      )
    return { url: withDatabase(copyUrl, name), drop }
  } catch (error) {
    await admin.end()
    throw error
  }
}

async function describeCopy(admin: Client, copy: string) {
  const { rows } = await admin.query<{ oid: string }>(
    'SELECT oid::int8::text AS oid FROM pg_catalog.pg_database WHERE datname = $1',
    [copy],
  )
  const properties = await readProperties(admin, copy)
  if (!rows[0] || !properties) throw new Error(`the database ${copy} is missing`)
  return {
    name: PREFIX + rows[0].oid,
    properties: { ...properties, owner: await readCurrentUser(admin), connectionLimit: -1 },
  }
}

/** Drops reload databases of crashed proofs once their copies are gone. */
export async function dropDeadReloads(beside: AdminConnection): Promise<void> {
  const { rows } = await beside.admin.query<{ datname: string }>(
    `SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname ~ '^${PREFIX}\\d+$' AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_database c WHERE '${PREFIX}' || c.oid::int8 = d.datname)`,
  )
  for (const { datname } of rows) await dropDatabase(beside, datname)
}
