/** Plans which tables of a backup are restored beside the live ones, and under which names. */
import { AppError } from '#platform/errors'
import { type Manifest, type TableMember, selectTableMembers } from '#backups/format/manifest'
import type { RestoreInput } from '#backups/restore/replace-live'
import { placeTables } from '#backups/restore/places'
import { type CopyTable, quoteQualifiedName } from '#backups/postgres/quote'
import { chooseTables, type TableChoice, type TableName } from '#backups/postgres/table-patterns'

export interface RestoreTablesInput extends RestoreInput, TableChoice {
  /** New name of a single chosen table, as `schema.table` (without a schema, `public`); otherwise see `placeTables`. */
  as?: string | undefined
}

export interface RestoredTable {
  table: string
  /** Database that holds its rows. */
  into: string
  rows: number
}

interface Table extends CopyTable {
  /** Name in SQL. */
  name: string
  types?: string[] | undefined
  /** All members of the table. */
  members: TableMember[]
}

export interface TableCopy extends Table {
  /** The new table. */
  into: CopyTable
}

/** @throws AppError TABLE_NOT_FOUND, USAGE, BACKUP_UNSUPPORTED for a backup without column types */
export function planCopies(manifest: Manifest, { as, ...choice }: RestoreTablesInput): TableCopy[] {
  const chosen = chooseTables(listTables(manifest), choice)
  if (as !== undefined && chosen.length > 1) {
    throw new AppError(
      'USAGE',
      `--as takes one table, but ${chosen.length} were chosen: ${chosen.map(({ name }) => name).join(', ')}`,
    )
  }
  const untyped = chosen.find(({ types }) => !types)?.name
  if (untyped !== undefined) {
    const why = `an older version made this backup without the types of columns, such as those of ${untyped}: use --to`
    throw new AppError('BACKUP_UNSUPPORTED', why)
  }
  const place = as === undefined ? placeTables(chosen, manifest.id) : () => parseTableName(as)
  return chosen.map((table) => {
    const { columns, encoding } = table
    return { ...table, into: { ...place(table), columns, encoding } }
  })
}

function listTables(manifest: Manifest): Table[] {
  const byName = Map.groupBy(selectTableMembers(manifest), ({ schema, table }) => quoteQualifiedName(schema, table))
  return [...byName.values()].flatMap((members) => (members[0] ? [{ ...members[0], members }] : []))
}

/** The schema ends at the first dot. */
function parseTableName(text: string): TableName {
  const dot = text.indexOf('.')
  return dot === -1 ? { schema: 'public', table: text } : { schema: text.slice(0, dot), table: text.slice(dot + 1) }
}

export function describeCopies(copies: TableCopy[]): { tables: RestoredTable[]; rows: number } {
  const tables = copies.map(({ name, members, into }) => ({
    table: name,
    into: quoteQualifiedName(into.schema, into.table),
    rows: members.reduce((sum, { rows }) => sum + rows, 0),
  }))
  return { tables, rows: tables.reduce((sum, { rows }) => sum + rows, 0) }
}

export function listSchemas(copies: TableCopy[]): string[] {
  return [...new Set(copies.map(({ into }) => into.schema))]
}
