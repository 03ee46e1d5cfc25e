/** Selects the tables of a part of a database, and checks that the part can be restored without the others. */
import type { Client } from 'pg'
import { AppError } from '#platform/errors'
import type { Scope } from '#backups/format/manifest'
import { isNarrow } from '#backups/dump/scope'
import type { SourceTable } from '#backups/dump/tables'
import { chooseTables } from '#backups/postgres/table-patterns'

/** Relations that pg_dump's `--table` matches, except sequences. */
const RELATIONS = `
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS table
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY n.nspname, c.relname`

/**
 * Foreign keys, parents of partitions and of inheriting tables, and relations that views read. $1: tables in the part,
 * $2: all others.
 */
const NEEDED = `
  SELECT n.one::pg_catalog.regclass::text AS one, n.other::pg_catalog.regclass::text AS other FROM (
    SELECT conrelid AS one, confrelid AS other FROM pg_catalog.pg_constraint WHERE contype = 'f'
    UNION SELECT inhrelid, inhparent FROM pg_catalog.pg_inherits
    UNION SELECT r.ev_class, d.refobjid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
      WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) n
  WHERE n.one = ANY ($1::oid[]) AND n.other = ANY ($2::oid[]) ORDER BY 1, 2`

interface Relation {
  oid: number
  schema: string
  table: string
}

/**
 * Returns the tables whose rows the part holds. A narrow part includes extensions but not the rows of their tables.
 * @throws AppError TABLE_NOT_FOUND, USAGE, or BACKUP_UNSUPPORTED that names what the part needs and leaves out
 */
export async function selectPartTables(session: Client, tables: SourceTable[], scope: Scope): Promise<SourceTable[]> {
  const { rows } = await session.query<Relation>(RELATIONS)
  const { tables: named, schemas, excludeTables: excluded } = scope
  const chosen = new Set(chooseTables(rows, { tables: named, schemas, excluded }, 'database').map(({ oid }) => oid))
  const others = rows.map(({ oid }) => oid).filter((oid) => !chosen.has(oid))
  await requireSelfContained(session, [...chosen], others)
  return tables.filter(({ oid, filter }) => chosen.has(oid) || (filter !== undefined && !isNarrow(scope)))
}

const SHOWN = 5

async function requireSelfContained(session: Client, chosen: number[], others: number[]): Promise<void> {
  const { rows } = await session.query<{ one: string; other: string }>(NEEDED, [chosen, others])
  if (rows.length === 0) return
  const shown = rows.slice(0, SHOWN).map(({ one, other }) => `${one} needs ${other}`)
  const more = rows.length > SHOWN ? ` and ${rows.length - SHOWN} more` : ''
  const remedy = 'add the missing objects with --table or --schema, or exclude what needs them with --exclude-table'
  throw new AppError('BACKUP_UNSUPPORTED', `this selection would not restore (${shown.join('; ')}${more}): ${remedy}`)
}
