import type { Client } from 'pg'
import { sortTopologically } from '#backups/dump/topological-sort'
import { SourceModified } from '#backups/dump/source-modified'
import type { RunQuery } from '#backups/dump/sequences'
import { type CopyTable, quoteQualifiedName } from '#backups/postgres/quote'

/** A table whose own rows are dumped. Partitions and inheriting tables are entries of their own. */
export interface SourceTable {
  oid: number
  schema: string
  table: string
  columns: string[]
  /** Column types in SQL. */
  types: string[]
  /** WHERE clause of the users' rows, for an extension's table that users write to. */
  filter?: string | undefined
  /** Encoding of the rows; absent: UTF-8. */
  encoding?: string | undefined
  /** Pages of the table itself. */
  pages: number
  /** Size with TOAST, without indexes. */
  tableBytes: number
  /** True when a range of pages can be read without scanning the others. */
  hasPages: boolean
}

const OWN_NAMESPACE = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/** First version that reads a range of pages without scanning the whole table (TID range scan). */
const RANGES_SINCE = 140_000

/** An extension creates its own tables; only those that it declares as configuration hold rows to dump. */
const TABLES = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS table,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS columns,
    ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS types,
    config.filter,
    pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8 AS pages,
    pg_catalog.pg_table_size(c.oid) AS bytes,
    m.amname = 'heap' AND pg_catalog.current_setting('server_version_num')::int >= ${RANGES_SINCE} AS "hasPages"
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
  LEFT JOIN LATERAL (SELECT e.extcondition[i] AS filter
    FROM pg_catalog.pg_extension e CROSS JOIN LATERAL generate_subscripts(e.extconfig, 1) i
    WHERE e.extconfig[i] = c.oid) config ON true
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND (config.filter IS NOT NULL OR (${OWN_NAMESPACE} AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')))
  ORDER BY n.nspname, c.relname`

/** The database's own tables without extensions': the rows and columns that a dump must hold. */
const OWN_TABLES = `
  SELECT n.nspname AS schema, c.relname AS table,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OWN_NAMESPACE} AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY n.nspname, c.relname`

export function readOwnTables(query: RunQuery): Promise<CopyTable[]> {
  return query<CopyTable>(OWN_TABLES)
}

/**
 * Relations that pg_dump locks before it describes them, in pg_dump's order. Parents come before partitions, as in
 * other sessions' statements: the opposite order would deadlock with them. A missing right to read a table is reported
 * when its rows are read.
 */
const LOCKED = `
  SELECT n.nspname AS schema, c.relname AS table
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${OWN_NAMESPACE}
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
  ORDER BY c.oid`

export type TableName = Pick<CopyTable, 'schema' | 'table'>

/** Lists the tables that a session sees now. */
export async function listVisibleTables(session: Client): Promise<TableName[]> {
  return (await session.query<TableName>(LOCKED)).rows
}

/** Selects the tables to back up. */
export type ChooseTables = (session: Client, all: SourceTable[]) => Promise<SourceTable[]>

interface TableRow {
  oid: string
  schema: string
  table: string
  columns: string[]
  types: string[]
  filter: string | null
  pages: string
  bytes: string
  hasPages: boolean
}

/**
 * Lists the tables of the snapshot and locks their definitions until the transaction ends. Most have been locked since
 * before the snapshot. A table that was created later, and truncated or rewritten before its lock, looks empty in the
 * snapshot: that is an error.
 */
export async function lockTables(session: Client, choose?: ChooseTables): Promise<SourceTable[]> {
  const { rows } = await session.query<TableRow>(TABLES)
  const all = rows.map(toTable)
  const tables = choose ? await choose(session, all) : all
  await shareTables(session, tables)
  if (tables.length > 0) await refuseRewritten(session, tables)
  return configurationFirst(session, tables)
}

/**
 * Takes the same locks in another session of the dump. Without them, a session that waits for our lock would block this
 * session's reads.
 */
export async function shareTables(session: Client, tables: TableName[]): Promise<void> {
  if (tables.length === 0) return
  const names = tables.map((table) => quoteQualifiedName(table.schema, table.table))
  await session.query(`LOCK TABLE ONLY ${names.join(', ONLY ')} IN ACCESS SHARE MODE`)
}

function toTable({ bytes, filter, ...row }: TableRow): SourceTable {
  const table = { ...row, oid: Number(row.oid), pages: Number(row.pages), tableBytes: Number(bytes) }
  return filter === null ? table : { ...table, filter }
}

/** `pg_relation_filenode` reads the current catalog, `relfilenode` the snapshot's. */
async function refuseRewritten(session: Client, tables: SourceTable[]): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT c.oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class c
     WHERE c.oid = ANY ($1::oid[]) AND pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode`,
    [tables.map((table) => table.oid)],
  )
  if (rows.length === 0) return
  const names = rows.map((row) => row.name)
  throw new SourceModified(`tables were truncated or rewritten while the dump started: ${names.join(', ')}`)
}

/**
 * CREATE EXTENSION also creates the foreign keys of these tables, so load a referenced table before the ones that refer
 * to it.
 */
async function configurationFirst(session: Client, tables: SourceTable[]): Promise<SourceTable[]> {
  const configuration = tables.filter((table) => table.filter !== undefined)
  if (configuration.length === 0) return tables
  const { rows } = await session.query<{ from: number; to: number }>(
    `SELECT conrelid::int8::float8 AS from, confrelid::int8::float8 AS to
     FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conrelid <> confrelid`,
  )
  return [...sortTopologically(configuration, rows), ...tables.filter((table) => table.filter === undefined)]
}
