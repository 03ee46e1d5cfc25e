/** Compares a database with what its migrations make, and drafts SQL that undoes the differences. */
import { compareCatalogs, describeDifferences, type Difference } from '#db/catalog/compare'
import type { Catalog } from '#db/catalog/item'
import { planRepair } from '#db/catalog/repair'
import { readCatalog } from '#db/catalog/read-catalog'
import { migrate, type MigrateDeps, readMigrationStatus, requireMigration } from '#db/migrate'
import {
  describeAhead,
  readApplied,
  recordApplied,
  createHistoryTables,
  appendHistory,
  readServerTime,
} from '#db/migration-history'
import { readMigrations } from '#db/migration-files'
import { withMigrationLock } from '#db/migration-session'
import { withScratchDatabase } from '#db/scratch-database'
import { AppError } from '#platform/errors'

export interface Drift {
  /** Migrations that have not run here yet. */
  pending: string[]
  /** What a newer checkout ran here: what it added is not compared. */
  ahead: string[]
  /** Readable lines: what differs from the migrations that did run. */
  differences: string[]
  /** Statements that would undo the differences, in order. */
  repair: string[]
}

/**
 * Compares the live catalog with the one that the migrations which ran here make in an empty database of the same server.
 * In a database that is ahead, additions may come from the newer migrations and are left out; so may any other
 * difference, so that nothing is offered to undo it.
 * @throws AppError MIGRATION_CHANGED, SCRATCH_REFUSED, DATABASE_UNAVAILABLE
 */
export async function findDrift(deps: MigrateDeps): Promise<Drift> {
  const states = await readMigrationStatus(deps)
  const ahead = states.filter(({ isAhead }) => isAhead).map(({ name }) => name)
  const applied = states.filter(({ appliedAt, isAhead }) => appliedAt !== null && !isAhead)
  const pending = states.filter(({ appliedAt }) => appliedAt === null)
  const found = await readCatalog(deps.url)
  const wanted = await buildCatalog(deps, applied.at(-1)?.name)
  const differences = compareCatalogs(wanted, found)
  const state = { pending: pending.map(({ name }) => name), ahead }
  if (ahead.length === 0) return { ...state, ...describeDrift(differences, found) }
  const ours = differences.filter((difference) => difference.state !== 'extra')
  return { ...state, differences: describeDifferences(ours), repair: [] }
}

export function hasDrifted({ pending, differences }: Drift): boolean {
  return pending.length + differences.length > 0
}

/**
 * Adopts an existing database: records every migration up to `name` as run, if the database is what they make.
 * @throws AppError SCHEMA_DRIFTED with the differences, MIGRATION_NOT_FOUND, MIGRATION_CHANGED when it has a history
 */
export async function stampMigrations(deps: MigrateDeps, name: string): Promise<string[]> {
  const migrations = await readMigrations(deps.folder)
  requireMigration(migrations, name)
  return withMigrationLock(deps, async (client) => {
    const [first] = await readApplied(client)
    if (first) throw new AppError('MIGRATION_CHANGED', `migrations already ran here, starting with ${first.name}`)
    const found = await readCatalog(deps.url)
    const drift = describeDrift(compareCatalogs(await buildCatalog(deps, name), found), found)
    if (drift.differences.length > 0) throw createDriftError(`the database differs from what ${name} produces`, drift)
    const wanted = migrations.filter((migration) => migration.name <= name)
    await client.query('begin')
    await createHistoryTables(client)
    for (const migration of wanted) {
      const startedAt = await readServerTime(client)
      await recordApplied(client, migration, 'stamp')
      await appendHistory(client, {
        name: migration.name,
        direction: 'stamp',
        actor: deps.actor ?? 'unknown',
        startedAt,
      })
    }
    await client.query('commit')
    return wanted.map((migration) => migration.name)
  })
}

export function createDriftError(
  message: string,
  { differences, repair }: Pick<Drift, 'differences' | 'repair'>,
): AppError {
  return new AppError('SCHEMA_DRIFTED', message, { details: { differences, repair } })
}

/** The differences may be drift or the work of the newer migrations; only a checkout that has those can tell. */
export function createAheadDriftError({ ahead, differences }: Pick<Drift, 'ahead' | 'differences'>): AppError {
  const message = `${describeAhead(ahead)}, which may have made the differences`
  return new AppError('DATABASE_AHEAD', message, { details: { ahead, differences } })
}

/** What the migrations make, up to and with `name`; of an empty database without one. */
export async function buildCatalog(deps: MigrateDeps, name: string | undefined): Promise<Catalog> {
  return withScratchDatabase(deps.url, async (url) => {
    if (name !== undefined) await migrate({ ...deps, url }, { to: name })
    return readCatalog(url)
  })
}

function describeDrift(differences: Difference[], found: Catalog): Pick<Drift, 'differences' | 'repair'> {
  return { differences: describeDifferences(differences), repair: planRepair(differences, found) }
}
