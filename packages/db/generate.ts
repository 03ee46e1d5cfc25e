/** Writes the draft of a migration from what TypeScript describes and the migrations do not make yet. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BoundedClient } from '#db/bounded-client'
import { compareCatalogs, type Difference, itemOf } from '#db/catalog/compare'
import type { Catalog } from '#db/catalog/item'
import { asScript, mendingSql } from '#db/catalog/mend'
import { readCatalog } from '#db/catalog/read-catalog'
import { catalogAt } from '#db/drift'
import type { MigrateDeps } from '#db/migrate'
import { numberText, readMigrations } from '#db/migration-files'
import { schemaSql } from '#db/schema-sql'
import { withScratchDatabase } from '#db/scratch-database'
import { AppError } from '#platform/errors'

export interface Draft {
  /** `NNNN_name` */
  name: string
  up: string
  down: string
  /** false: tables and columns are as described, and the author writes the SQL. */
  differs: boolean
}

/**
 * A pair of files to review: tables and columns, with the keys of new ones. Checks, indexes and views are not described
 * in TypeScript and are left to the author.
 * @throws AppError MIGRATION_NAME_INVALID, MIGRATION_INVALID, SCRATCH_REFUSED, DATABASE_UNAVAILABLE
 */
export async function generateMigration(
  deps: MigrateDeps,
  { name, tables }: { name: string; tables: Record<string, unknown> },
): Promise<Draft> {
  if (!/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name)) {
    throw new AppError('MIGRATION_NAME_INVALID', `${JSON.stringify(name)} cannot be the name of a migration`)
  }
  const migrations = await readMigrations(deps.folder)
  const made = comparable(await catalogAt(deps, migrations.at(-1)?.name))
  const described = comparable(await catalogOf(deps.url, schemaSql(tables)))
  const draft = {
    name: `${numberText(migrations.length + 1)}_${name}`,
    up: script(described, made),
    down: script(made, described),
  }
  await Promise.all([
    writeFile(join(deps.folder, `${draft.name}.sql`), fileText(draft.up, 'what this changes, and why'), { flag: 'wx' }),
    writeFile(join(deps.folder, `${draft.name}.down.sql`), fileText(draft.down, 'the way back'), { flag: 'wx' }),
  ])
  return { ...draft, differs: draft.up !== '' }
}

const SCHEMA_TIMEOUT_MS = 60_000

async function catalogOf(url: string, sql: string): Promise<Catalog> {
  return withScratchDatabase(url, async (scratchUrl) => {
    const client = new BoundedClient({ connectionString: scratchUrl, answerTimeoutMs: SCHEMA_TIMEOUT_MS })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
    return readCatalog(scratchUrl)
  })
}

/** Without the facts of columns that TypeScript says nothing about. */
function comparable(catalog: Catalog): Catalog {
  return catalog.map((item) => {
    const { statistics: _statistics, collation: _collation, ...facts } = item.facts
    return { ...item, facts }
  })
}

function script(wanted: Catalog, found: Catalog): string {
  const statements = mendingSql(aboutColumns(compareCatalogs(wanted, found)), found)
  return asScript(statements).replaceAll(/\bpublic\./g, '')
}

/** Tables and columns that differ, and what belongs to new ones: the rest is not described on both sides. */
function aboutColumns(differences: Difference[]): Difference[] {
  const missing = differences.filter(({ state }) => state === 'missing').map(itemOf)
  const fresh = new Set(missing.filter(({ kind }) => kind === 'table' || kind === 'column').map(({ name }) => name))
  return differences.filter((difference) => {
    const { kind, table = '', columns = [] } = itemOf(difference)
    if (kind === 'table' || kind === 'column') return true
    if (difference.state !== 'missing') return false
    return fresh.has(table) || columns.some((column) => fresh.has(`${table}.${column}`))
  })
}

function fileText(sql: string, purpose: string): string {
  return `-- TODO: say ${purpose}; review every statement.\n${sql === '' ? '' : `\n${sql}`}`
}
