/** Always quotes a name, which avoids a list of reserved words. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteQualifiedName(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`
}

/** Quotes a string literal that reads the same under either value of `standard_conforming_strings`. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}

export interface CopyTable {
  schema: string
  table: string
  columns: string[]
  /** WHERE clause that an extension declares for its own table. */
  filter?: string | undefined
  /** Encoding of the rows; absent: UTF-8, the session's. */
  encoding?: string | undefined
}

/** Pages `[from, to)` of a table; without `to`, all pages that follow. */
export interface PageRange {
  from: number
  to?: number | undefined
}

/**
 * Copies a table's own rows, without those of inheriting tables: each leaf is copied by itself. A row version stays in
 * its page, so the ranges of a table together hold each row once under one snapshot.
 */
export function copyOutSql(table: CopyTable, range?: PageRange): string {
  const where = range ? pagesSql(range) : table.filter
  if (!where) return `COPY ${copyTarget(table)} TO STDOUT${encodingSql(table)}`
  const columns = table.columns.map(quoteName).join(', ')
  return `COPY (SELECT ${columns} FROM ONLY ${quoteQualifiedName(table.schema, table.table)} ${where}) TO STDOUT${encodingSql(table)}`
}

export function copyInSql(table: CopyTable): string {
  return `COPY ${copyTarget(table)} FROM stdin${encodingSql(table)}`
}

function encodingSql({ encoding }: CopyTable): string {
  return encoding === undefined ? '' : ` WITH (ENCODING ${quoteText(encoding)})`
}

/** A table without columns: COPY takes no column list, and each row is an empty line. */
function copyTarget({ schema, table, columns }: CopyTable): string {
  const name = quoteQualifiedName(schema, table)
  return columns.length === 0 ? name : `${name} (${columns.map(quoteName).join(', ')})`
}

function pagesSql({ from, to }: PageRange): string {
  const upTo = to === undefined ? '' : ` AND ctid < '(${to},0)'`
  return `WHERE ctid >= '(${from},0)'${upTo}`
}
