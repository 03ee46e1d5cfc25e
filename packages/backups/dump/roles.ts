import type { Client } from 'pg'
import { quoteName, quoteText } from '#backups/postgres/quote'

/**
 * Owners, grantees and policy roles in this database. No dependency names the bootstrap superuser, so the query adds
 * it.
 */
const ROLES = `
  SELECT DISTINCT r.rolname AS role FROM pg_catalog.pg_roles r
  LEFT JOIN pg_catalog.pg_shdepend d ON d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid
    AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  WHERE (d.refobjid IS NOT NULL OR r.oid = 10) AND r.rolname !~ '^pg_'
  ORDER BY 1`

/** Writes statements that create each role that the dump names where it is missing, without password or rights. */
export async function buildRolesSql(session: Client): Promise<string> {
  const { rows } = await session.query<{ role: string }>(ROLES)
  return rows.map(({ role }) => guardedRole(role)).join('')
}

function guardedRole(role: string): string {
  const create = quoteText(`CREATE ROLE ${quoteName(role)}`)
  const missing = `NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoteText(role)})`
  return `DO LANGUAGE plpgsql ${quoteText(`BEGIN IF ${missing} THEN EXECUTE ${create}; END IF; END`)};\n`
}
