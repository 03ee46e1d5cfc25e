import type { Client } from 'pg'
import { BoundedClient } from '#db/bounded-client'
import { findSqlState, mapDatabaseErrors } from '#db/failure'
import { AppError } from '#platform/errors'

const INSUFFICIENT_PRIVILEGE = '42501'

/** Time limit of CREATE and DROP DATABASE, which wait for a checkpoint. */
const CREATE_TIMEOUT_MS = 60_000

/**
 * An empty database on the same server for as long as `work` runs: the same version writes definitions in the same
 * words. Its name contains the id of its session, so that a leftover of a dead process blocks no other.
 * @throws AppError SCRATCH_REFUSED when the role may make no database, DATABASE_UNAVAILABLE
 */
export async function withScratchDatabase<T>(url: string, work: (scratchUrl: string) => Promise<T>): Promise<T> {
  return mapDatabaseErrors(() => inScratch(url, work))
}

async function inScratch<T>(url: string, work: (scratchUrl: string) => Promise<T>): Promise<T> {
  const owner = new BoundedClient({
    connectionString: url,
    answerTimeoutMs: CREATE_TIMEOUT_MS,
    application_name: 'hunter scratch',
  })
  owner.on('error', () => undefined) // the query under way reports it
  try {
    await owner.connect()
    const { rows } = await owner.query<{ name: string }>(`select 'hunter_scratch_' || pg_backend_pid() as name`)
    const name = rows[0]?.name ?? ''
    await owner.query(`drop database if exists ${name} with (force)`)
    await create(owner, name)
    try {
      return await work(replaceDatabaseName(url, name))
    } finally {
      await owner.query(`drop database if exists ${name} with (force)`)
    }
  } finally {
    await owner.end()
  }
}

async function create(owner: Client, name: string): Promise<void> {
  try {
    await owner.query(`create database ${name} template template0`)
  } catch (cause) {
    if (findSqlState(cause) !== INSUFFICIENT_PRIVILEGE) throw cause
    throw new AppError('SCRATCH_REFUSED', 'the role in the database URL may not create a database to compare with', {
      cause,
    })
  }
}

function replaceDatabaseName(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
