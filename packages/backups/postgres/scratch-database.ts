import type { Client } from 'pg'
import { AppError, getErrorMessage } from '#platform/errors'
import { tryLock, unlock } from '#backups/postgres/advisory-lock'
import type { BackupId } from '#backups/format/backup-id'
import { type AdminConnection, dropDatabase } from '#backups/postgres/drop-database'
import { dropDeadReloads } from '#backups/proof/reload-database'
import { openSession, withDatabase } from '#backups/postgres/session'
import { quoteName, quoteText } from '#backups/postgres/quote'

interface ScratchDatabase {
  url: string
  /** Drops the database even while it is in use. Further calls do nothing. @throws AppError DATABASE_UNAVAILABLE */
  drop(): Promise<void>
}

interface ScratchInput {
  id: BackupId
  encoding: string
}

const PREFIX = 'hunter_proof_'

/**
 * Creates an empty database on the URL's server, whose role needs CREATEDB, and first drops those of crashed proofs.
 * Roles that a dump creates stay on the server, without rights. A sleeping server gets a minute to wake up. @throws
 * AppError DATABASE_UNAVAILABLE, or RESTORE_TARGET_IN_USE when another proof of the same backup runs there
 */
export async function createScratchDatabase(
  serverUrl: string,
  { id, encoding }: ScratchInput,
): Promise<ScratchDatabase> {
  const admin = await wake(serverUrl)
  const beside = { admin, adminUrl: serverUrl }
  try {
    const name = PREFIX + id.toLowerCase().replace('-', '_')
    if (!(await tryLock(admin, name))) {
      throw new AppError(
        'RESTORE_TARGET_IN_USE',
        `another proof of backup ${id} is already running on the scratch server`,
      )
    }
    await dropDead(beside, name)
    await admin.query(`CREATE DATABASE ${quoteName(name)} TEMPLATE template0 ENCODING ${quoteText(encoding)}`)
    let dropping: Promise<void> | undefined
    const drop = () => (dropping ??= dropAndEnd(beside, name))
    return { url: withDatabase(serverUrl, name), drop }
  } catch (error) {
    await admin.end()
    throw error
  }
}

/**
 * Drops the databases that crashed proofs left on the scratch server. Running proofs hold a lock, so theirs stay.
 * @returns their names @throws AppError DATABASE_UNAVAILABLE
 */
export async function sweepScratchServer(serverUrl: string): Promise<string[]> {
  const admin = await wake(serverUrl)
  try {
    return await dropDead({ admin, adminUrl: serverUrl })
  } catch (cause) {
    throw new AppError('DATABASE_UNAVAILABLE', `the scratch server cannot be cleaned up: ${getErrorMessage(cause)}`, {
      cause,
    })
  } finally {
    await admin.end()
  }
}

const TRIES = 6

/**
 * A sleeping serverless cluster accepts a connection and answers 15 to 30 seconds later; each try waits for ten
 * seconds.
 */
async function wake(serverUrl: string): Promise<Client> {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await openSession(serverUrl)
    } catch (error) {
      if (tries === 1 || !getErrorMessage(error).endsWith('timeout expired')) throw error
    }
  }
}

async function dropAndEnd(beside: AdminConnection, name: string): Promise<void> {
  try {
    await dropDatabase(beside, name)
  } catch (cause) {
    const message = `the database ${name} stays on the scratch server until the next proof: ${getErrorMessage(cause)}`
    throw new AppError('DATABASE_UNAVAILABLE', message, { cause })
  } finally {
    await beside.admin.end()
  }
}

/** A database is unused when its lock is free. Our own session holds the lock of ours. */
async function dropDead(beside: AdminConnection, ours?: string): Promise<string[]> {
  const { admin } = beside
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_catalog.pg_database WHERE datname ~ '^${PREFIX}\\d{8}t\\d{6}z_[0-9a-f]{6}$'`,
  )
  const dropped: string[] = []
  for (const { datname } of rows) {
    if (datname !== ours && !(await tryLock(admin, datname))) continue
    await dropDatabase(beside, datname)
    if (datname !== ours) await unlock(admin, datname)
    dropped.push(datname)
  }
  await dropDeadReloads(beside)
  return dropped
}
