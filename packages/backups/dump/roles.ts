import type { Client } from 'pg'
import { quoteName, quoteText } from '#backups/postgres/quote'

/** Owners, grantees and roles of policies in this database; the bootstrap superuser is in no dependency, so it is added. */
const ROLES = `
  SELECT DISTINCT r.rolname AS role FROM pg_catalog.pg_roles r
  LEFT JOIN pg_catalog.pg_shdepend d ON d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid
    AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  WHERE (d.refobjid IS NOT NULL OR r.oid = 10) AND r.rolname !~ '^pg_'
  ORDER BY 1`

/** Makes the roles that the dump names, without a password or a right, where they are missing. */
export async function rolesSql(session: Client): Promise<string> {
  const { rows } = await session.query<{ role: string }>(ROLES)
  return rows.map(({ role }) => guardedRole(role)).join('')
}

function guardedRole(role: string): string {
  const create = quoteText(`CREATE ROLE ${quoteName(role)}`)
  const missing = `NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoteText(role)})`
  return `DO LANGUAGE plpgsql ${quoteText(`BEGIN IF ${missing} THEN EXECUTE ${create}; END IF; END`)};\n`
}
