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
}

/** COPY takes a table's own rows alone, without those of tables that inherit from it: leaves are copied one by one. */
export function copyOutSql(table: CopyTable): string {
  return `COPY ${copyTarget(table)} TO STDOUT`
}

export function copyInSql(table: CopyTable): string {
  return `COPY ${copyTarget(table)} FROM stdin`
}

function copyTarget({ schema, table, columns }: CopyTable): string {
  return `${qualifiedName(schema, table)} (${columns.map(quoteName).join(', ')})`
}
