/** Runs the reviewed SQL of a folder once each, in order, under one lock for all who try; and takes it back. */
import type { Client } from 'pg'
import { appliedTo, compareBook, type HistoryEntry, historyOf, openBook, requireNotAhead } from '#db/migration-book'
import { type Migration, readMigrations } from '#db/migration-files'
import { connected, locked, type SessionDeps, STATEMENT_TIMEOUT_MS } from '#db/migration-session'
import { type MigrationLimits, runMigration } from '#db/run-migration'
import { AppError } from '#platform/errors'

export interface MigrateDeps extends SessionDeps, Partial<MigrationLimits> {
  /** Folder of `NNNN_name.sql` and `NNNN_name.down.sql`. */
  folder: string
  /** Told before each migration that runs, or is taken back. */
  onMigration?: (step: MigrationStep) => void
}

export interface MigrationStep {
  name: string
  direction: 'up' | 'down'
  /** From 0. */
  done: number
  total: number
}

export interface Migrated {
  /** In order; none when there was nothing to do. */
  applied: string[]
  /** What a newer checkout ran here. It stays as it is. */
  ahead: string[]
}

export interface MigrationState {
  name: string
  /** ISO time; null while pending. */
  appliedAt: string | null
  /** It ran here, and only a newer checkout has its file. */
  isAhead?: true
}

/** Five seconds are long for whoever queues up behind a lock, and enough where no long transaction runs. */
export const LIMITS: MigrationLimits = { lockTimeoutMs: 5_000, statementTimeoutMs: STATEMENT_TIMEOUT_MS }

/**
 * Applies what is pending, up to and with `to`. A database that is ahead of the folder is left as it is.
 * @throws AppError MIGRATION_INVALID, MIGRATION_CHANGED, MIGRATION_RUNNING, MIGRATION_FAILED (nothing of the failed one
 * stays, unless its file says that it runs outside a transaction), DATABASE_UNAVAILABLE
 */
export async function migrate(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<Migrated> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireNamed(migrations, to)
  return locked(deps, async (client) => {
    await openBook(client)
    const { pending, ahead } = compareBook(migrations, await appliedTo(client))
    const wanted = pending.filter(({ name }) => to === undefined || name <= to)
    await runAll(client, deps, wanted, 'up')
    return { applied: wanted.map(({ name }) => name), ahead }
  })
}

/**
 * Takes the newest applied migration back, or all that came after `to`, newest first; returns their names.
 * @throws AppError as `migrate`, and DATABASE_AHEAD: the folder has no way back for what a newer checkout ran
 */
export async function rollback(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireNamed(migrations, to)
  return locked(deps, async (client) => {
    const wanted = planRollback(migrations, await appliedNames(client, migrations), to)
    if (wanted.length > 0) await openBook(client)
    await runAll(client, deps, wanted, 'down')
    return wanted.map(({ name }) => name)
  })
}

/** What `rollback` would take back, newest first. Reads only. @throws AppError DATABASE_AHEAD */
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
    const { ahead } = compareBook(migrations, applied)
    const times = new Map(applied.map((row) => [row.name, row.applied_at.toISOString()]))
    const timeOf = (name: string) => times.get(name) ?? null
    return [
      ...migrations.map(({ name }) => ({ name, appliedAt: timeOf(name) })),
      ...ahead.map((name) => ({ name, appliedAt: timeOf(name), isAhead: true as const })),
    ]
  })
}

/** Every migration that ran here, forth and back, and every one that failed; newest first. */
export async function migrationHistory(deps: SessionDeps): Promise<HistoryEntry[]> {
  return connected(deps, historyOf)
}

async function appliedNames(client: Client, migrations: Migration[]): Promise<string[]> {
  const applied = await appliedTo(client)
  requireNotAhead(compareBook(migrations, applied), 'it lacks the file that rolls back the newest migration')
  return applied.map(({ name }) => name)
}

function planRollback(migrations: Migration[], applied: string[], to: string | undefined): Migration[] {
  const names = to === undefined ? applied.slice(-1) : applied.filter((name) => name > to)
  return migrations.filter(({ name }) => names.includes(name)).toReversed()
}

async function runAll(
  client: Client,
  deps: MigrateDeps,
  migrations: Migration[],
  direction: 'up' | 'down',
): Promise<void> {
  const limits = {
    lockTimeoutMs: deps.lockTimeoutMs ?? LIMITS.lockTimeoutMs,
    statementTimeoutMs: deps.statementTimeoutMs ?? LIMITS.statementTimeoutMs,
  }
  for (const [done, migration] of migrations.entries()) {
    deps.onMigration?.({ name: migration.name, direction, done, total: migrations.length })
    await runMigration(client, { migration, direction, actor: deps.actor ?? 'unknown', limits })
  }
}

export function requireNamed(migrations: Migration[], name: string): void {
  if (migrations.some((migration) => migration.name === name)) return
  throw new AppError('MIGRATION_NOT_FOUND', `there is no migration ${name}`)
}
