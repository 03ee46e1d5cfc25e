import type { Client } from 'pg'
import { AppError } from '#platform/errors'
import type { Source } from '#backups/dump/source'

/** Version of the pg_dump that writes the definitions; it supports servers up to this one. */
export const SERVER_MAJOR_MAX = 18
/** Older versions are out of support and untested. */
export const SERVER_MAJOR_MIN = 13

const IS_SUPERUSER = `pg_catalog.current_setting('is_superuser')::bool`
/** initdb assigns smaller oids. */
const FIRST_OID = 16_384

const notOfExtension = (catalog: string) => `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND e.objid = o.oid AND e.deptype = 'e')`

/** A managed service's superuser adds objects to system schemas; users cannot create or remove them. */
const inSystemSchema = (catalog: string, prefix: string) => `
  SELECT 'what is in a schema of the system', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.${prefix}name)
  FROM pg_catalog.${catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace
  WHERE n.nspname IN ('pg_catalog', 'information_schema') AND o.oid >= ${FIRST_OID} AND ${notOfExtension(catalog)}
    AND (${IS_SUPERUSER} OR o.${prefix}owner <> 10)`

/**
 * Additions that an extension's script makes to its own operator family, such as citext's second hash function. CREATE
 * EXTENSION makes them.
 */
const addedToFamily = (catalog: string, prefix: string) => `
  SELECT 'an operator or function added to an operator family of the system or of an extension', f.opfname::text
  FROM pg_catalog.${catalog} o JOIN pg_catalog.pg_opfamily f ON f.oid = o.${prefix}family
  WHERE o.oid >= ${FIRST_OID} AND ${notOfExtension(catalog)} AND (f.oid < ${FIRST_OID} OR EXISTS (
    SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND e.objid = f.oid AND e.deptype = 'e'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass
      AND i.objid = o.oid AND i.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i
      JOIN pg_catalog.pg_depend m ON m.classid = i.refclassid AND m.objid = i.refobjid AND m.deptype = 'e'
      JOIN pg_catalog.pg_depend e ON e.refclassid = m.refclassid AND e.refobjid = m.refobjid AND e.deptype = 'e'
      WHERE i.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND i.objid = o.oid
        AND e.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND e.objid = f.oid)`

/**
 * Objects that this dump would lose although another role or the server could dump them. The view of user mappings
 * hides their options from most roles, and their names from roles without USAGE on the server.
 */
const UNSUPPORTED = `
  SELECT 'a security label of a large object' AS what, objoid::text AS which
  FROM pg_catalog.pg_seclabel WHERE classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass
  UNION ALL SELECT 'a security label of the database', l.provider
  FROM pg_catalog.pg_shseclabel l JOIN pg_catalog.pg_database d ON d.oid = l.objoid
  WHERE l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.datname = pg_catalog.current_database()
  UNION ALL SELECT 'what is unlogged, since this is a standby and has nothing of it', c.oid::pg_catalog.regclass::text
  FROM pg_catalog.pg_class c
  WHERE c.relpersistence = 'u' AND c.relkind IN ('r', 'S') AND pg_catalog.pg_is_in_recovery()
  UNION ALL SELECT 'a subscription, whose connection a superuser alone may read', s.subname::text
  FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
  WHERE d.datname = pg_catalog.current_database() AND NOT ${IS_SUPERUSER}
  UNION ALL SELECT 'the options of a user mapping, which only its user, the owner of the server or a superuser may read',
    m.usename || ' on ' || m.srvname
  FROM pg_catalog.pg_user_mappings m JOIN pg_catalog.pg_foreign_server s ON s.oid = m.srvid
  WHERE m.umoptions IS NULL AND NOT ${IS_SUPERUSER}
    AND NOT (pg_catalog.pg_has_role(s.srvowner, 'USAGE') AND m.umuser = 0)
    AND NOT (m.usename = current_user AND m.umuser <> 0 AND pg_catalog.has_server_privilege(s.oid, 'USAGE'))
    AND NOT (pg_catalog.has_server_privilege(s.oid, 'USAGE') AND NOT EXISTS (
      SELECT FROM information_schema.user_mapping_options o
      WHERE o.foreign_server_name = m.srvname AND o.authorization_identifier = CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE m.usename END))
  ORDER BY 1, 2`

/** Objects that pg_dump leaves out for every role. The backup is as complete as pg_dump's, and says what it lacks. */
const NEVER_DUMPED = `
  SELECT 'the table of an extension in a publication' AS what, p.pubname || ': ' || r.prrelid::pg_catalog.regclass::text AS which
  FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
  WHERE EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND e.objid = r.prrelid AND e.deptype = 'e')
  UNION ALL SELECT 'a dictionary in a text search configuration of the system', c.cfgname || ': ' || d.dictname
  FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.pg_ts_config c ON c.oid = m.mapcfg
  JOIN pg_catalog.pg_ts_dict d ON d.oid = m.mapdict WHERE c.oid < ${FIRST_OID} AND d.oid >= ${FIRST_OID}
  UNION ALL ${addedToFamily('pg_amop', 'amop')} UNION ALL ${addedToFamily('pg_amproc', 'amproc')}
  UNION ALL ${inSystemSchema('pg_proc', 'pro')} UNION ALL ${inSystemSchema('pg_class', 'rel')}
  UNION ALL ${inSystemSchema('pg_operator', 'opr')}
  ORDER BY 1, 2`

/**
 * Names what a dump by this role would lose. @throws AppError BACKUP_UNSUPPORTED for a server that is too old or too
 * new
 */
export async function findUnsupported({ session, database }: Source): Promise<string[]> {
  refuseServer(database)
  return namesFrom(session, UNSUPPORTED)
}

export function findNeverDumped({ session }: Source): Promise<string[]> {
  return namesFrom(session, NEVER_DUMPED)
}

async function namesFrom(session: Client, sql: string): Promise<string[]> {
  const { rows } = await session.query<{ what: string; which: string }>(sql)
  return [...new Set(rows.map(({ what, which }) => `${what} (${which})`))]
}

/** @throws AppError BACKUP_UNSUPPORTED that names both versions */
export function refuseServer({ serverVersion, serverMajor }: { serverVersion: string; serverMajor: number }): void {
  if (serverMajor > SERVER_MAJOR_MAX) {
    const both = `Postgres ${serverVersion} is newer than pg_dump ${SERVER_MAJOR_MAX}, which Hunter uses`
    throw new AppError('BACKUP_UNSUPPORTED', both)
  }
  if (serverMajor < SERVER_MAJOR_MIN) {
    const both = `Postgres ${serverVersion} is older than ${SERVER_MAJOR_MIN}, the oldest version that Hunter backs up`
    throw new AppError('BACKUP_UNSUPPORTED', both)
  }
}
