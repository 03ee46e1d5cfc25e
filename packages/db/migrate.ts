/** Runs each reviewed migration of a folder once, in order, under one lock for all processes; and rolls it back. */
import type { Client } from 'pg'
import {
  readApplied,
  compareHistory,
  type HistoryEntry,
  readHistory,
  createHistoryTables,
  requireNotAhead,
} from '#db/migration-history'
import { type Migration, readMigrations } from '#db/migration-files'
import { withMigrationSession, withMigrationLock, type SessionDeps, STATEMENT_TIMEOUT_MS } from '#db/migration-session'
import { type MigrationLimits, runMigration } from '#db/run-migration'
import { AppError } from '#platform/errors'

export interface MigrateDeps extends SessionDeps, Partial<MigrationLimits> {
  /** Folder of `NNNN_name.sql` and `NNNN_name.down.sql`. */
  folder: string
  /** Called before each migration that runs or is rolled back. */
  onMigration?: (step: MigrationStep) => void
}

export interface MigrationStep {
  name: string
  direction: 'up' | 'down'
  /** Counts from 0. */
  done: number
  total: number
}

export interface Migrated {
  /** Names in order; empty if nothing was pending. */
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

/** Five seconds are long for sessions that queue behind a lock, and enough unless a long transaction runs. */
export const LIMITS: MigrationLimits = { lockTimeoutMs: 5_000, statementTimeoutMs: STATEMENT_TIMEOUT_MS }

/**
 * Applies what is pending, up to and with `to`. A database that is ahead of the folder is left as it is.
 * @throws AppError MIGRATION_INVALID, MIGRATION_CHANGED, MIGRATION_RUNNING, MIGRATION_FAILED (nothing of the failed one
 * stays, unless its file says that it runs outside a transaction), DATABASE_UNAVAILABLE
 */
export async function migrate(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<Migrated> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireMigration(migrations, to)
  return withMigrationLock(deps, async (client) => {
    await createHistoryTables(client)
    const { pending, ahead } = compareHistory(migrations, await readApplied(client))
    const wanted = pending.filter(({ name }) => to === undefined || name <= to)
    await runAll(client, deps, wanted, 'up')
    return { applied: wanted.map(({ name }) => name), ahead }
  })
}

/**
 * Takes the newest applied migration back, or all that came after `to`, newest first; returns their names.
 * @throws AppError as `migrate`, and DATABASE_AHEAD: the folder has no way back for what a newer checkout ran
 */
export async function rollBack(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireMigration(migrations, to)
  return withMigrationLock(deps, async (client) => {
    const wanted = selectRollback(migrations, await readAppliedNames(client, migrations), to)
    if (wanted.length > 0) await createHistoryTables(client)
    await runAll(client, deps, wanted, 'down')
    return wanted.map(({ name }) => name)
  })
}

/** Lists what `rollBack` would roll back, newest first. Reads only. @throws AppError DATABASE_AHEAD */
export async function planRollback(deps: MigrateDeps, { to }: { to?: string } = {}): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  if (to !== undefined) requireMigration(migrations, to)
  return withMigrationSession(deps, async (client) => {
    const applied = await readAppliedNames(client, migrations)
    return selectRollback(migrations, applied, to).map(({ name }) => name)
  })
}

/** Reads only: a database that was never migrated stays untouched. */
export async function readMigrationStatus(deps: MigrateDeps): Promise<MigrationState[]> {
  const migrations = await readMigrations(deps.folder)
  return withMigrationSession(deps, async (client) => {
    const applied = await readApplied(client)
    const { ahead } = compareHistory(migrations, applied)
    const times = new Map(applied.map((row) => [row.name, row.applied_at.toISOString()]))
    const timeOf = (name: string) => times.get(name) ?? null
    return [
      ...migrations.map(({ name }) => ({ name, appliedAt: timeOf(name) })),
      ...ahead.map((name) => ({ name, appliedAt: timeOf(name), isAhead: true as const })),
    ]
  })
}

/** Every migration that ran here, forth and back, and every one that failed; newest first. */
export async function readMigrationHistory(deps: SessionDeps): Promise<HistoryEntry[]> {
  return withMigrationSession(deps, readHistory)
}

async function readAppliedNames(client: Client, migrations: Migration[]): Promise<string[]> {
  const applied = await readApplied(client)
  requireNotAhead(compareHistory(migrations, applied), 'it lacks the file that rolls back the newest migration')
  return applied.map(({ name }) => name)
}

function selectRollback(migrations: Migration[], applied: string[], to: string | undefined): Migration[] {
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

export function requireMigration(migrations: Migration[], name: string): void {
  if (migrations.some((migration) => migration.name === name)) return
  throw new AppError('MIGRATION_NOT_FOUND', `there is no migration ${name}`)
}
