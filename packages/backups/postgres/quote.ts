/** Always quoted: a name needs no list of reserved words then. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function qualifiedName(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`
}

/** A string literal that reads the same whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}

export interface CopyTable {
  schema: string
  table: string
  columns: string[]
  /** A WHERE clause as an extension gives it for its own table. */
  filter?: string | undefined
  /** Of the rows; absent: UTF-8, as the session's. */
  encoding?: string | undefined
}

/** Pages `[from, to)` of a table; without `to`, all that follow. */
export interface PageRange {
  from: number
  to?: number | undefined
}

/**
 * A table's own rows, without those of tables that inherit from it: leaves are copied one by one. The ranges of a table
 * hold each of its rows once under one snapshot, since a row version keeps its place.
 */
export function copyOutSql(table: CopyTable, range?: PageRange): string {
  const where = range ? pagesSql(range) : table.filter
  if (!where) return `COPY ${copyTarget(table)} TO STDOUT${encodingSql(table)}`
  const columns = table.columns.map(quoteName).join(', ')
  return `COPY (SELECT ${columns} FROM ONLY ${qualifiedName(table.schema, table.table)} ${where}) TO STDOUT${encodingSql(table)}`
}

export function copyInSql(table: CopyTable): string {
  return `COPY ${copyTarget(table)} FROM stdin${encodingSql(table)}`
}

function encodingSql({ encoding }: CopyTable): string {
  return encoding === undefined ? '' : ` WITH (ENCODING ${quoteText(encoding)})`
}

/** Without columns COPY takes no list, and each row is an empty line. */
function copyTarget({ schema, table, columns }: CopyTable): string {
  const name = qualifiedName(schema, table)
  return columns.length === 0 ? name : `${name} (${columns.map(quoteName).join(', ')})`
}

function pagesSql({ from, to }: PageRange): string {
  const upTo = to === undefined ? '' : ` AND ctid < '(${to},0)'`
  return `WHERE ctid >= '(${from},0)'${upTo}`
}
