import { openSession } from '#backups/postgres/session'
import { SourceModified } from '#backups/dump/source-modified'
import type { SourceTable } from '#backups/dump/tables'
import { quoteQualifiedName } from '#backups/postgres/quote'

/** The query takes no table locks: it would queue behind a migration that waits for our locks, and deadlock. */
const IDENTITIES = `
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS table,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = ANY ($1::oid[])`

type Identity = Pick<SourceTable, 'oid' | 'schema' | 'table' | 'columns'>

/**
 * Checks that names still mean the same tables. Rows are read by name, and names resolve now, not in the snapshot:
 * after a rename, another table of that name would silently give its rows. Run it after the tables are locked and again
 * after they are read, since no table lock protects the name of its schema. @throws AppError BACKUP_FAILED that names
 * the tables, DATABASE_UNAVAILABLE
 */
export async function refuseChanged(databaseUrl: string, tables: SourceTable[]): Promise<void> {
  const session = await openSession(databaseUrl) // A new session sees what is committed by now.
  try {
    const { rows } = await session.query<Identity>(IDENTITIES, [tables.map(({ oid }) => oid)])
    const now = new Map(rows.map((row) => [row.oid, buildIdentity(row)]))
    const changed = tables.filter((table) => now.get(table.oid) !== buildIdentity(table))
    if (changed.length === 0) return
    const names = changed.map(({ schema, table }) => quoteQualifiedName(schema, table))
    throw new SourceModified(`tables were changed while the dump was made: ${names.join(', ')}`)
  } finally {
    await session.end()
  }
}

function buildIdentity({ schema, table, columns }: Identity): string {
  return JSON.stringify([schema, table, columns])
}
