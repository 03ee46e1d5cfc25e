import type { Client } from 'pg'
import { AppError, messageOf } from '#platform/errors'
import { tryLock, unlock } from '#backups/advisory-lock'
import type { BackupId } from '#backups/backup-id'
import { openSession, withDatabase } from '#backups/session'
import { quoteName, quoteText } from '#backups/sql-names'

export interface ScratchDatabase {
  url: string
  drop(): Promise<void>
}

const PREFIX = 'hunter_proof_'

/**
 * An empty database of its own on the server of the URL, whose role must be allowed to create databases. Those of
 * proofs that died are dropped first. Roles that a dump makes stay on the server, without a right.
 * @throws AppError DATABASE_UNAVAILABLE, or RESTORE_TARGET_IN_USE when the same backup is being proven there
 */
export async function createScratchDatabase(
  serverUrl: string,
  { id, encoding }: { id: BackupId; encoding: string },
): Promise<ScratchDatabase> {
  const admin = await openSession(serverUrl)
  try {
    const name = PREFIX + id.toLowerCase().replace('-', '_')
    if (!(await tryLock(admin, name))) {
      throw new AppError('RESTORE_TARGET_IN_USE', `backup ${id} is being proven on the scratch server already`)
    }
    await dropDead(admin, name)
    await admin.query(`CREATE DATABASE ${quoteName(name)} TEMPLATE template0 ENCODING ${quoteText(encoding)}`)
    return { url: withDatabase(serverUrl, name), drop: () => dropAndEnd(admin, name) }
  } catch (error) {
    await admin.end()
    throw error
  }
}

async function dropAndEnd(admin: Client, name: string): Promise<void> {
  try {
    await dropDatabase(admin, name)
  } catch (cause) {
    const message = `the database ${name} stays on the scratch server until the next proof: ${messageOf(cause)}`
    throw new AppError('DATABASE_UNAVAILABLE', message, { cause })
  } finally {
    await admin.end()
  }
}

/** A database whose lock nobody holds is one that nobody uses; ours we hold ourselves. */
async function dropDead(admin: Client, ours: string): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_catalog.pg_database WHERE datname ~ '^${PREFIX}\\d{8}t\\d{6}z_[0-9a-f]{6}$'`,
  )
  for (const { datname } of rows) {
    if (datname === ours) await dropDatabase(admin, datname)
    else if (await tryLock(admin, datname)) {
      await dropDatabase(admin, datname)
      await unlock(admin, datname)
    }
  }
}

async function dropDatabase(admin: Client, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`)
}
