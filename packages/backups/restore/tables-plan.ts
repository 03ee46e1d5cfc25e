import type { BackupId } from '#backups/format/backup-id'
import { requireKind } from '#backups/store/catalog'
import type { ObjectStore } from '#backups/store/object-store'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { showUndamaged } from '#backups/restore/restorable'
import { quoteQualifiedName, quoteText } from '#backups/postgres/quote'
import {
  describeCopies,
  planCopies,
  type RestoredTable,
  type RestoreTablesInput,
  listSchemas,
} from '#backups/restore/table-copies'
import type { TableName } from '#backups/postgres/table-patterns'

/** Effects of a restore of tables, for `--dry-run`. */
export interface RestoreTablesPlan {
  id: BackupId
  tables: RestoredTable[]
  rows: number
  fetchBytes: number
  /** Names that are taken; the restore refuses them. */
  taken: string[]
}

/** Reads and changes nothing. @throws AppError the errors of `restoreTables`, except for taken names */
export async function planRestoreTables(
  { store }: { store: ObjectStore },
  input: RestoreTablesInput,
): Promise<RestoreTablesPlan> {
  const { manifest } = await showUndamaged(store, input)
  const copies = planCopies(requireKind(manifest, 'postgres'), input)
  const target = await openPostgresTarget(input.databaseUrl)
  try {
    const found = await target.query<TableName>(
      `SELECT n.nspname AS schema, c.relname AS table FROM pg_catalog.pg_class c
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN (${listSchemas(copies).map(quoteText).join(', ')})`,
    )
    const names = new Set(found.map(({ schema, table }) => quoteQualifiedName(schema, table)))
    const wanted = copies.map(({ into }) => quoteQualifiedName(into.schema, into.table))
    const fetchBytes = copies.flatMap((copy) => copy.members).reduce((sum, { start, end }) => sum + end - start, 0)
    return { id: input.id, ...describeCopies(copies), fetchBytes, taken: wanted.filter((name) => names.has(name)) }
  } finally {
    await target.close()
  }
}
