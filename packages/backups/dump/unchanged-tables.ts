import { openSession } from '#backups/postgres/session'
import { SourceChanged } from '#backups/dump/source-changed'
import type { SourceTable } from '#backups/dump/tables'
import { qualifiedName } from '#backups/postgres/quote'

/** Nothing here waits for a table's lock: a migration may stand in line for it, and it waits for us. */
const IDENTITIES = `
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS table,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = ANY ($1::oid[])`

type Identity = Pick<SourceTable, 'oid' | 'schema' | 'table' | 'columns'>

/**
 * Rows are read by the names of tables and columns, and names mean what they mean now: a table or a schema that took
 * another's name since the snapshot would give other rows, in silence. Asked once the tables are locked, and again when
 * they are read, since no lock on a table holds the name of its schema.
 * @throws AppError BACKUP_FAILED that names the tables, DATABASE_UNAVAILABLE
 */
export async function refuseChanged(databaseUrl: string, tables: SourceTable[]): Promise<void> {
  const session = await openSession(databaseUrl) // sees what is committed by now
  try {
    const { rows } = await session.query<Identity>(IDENTITIES, [tables.map(({ oid }) => oid)])
    const now = new Map(rows.map((row) => [row.oid, identityOf(row)]))
    const changed = tables.filter((table) => now.get(table.oid) !== identityOf(table))
    if (changed.length === 0) return
    const names = changed.map(({ schema, table }) => qualifiedName(schema, table))
    throw new SourceChanged(`tables were changed while the dump was made: ${names.join(', ')}`)
  } finally {
    await session.end()
  }
}

function identityOf({ schema, table, columns }: Identity): string {
  return JSON.stringify([schema, table, columns])
}
