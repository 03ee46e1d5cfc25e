/** Writes the draft of a migration from what TypeScript describes and the migrations do not make yet. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BoundedClient } from '#db/bounded-client'
import { compareCatalogs, type Difference, getItem } from '#db/catalog/compare'
import type { Catalog } from '#db/catalog/item'
import { formatScript, planRepair } from '#db/catalog/repair'
import { readCatalog } from '#db/catalog/read-catalog'
import { buildCatalog } from '#db/drift'
import type { MigrateDeps } from '#db/migrate'
import { formatNumber, readMigrations } from '#db/migration-files'
import { writeSchemaSql } from '#db/schema-sql'
import { withScratchDatabase } from '#db/scratch-database'
import { AppError } from '#platform/errors'

interface Draft {
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
  const made = keepComparableFacts(await buildCatalog(deps, migrations.at(-1)?.name))
  const described = keepComparableFacts(await readSchemaCatalog(deps.url, writeSchemaSql(tables)))
  const draft = {
    name: `${formatNumber(migrations.length + 1)}_${name}`,
    up: writeScript(described, made),
    down: writeScript(made, described),
  }
  await Promise.all([
    writeFile(join(deps.folder, `${draft.name}.sql`), formatFile(draft.up, 'what this changes, and why'), {
      flag: 'wx',
    }),
    writeFile(join(deps.folder, `${draft.name}.down.sql`), formatFile(draft.down, 'how this is undone'), {
      flag: 'wx',
    }),
  ])
  return { ...draft, differs: draft.up !== '' }
}

const SCHEMA_TIMEOUT_MS = 60_000

async function readSchemaCatalog(url: string, sql: string): Promise<Catalog> {
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

/** Removes the facts of columns that TypeScript does not describe. */
function keepComparableFacts(catalog: Catalog): Catalog {
  return catalog.map((item) => {
    const { statistics: _statistics, collation: _collation, ...facts } = item.facts
    return { ...item, facts }
  })
}

function writeScript(wanted: Catalog, found: Catalog): string {
  const statements = planRepair(selectColumnChanges(compareCatalogs(wanted, found)), found)
  return formatScript(statements).replaceAll(/\bpublic\./g, '')
}

/** Tables and columns that differ, and what belongs to new ones: the rest is not described on both sides. */
function selectColumnChanges(differences: Difference[]): Difference[] {
  const missing = differences.filter(({ state }) => state === 'missing').map(getItem)
  const fresh = new Set(missing.filter(({ kind }) => kind === 'table' || kind === 'column').map(({ name }) => name))
  return differences.filter((difference) => {
    const { kind, table = '', columns = [] } = getItem(difference)
    if (kind === 'table' || kind === 'column') return true
    if (difference.state !== 'missing') return false
    return fresh.has(table) || columns.some((column) => fresh.has(`${table}.${column}`))
  })
}

function formatFile(sql: string, purpose: string): string {
  return `-- TODO: say ${purpose}; review every statement.\n${sql === '' ? '' : `\n${sql}`}`
}
