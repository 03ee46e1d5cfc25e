import { type AnyManifest, selectTableMembers } from '#backups/format/manifest'

interface TableSize {
  /** `schema.table` in Postgres. */
  name: string
  rows: number
  /** Length of its rows before compression; null in SQLite, whose file has no part for a table. */
  rawBytes: number | null
  /** Bytes of the object that hold them. */
  storedBytes: number | null
}

/** Sums the members of each table, in the order of the object. */
export function listTableSizes(manifest: AnyManifest): TableSize[] {
  if (manifest.kind === 'config') return []
  if (manifest.kind === 'sqlite') {
    return manifest.tables.map(({ name, rows }) => ({ name, rows, rawBytes: null, storedBytes: null }))
  }
  return [...Map.groupBy(selectTableMembers(manifest), ({ schema, table }) => `${schema}.${table}`)].map(
    ([name, members]) => ({
      name,
      rows: members.reduce((sum, { rows }) => sum + rows, 0),
      rawBytes: members.reduce((sum, member) => sum + member.rawBytes, 0),
      storedBytes: members.reduce((sum, { start, end }) => sum + (end - start), 0),
    }),
  )
}
