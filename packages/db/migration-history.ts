/** What the database knows of its own migrations. Made by the first migration or stamp, never by a reader. */
import type { Client } from 'pg'
import type { Migration } from '#db/migration-files'
import { AppError } from '#platform/errors'
import { formatCount } from '#platform/count-text'

type Direction = 'up' | 'down' | 'stamp'

interface Applied {
  name: string
  checksum: string
  applied_at: Date
}

export interface HistoryEntry {
  name: string
  direction: Direction
  /** The person or release that ran it, and the role of the database. */
  actor: string
  role: string
  /** ISO time. */
  startedAt: string
  durationMs: number
  /** null when it was done. */
  error: string | null
}

/** Tables of this file; no migration makes them. */
export const HISTORY_TABLES = ['hunter_migrations', 'hunter_migration_history', 'hunter_migration_steps']

const CREATE_HISTORY_TABLES = `
create table if not exists hunter_migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);
create table if not exists hunter_migration_history (
  id bigint generated always as identity primary key,
  name text not null,
  direction text not null check (direction in ('up', 'down', 'stamp')),
  actor text not null,
  role text not null default session_user,
  started_at timestamptz not null,
  finished_at timestamptz not null default clock_timestamp(),
  error text
);
create table if not exists hunter_migration_steps (
  name text not null,
  direction text not null check (direction in ('up', 'down')),
  step integer not null,
  statement_sha256 text not null,
  finished_at timestamptz,
  primary key (name, direction, step)
)`

export async function createHistoryTables(client: Client): Promise<void> {
  await client.query(CREATE_HISTORY_TABLES)
}

export async function readApplied(client: Client): Promise<Applied[]> {
  if (!(await hasTable(client, 'hunter_migrations'))) return []
  const { rows } = await client.query<Applied>('select name, checksum, applied_at from hunter_migrations order by name')
  return rows
}

interface HistoryState {
  /** Migrations in the folder that are not in the database. */
  pending: Migration[]
  /** Ran in the database, and newer than the folder's last file: a newer checkout made them. */
  ahead: string[]
}

/**
 * Everything that is in both must be the same, and nothing may be missing before what has run. A database that is ahead
 * is fine for older code, which runs on the newer schema while a release goes out or goes back.
 * @throws AppError MIGRATION_CHANGED
 */
export function compareHistory(migrations: Migration[], applied: Applied[]): HistoryState {
  const last = migrations.at(-1)?.name
  const files = new Map(migrations.map((migration) => [migration.name, migration]))
  const ahead: string[] = []
  for (const { name, checksum } of applied) {
    if (last !== undefined && parseNumber(name) > parseNumber(last)) {
      ahead.push(name)
      continue
    }
    const file = files.get(name)
    if (!file) throw new AppError('MIGRATION_CHANGED', `migration ${name} ran here, but its file is missing`)
    if (file.checksum !== checksum) {
      throw new AppError('MIGRATION_CHANGED', `migration ${name} ran here, but its file has changed since`)
    }
  }
  const done = new Set(applied.map(({ name }) => name))
  const pending = migrations.filter(({ name }) => !done.has(name))
  const newest = applied.at(-1)?.name ?? ''
  const late = pending.find(({ name }) => name < newest)
  if (late)
    throw new AppError('MIGRATION_CHANGED', `migration ${late.name} sorts before ${newest}, which already ran here`)
  return { pending, ahead }
}

function parseNumber(name: string): number {
  return Number(name.slice(0, 4))
}

/** A rollback and the search for drift need the files of all applied migrations. @throws AppError DATABASE_AHEAD */
export function requireNotAhead({ ahead }: Pick<HistoryState, 'ahead'>, why: string): void {
  if (ahead.length === 0) return
  throw new AppError('DATABASE_AHEAD', `${describeAhead(ahead)}: ${why}`, { details: { ahead } })
}

/** `the database is ahead of this checkout by 2 migrations (0007_a, 0008_b)` */
export function describeAhead(ahead: string[]): string {
  return `the database is ahead of this checkout by ${formatCount(ahead.length, 'migration')} (${ahead.join(', ')})`
}

/** Call it in the transaction of the migration itself, so that neither is kept without the other. */
export async function recordApplied(
  client: Client,
  { name, checksum }: Migration,
  direction: Direction,
): Promise<void> {
  if (direction === 'down') await client.query('delete from hunter_migrations where name = $1', [name])
  else await client.query('insert into hunter_migrations (name, checksum) values ($1, $2)', [name, checksum])
}

export async function appendHistory(
  client: Client,
  entry: { name: string; direction: Direction; actor: string; startedAt: Date; error?: string },
): Promise<void> {
  const { name, direction, actor, startedAt, error } = entry
  await client.query(
    'insert into hunter_migration_history (name, direction, actor, started_at, error) values ($1, $2, $3, $4, $5)',
    [name, direction, actor, startedAt, error ?? null],
  )
}

/** Newest first. */
export async function readHistory(client: Client): Promise<HistoryEntry[]> {
  if (!(await hasTable(client, 'hunter_migration_history'))) return []
  const { rows } = await client.query<Omit<HistoryEntry, 'startedAt'> & { startedAt: Date }>(
    `select name, direction, actor, role, error, started_at as "startedAt",
            round(extract(epoch from finished_at - started_at) * 1000)::int as "durationMs"
       from hunter_migration_history order by id desc`,
  )
  return rows.map((row) => ({ ...row, startedAt: row.startedAt.toISOString() }))
}

/** The server's clock puts all entries into one order, even if several machines wrote them. */
export async function readServerTime(client: Client): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
  return (rows[0] as { now: Date }).now
}

async function hasTable(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name])
  return rows[0]?.there === true
}
