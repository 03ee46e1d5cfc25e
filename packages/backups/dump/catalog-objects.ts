import { type DdlEntry, readDdl } from '#backups/postgres/pg-dump-entries'
import type { Ddl } from '#backups/postgres/pg-dump'
import type { RunQuery } from '#backups/dump/sequences'

/** Excludes objects that belong to an extension: CREATE EXTENSION makes them. */
const own = (catalog: string, oid: string) => `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND e.objid = ${oid} AND e.deptype = 'e')`
const USERS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
/** initdb assigns smaller oids. */
const FIRST_OID = 16_384

const inSchema = (type: string, catalog: string, prefix: string, condition = 'true') => `
  SELECT ${type} AS type, n.nspname AS schema, o.${prefix}name::text AS name
  FROM pg_catalog.${catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace
  WHERE ${USERS} AND ${own(catalog, 'o.oid')} AND ${condition}`

const alone = (type: string, catalog: string, name: string, condition = 'true') => `
  SELECT '${type}', '-', o.${name}::text FROM pg_catalog.${catalog} o
  WHERE o.oid >= ${FIRST_OID} AND ${own(catalog, 'o.oid')} AND ${condition}`

const ofTable = (type: string, catalog: string, table: string, name: string, condition = 'true') => `
  SELECT '${type}', n.nspname, c.relname || ' ' || o.${name} FROM pg_catalog.${catalog} o
  JOIN pg_catalog.pg_class c ON c.oid = o.${table} JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE ${USERS} AND c.relpersistence <> 't' AND ${own('pg_class', 'c.oid')} AND ${own(catalog, 'o.oid')} AND ${condition}`

const RELATION = `CASE o.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
  WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END`
const ROUTINE = `CASE o.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END`
/** pg_dump writes no entry for a constraint's index or for an index whose build never finished. */
const HAS_INDEX_ENTRY = `EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = o.oid AND i.indisvalid AND i.indisready)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = o.oid AND k.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e JOIN pg_catalog.pg_index i ON i.indrelid = e.objid
    WHERE i.indexrelid = o.oid AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')`

/**
 * Objects that pg_dump writes as entries of their own, under pg_dump's names for them. The queries read only catalogs
 * that every role can read in full, so they show what missing rights hide from pg_dump.
 */
const OBJECTS = [
  inSchema(
    RELATION,
    'pg_class',
    'rel',
    // A composite type's relation: the extension owns the type.
    `o.relkind IN ('r', 'p', 'S', 'v', 'm', 'f', 'c') AND o.relpersistence <> 't' AND (o.relkind <> 'c' OR ${own('pg_type', 'o.reltype')})`,
  ),
  inSchema(RELATION, 'pg_class', 'rel', `o.relkind = 'i' AND o.relpersistence <> 't' AND ${HAS_INDEX_ENTRY}`),
  inSchema(
    ROUTINE,
    'pg_proc',
    'pro',
    `NOT EXISTS (SELECT FROM pg_catalog.pg_depend i
    WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objid = o.oid AND i.deptype = 'i')`,
  ),
  inSchema(`CASE o.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END`, 'pg_type', 'typ', `o.typtype IN ('d', 'e', 'r')`),
  inSchema(`'COLLATION'`, 'pg_collation', 'coll'),
  inSchema(`'CONVERSION'`, 'pg_conversion', 'con'),
  inSchema(`'OPERATOR'`, 'pg_operator', 'opr', 'o.oprcode <> 0'),
  inSchema(`'OPERATOR CLASS'`, 'pg_opclass', 'opc'),
  inSchema(`'TEXT SEARCH PARSER'`, 'pg_ts_parser', 'prs'),
  inSchema(`'TEXT SEARCH DICTIONARY'`, 'pg_ts_dict', 'dict'),
  inSchema(`'TEXT SEARCH TEMPLATE'`, 'pg_ts_template', 'tmpl'),
  inSchema(`'TEXT SEARCH CONFIGURATION'`, 'pg_ts_config', 'cfg'),
  inSchema(`'STATISTICS'`, 'pg_statistic_ext', 'stx'),
  `SELECT 'SCHEMA', '-', n.nspname::text FROM pg_catalog.pg_namespace n
    WHERE ${USERS} AND n.nspname <> 'public' AND ${own('pg_namespace', 'n.oid')}`,
  alone('EXTENSION', 'pg_extension', 'extname'),
  alone('PROCEDURAL LANGUAGE', 'pg_language', 'lanname'),
  alone('ACCESS METHOD', 'pg_am', 'amname'),
  alone('FOREIGN DATA WRAPPER', 'pg_foreign_data_wrapper', 'fdwname'),
  alone('SERVER', 'pg_foreign_server', 'srvname'),
  alone('EVENT TRIGGER', 'pg_event_trigger', 'evtname'),
  alone('PUBLICATION', 'pg_publication', 'pubname'),
  `SELECT 'USER MAPPING', '-', 'USER MAPPING ' || m.usename || ' SERVER ' || m.srvname FROM pg_catalog.pg_user_mappings m`,
  `SELECT 'CAST', '-', NULL FROM pg_catalog.pg_cast o WHERE o.oid >= ${FIRST_OID} AND ${own('pg_cast', 'o.oid')}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i
      WHERE i.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND i.objid = o.oid AND i.deptype = 'i')`,
  `SELECT 'TRANSFORM', '-', NULL FROM pg_catalog.pg_transform o WHERE o.oid >= ${FIRST_OID} AND ${own('pg_transform', 'o.oid')}`,
  ofTable('TRIGGER', 'pg_trigger', 'tgrelid', 'tgname', 'NOT o.tgisinternal AND o.tgparentid = 0'),
  ofTable('POLICY', 'pg_policy', 'polrelid', 'polname'),
  ofTable('RULE', 'pg_rewrite', 'ev_class', 'rulename', `o.rulename <> '_RETURN'`),
  ofTable('FK CONSTRAINT', 'pg_constraint', 'conrelid', 'conname', `o.contype = 'f' AND o.conparentid = 0`),
].join('\n  UNION ALL ')

/** Objects that an empty database lacks. An installed extension is no obstacle to a restore. */
const CONTENTS = `
  SELECT type, count(*)::int AS count FROM (${OBJECTS}
    UNION ALL SELECT 'LARGE OBJECT', '-', NULL FROM pg_catalog.pg_largeobject_metadata
    UNION ALL SELECT 'SUBSCRIPTION', '-', NULL FROM pg_catalog.pg_subscription s
      JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()) o
  WHERE type <> 'EXTENSION' GROUP BY 1 ORDER BY 1`

/** Example: `large object: 2, table: 1`. Empty for an empty database. */
export async function describeContents(query: RunQuery): Promise<string> {
  const rows = await query<{ type: string; count: number }>(CONTENTS)
  return rows.map(({ type, count }) => `${type.toLowerCase()}: ${count}`).join(', ')
}

interface CatalogObject {
  type: string
  schema: string
  /** null where the entry's name differs from the object's. */
  name: string | null
}

/**
 * Names the objects that the catalog has and the definitions lack. The query must read the whole database under the
 * dump's snapshot.
 */
export async function findMissingObjects(query: RunQuery, { preData, postData }: Ddl): Promise<string[]> {
  const objects = Map.groupBy(await query<CatalogObject>(OBJECTS), buildLabel)
  const entries = Map.groupBy(
    [preData, postData].flatMap((sql) => readDdl(sql).entries),
    buildLabel,
  )
  return [...objects].flatMap(([label, { length }]) => {
    const missing = length - (entries.get(label)?.length ?? 0)
    if (missing <= 0) return []
    return [missing === length && missing === 1 ? label : `${missing} of ${length} of ${label}`]
  })
}

const NAMELESS = new Set(['CAST', 'TRANSFORM'])
const ROUTINES = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE'])

/** Drops a routine's arguments and replaces line breaks by blanks, as pg_dump's comments do. */
function buildLabel({ type, schema, name }: CatalogObject | DdlEntry): string {
  if (name === null || NAMELESS.has(type)) return type
  const shown = name.replaceAll(/[\n\r]/g, ' ')
  const bare = ROUTINES.has(type) ? shown.replace(/\(.*/, '') : shown
  return schema === '-' ? `${type} ${bare}` : `${type} ${schema.replaceAll(/[\n\r]/g, ' ')}.${bare}`
}
