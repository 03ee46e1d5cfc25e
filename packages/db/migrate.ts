/** Runs the reviewed SQL of a folder once each, in order, under one lock for all who try; and takes it back. */
import type { Client } from 'pg'
import { appliedTo, type HistoryEntry, historyOf, openBook, pendingOf } from '#db/migration-book'
import { type Migration, readMigrations } from '#db/migration-files'
import { connected, locked, type SessionDeps } from '#db/migration-session'
import { type MigrationLimits, runMigration } from '#db/run-migration'
import { AppError } from '#platform/errors'

export interface MigrateDeps extends SessionDeps, Partial<MigrationLimits> {
  /** Folder of `NNNN_name.sql` and `NNNN_name.down.sql`. */
  folder: string
  /**
   * Take a database that has newer migrations than the folder, and leave them: a release that goes back to older code
   * runs it on the newer schema.
   */
  allowAhead?: boolean
}

export interface MigrationState {
  name: string
  /** ISO time; null while pending. */
  appliedAt: string | null
}

/** Five seconds are long for whoever queues up behind a lock, and enough where no long transaction runs. */
export const LIMITS: MigrationLimits = { lockTimeoutMs: 5_000, statementTimeoutMs: 240_000 }

/**
 * Applies what is pending, up to and with `to`; returns the names in order, none when there was nothing to do.
 * @throws AppError MIGRATION_INVALID, MIGRATION_CHANGED, MIGRATION_RUNNING, MIGRATION_FAILED (nothing of the failed one
 * stays, unless its file says that it runs outside a transaction), DATABASE_UNAVAILABLE
 */
export async function migrate(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireNamed(migrations, to)
  return locked(deps, async (client) => {
    await openBook(client)
    const pending = pendingOf(migrations, await appliedTo(client), deps)
    const wanted = pending.filter(({ name }) => to === undefined || name <= to)
    for (const migration of wanted) await run(client, deps, migration, 'up')
    return wanted.map(({ name }) => name)
  })
}

/**
 * Takes the newest applied migration back, or all that came after `to`, newest first; returns their names.
 * @throws AppError as `migrate`
 */
export async function rollback(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireNamed(migrations, to)
  return locked(deps, async (client) => {
    const wanted = planRollback(migrations, await appliedNames(client, migrations), to)
    if (wanted.length > 0) await openBook(client)
    for (const migration of wanted) await run(client, deps, migration, 'down')
    return wanted.map(({ name }) => name)
  })
}

/** What `rollback` would take back, newest first. Reads only. */
export async function rollbackPlan(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireNamed(migrations, to)
  return connected(deps, async (client) => {
    const applied = await appliedNames(client, migrations)
    return planRollback(migrations, applied, to).map(({ name }) => name)
  })
}

/** Reads only: a database that was never migrated stays untouched. */
export async function migrationStatus(deps: MigrateDeps): Promise<MigrationState[]> {
  const migrations = await readMigrations(deps.folder)
  return connected(deps, async (client) => {
    const applied = await appliedTo(client)
    pendingOf(migrations, applied)
    const times = new Map(applied.map((row) => [row.name, row.applied_at.toISOString()]))
    return migrations.map(({ name }) => ({ name, appliedAt: times.get(name) ?? null }))
  })
}

/** Every migration that ran here, forth and back, and every one that failed; newest first. */
export async function migrationHistory(deps: SessionDeps): Promise<HistoryEntry[]> {
  return connected(deps, historyOf)
}

async function appliedNames(client: Client, migrations: Migration[]): Promise<string[]> {
  const applied = await appliedTo(client)
  pendingOf(migrations, applied)
  return applied.map(({ name }) => name)
}

function planRollback(migrations: Migration[], applied: string[], to: string | undefined): Migration[] {
  const names = to === undefined ? applied.slice(-1) : applied.filter((name) => name > to)
  return migrations.filter(({ name }) => names.includes(name)).toReversed()
}

function run(client: Client, deps: MigrateDeps, migration: Migration, direction: 'up' | 'down'): Promise<void> {
  const limits = {
    lockTimeoutMs: deps.lockTimeoutMs ?? LIMITS.lockTimeoutMs,
    statementTimeoutMs: deps.statementTimeoutMs ?? LIMITS.statementTimeoutMs,
  }
  return runMigration(client, { migration, direction, actor: deps.actor ?? 'unknown', limits })
}

export function requireNamed(migrations: Migration[], name: string): void {
  if (migrations.some((migration) => migration.name === name)) return
  throw new AppError('MIGRATION_NOT_FOUND', `there is no migration ${name}`)
}
