/** Chooses the names of restored tables: beside the live ones, and distinct. */
import type { BackupId } from '#backups/format/backup-id'
import type { TableName } from '#backups/postgres/table-patterns'

/** Postgres truncates names to 63 bytes. */
const NAME_BYTES_MAX = 63

/**
 * Puts a table of any schema into `restored_<id>`. When tables of several schemas share a name, each of these schemas
 * gets its own `restored_<id>_<schema>`, for all of its restored tables.
 */
export function placeTables(tables: TableName[], id: BackupId): (table: TableName) => TableName {
  const common = `restored_${id.toLowerCase().replace('-', '_')}`
  const byName = Map.groupBy(tables, ({ table }) => table).values()
  const apart = new Set([...byName].filter(({ length }) => length > 1).flatMap((same) => same.map((t) => t.schema)))
  const places = new Map<string, string>()
  for (const schema of [...apart].sort()) {
    places.set(schema, freeName(`${common}_${schema}`, new Set(places.values())))
  }
  return ({ schema, table }) => ({ schema: places.get(schema) ?? common, table })
}

/** Truncates long names and numbers duplicates. */
function freeName(wanted: string, taken: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? cut(wanted, '') : cut(wanted, `_${number}`)
    if (!taken.has(name)) return name
  }
}

function cut(name: string, suffix: string): string {
  const letters = Array.from(name)
  while (Buffer.byteLength(letters.join('') + suffix) > NAME_BYTES_MAX) letters.pop()
  return letters.join('') + suffix
}
