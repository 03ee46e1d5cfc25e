import type { Client } from 'pg'
import { AppError } from '#platform/errors'
import { qualifiedName } from '#backups/sql-names'

/** A table whose own rows are dumped: partitions and inheriting tables are entries of their own. */
export interface SourceTable {
  oid: number
  schema: string
  table: string
  columns: string[]
}

const OWN_NAMESPACE = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

function ownedByExtension(catalog: string, oid: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND e.objid = ${oid} AND e.deptype = 'e')`
}

const TABLES = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS table,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OWN_NAMESPACE} AND NOT ${ownedByExtension('pg_class', 'c.oid')}
  ORDER BY n.nspname, c.relname`

/**
 * Lists the tables and locks them against changes of their shape until the transaction ends. A table that was truncated
 * or rewritten between the snapshot and its lock looks empty in the snapshot, so that is an error.
 */
export async function lockTables(session: Client): Promise<SourceTable[]> {
  const { rows } = await session.query<{ oid: string; schema: string; table: string; columns: string[] }>(TABLES)
  const tables = rows.map((row) => ({ ...row, oid: Number(row.oid) }))
  if (tables.length === 0) return tables
  const names = tables.map((table) => qualifiedName(table.schema, table.table))
  await session.query(`LOCK TABLE ONLY ${names.join(', ONLY ')} IN ACCESS SHARE MODE`)
  await refuseRewritten(session, tables)
  return tables
}

/** `pg_relation_filenode` answers from the catalog of now, `relfilenode` from the snapshot's. */
async function refuseRewritten(session: Client, tables: SourceTable[]): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT c.oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class c
     WHERE c.oid = ANY ($1::oid[]) AND pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode`,
    [tables.map((table) => table.oid)],
  )
  if (rows.length === 0) return
  const names = rows.map((row) => row.name)
  throw new AppError('BACKUP_FAILED', `tables were truncated or rewritten as the dump began: ${names.join(', ')}`)
}

const UNSUPPORTED = `
  SELECT 'large objects' AS what, count(*)::text AS which FROM pg_catalog.pg_largeobject_metadata HAVING count(*) > 0
  UNION ALL
  SELECT 'data of an extension''s tables', e.extname::text || ': ' || r.oid::pg_catalog.regclass::text
  FROM pg_catalog.pg_extension e CROSS JOIN LATERAL unnest(e.extconfig) AS config(oid)
  JOIN pg_catalog.pg_class r ON r.oid = config.oid
  UNION ALL
  SELECT 'a table without columns to copy', c.oid::pg_catalog.regclass::text
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OWN_NAMESPACE} AND NOT ${ownedByExtension('pg_class', 'c.oid')}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
  ORDER BY 1, 2`

/** Names everything that a dump would lose. @throws AppError BACKUP_UNSUPPORTED */
export async function refuseUnsupported(session: Client): Promise<void> {
  const { rows } = await session.query<{ what: string; which: string }>(UNSUPPORTED)
  if (rows.length === 0) return
  const objects = rows.map((row) => `${row.what} (${row.which})`)
  throw new AppError('BACKUP_UNSUPPORTED', `the dump cannot hold ${objects.join(', ')}`, { details: { objects } })
}
