import { isDeepStrictEqual } from 'node:util'
import type { TableMember } from '#backups/format/manifest'
import type { RunQuery } from '#backups/dump/sequences'
import { type CopyTable, quoteQualifiedName, quoteText } from '#backups/postgres/quote'

/**
 * Returns the tables whose columns are in another order than in the source. A child table that was created before its
 * parent got a column has that column last; when it is recreated, the column comes first. Rows are copied by column
 * name.
 */
export function findReorderedTables(tables: CopyTable[], members: Map<string, TableMember[]>): string[] {
  return tables.flatMap(({ schema, table, columns }) => {
    const name = quoteQualifiedName(schema, table)
    const [member] = members.get(name) ?? []
    return member && !isDeepStrictEqual(columns, member.columns) ? [name] : []
  })
}

/**
 * Returns columns whose values are whole rows of such a table. A row value is written by position, so it was read back
 * into the wrong columns.
 */
export async function findRowColumns(query: RunQuery, reordered: string[]): Promise<string[]> {
  if (reordered.length === 0) return []
  const tables = reordered.map((name) => `${quoteText(name)}::pg_catalog.regclass`)
  const found = await query<{ column: string }>(`
    WITH RECURSIVE held AS (
      SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typrelid IN (${tables.join(', ')})
      UNION
      SELECT t.oid FROM held h JOIN pg_catalog.pg_type t ON h.oid IN (t.typelem, t.typbasetype)
        OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.atttypid = h.oid)
    )
    SELECT c.oid::pg_catalog.regclass || '.' || pg_catalog.quote_ident(a.attname) AS column
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relkind = 'r' AND a.attnum > 0 AND a.atttypid IN (SELECT oid FROM held) ORDER BY 1`)
  return found.map(({ column }) => column)
}
