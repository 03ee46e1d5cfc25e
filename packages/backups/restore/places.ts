/** Where restored tables go: beside the live ones, and apart from each other. */
import type { BackupId } from '#backups/format/backup-id'
import type { TableName } from '#backups/postgres/table-patterns'

/** Postgres keeps 63 bytes of a name. */
const NAME_BYTES_MAX = 63

/**
 * A table of any schema goes to `restored_<id>`. Where tables of several schemas have the same name, each of these schemas
 * has one of its own, `restored_<id>_<schema>`, and all of its tables that are restored go there.
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

/** Long names are cut, and two that are the same then get a number. */
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
