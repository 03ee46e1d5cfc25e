import { withMigrationSession } from '#db/migration-session'
import { HISTORY_TABLES } from '#db/migration-history'
import type { Catalog, CatalogItem, Kind } from '#db/catalog/item'
import { QUERIES } from '#db/catalog/queries'

interface Row {
  kind: Kind
  name: string
  table: string | null
  columns: string[] | null
  facts: Record<string, string | null>
  create: string
  drop: string
}

/**
 * Everything in a database that migrations make, one item each: owners, comments, the tables about migrations
 * themselves and what a restore of one table left are not in it. Reads only.
 * @throws AppError DATABASE_UNAVAILABLE
 */
export async function readCatalog(url: string): Promise<Catalog> {
  return withMigrationSession({ url }, async (client) => {
    // one moment for all; and with nothing on the path, the server writes every name with its schema
    await client.query(`begin isolation level repeatable read read only; set local search_path = ''`)
    const items: CatalogItem[] = []
    for (const query of QUERIES) {
      const { rows } = await client.query<Row>(query)
      items.push(...rows.map(toItem))
    }
    await client.query('commit')
    return items.filter((item) => !isHistoryItem(item) && !RESTORED.test(item.table ?? item.name))
  })
}

function toItem({ table, columns, facts, ...row }: Row): CatalogItem {
  const known = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== null)
  return {
    ...row,
    facts: Object.fromEntries(known),
    ...(table === null ? {} : { table }),
    ...(columns === null ? {} : { columns }),
  }
}

/** The schemas that "hunter backup restore --table" makes. They are no part of the design, and stay until a person drops them. */
const RESTORED = /^"?restored_\d{8}t\d{6}z_[0-9a-f]{6}(?:[_.]|$)/

function isHistoryItem({ kind, name, table }: CatalogItem): boolean {
  const of = table ?? (kind === 'table' ? name : '')
  return HISTORY_TABLES.some((book) => of === `public.${book}`)
}
