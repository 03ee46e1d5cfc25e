/** Runs the reviewed SQL of a folder once each, in order, under one lock for all who try. */
import { Client } from 'pg'
import { sqlStateOf, translated } from '#db/client'
import { type Migration, readMigrations } from '#db/migration-files'
import { AppError, messageOf } from '#platform/errors'

export interface MigrateDeps {
  url: string
  /** Folder of `NNNN_name.sql` and `NNNN_name.down.sql`. */
  folder: string
}

export interface MigrationState {
  name: string
  /** ISO time; null while pending. */
  appliedAt: string | null
}

interface Applied {
  name: string
  checksum: string
  applied_at: Date
}

/** Any fixed number does, as long as nothing else in the database takes the same advisory lock. */
const LOCK = 7_218_041_520
const LOCK_TIMEOUT_MS = 60_000
const LOCK_NOT_AVAILABLE = '55P03'

const BOOK = `create table if not exists hunter_migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
)`

/**
 * Applies what is pending; returns the names in order, none when there was nothing to do.
 * @throws AppError MIGRATION_CHANGED, MIGRATION_FAILED (nothing of the failed one stays), DATABASE_UNAVAILABLE
 */
export async function migrate(deps: MigrateDeps): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  return locked(deps.url, async (client) => {
    const pending = pendingOf(migrations, await appliedTo(client))
    for (const { name, up, checksum } of pending) {
      await step(client, name, async () => {
        await client.query(up)
        await client.query('insert into hunter_migrations (name, checksum) values ($1, $2)', [name, checksum])
      })
    }
    return pending.map(({ name }) => name)
  })
}

/** Takes the newest applied migration back; returns its name, or null when none is applied. */
export async function rollbackLast(deps: MigrateDeps): Promise<string | null> {
  const migrations = await readMigrations(deps.folder)
  return locked(deps.url, async (client) => {
    const applied = await appliedTo(client)
    pendingOf(migrations, applied)
    const last = migrations.find(({ name }) => name === applied.at(-1)?.name)
    if (!last) return null
    await step(client, last.name, async () => {
      await client.query(last.down)
      await client.query('delete from hunter_migrations where name = $1', [last.name])
    })
    return last.name
  })
}

/** Reads only: a database that was never migrated stays untouched. */
export async function migrationStatus(deps: MigrateDeps): Promise<MigrationState[]> {
  const migrations = await readMigrations(deps.folder)
  return connected(deps.url, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('hunter_migrations') is not null as there`,
    )
    const applied = rows[0]?.there ? await appliedTo(client) : []
    pendingOf(migrations, applied)
    const times = new Map(applied.map((row) => [row.name, row.applied_at.toISOString()]))
    return migrations.map(({ name }) => ({ name, appliedAt: times.get(name) ?? null }))
  })
}

async function appliedTo(client: Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>('select name, checksum, applied_at from hunter_migrations order by name')
  return rows
}

/** What is in the folder and not in the database; everything that is in both must be the same. */
function pendingOf(migrations: Migration[], applied: Applied[]): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { name, checksum } of applied) {
    const file = files.get(name)
    if (!file) throw new AppError('MIGRATION_CHANGED', `migration ${name} has run here, and its file is gone`)
    if (file.checksum !== checksum) {
      throw new AppError('MIGRATION_CHANGED', `migration ${name} has run here, and its file was changed since`)
    }
  }
  const done = new Set(applied.map(({ name }) => name))
  return migrations.filter(({ name }) => !done.has(name))
}

async function step(client: Client, name: string, work: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await work()
    await client.query('commit')
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined) // a lost connection rolls back by itself
    throw new AppError('MIGRATION_FAILED', `migration ${name} failed: ${messageOf(thrown)}`, { cause: thrown })
  }
}

/** Whoever comes second waits, and then finds the work done. */
async function locked<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  return connected(url, async (client) => {
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await takeLock(client)
    await client.query(BOOK)
    return work(client)
  })
}

async function takeLock(client: Client): Promise<void> {
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
  } catch (thrown) {
    if (sqlStateOf(thrown) !== LOCK_NOT_AVAILABLE) throw thrown
    throw new AppError('MIGRATION_FAILED', 'another migration is still running', { cause: thrown })
  }
}

/** A session of its own: the lock ends with it, whatever happens. */
async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  return translated(async () => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'hunter' })
    client.on('error', () => undefined) // the query under way reports it
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end()
    }
  })
}
