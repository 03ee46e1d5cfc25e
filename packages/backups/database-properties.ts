import type { Client } from 'pg'
import { quoteName, quoteText } from '#backups/sql-names'

/** What belongs to a database and lies outside it, so that no dump of the database holds it. */
export interface DatabaseProperties {
  owner: string
  encoding: string
  provider: 'builtin' | 'icu' | 'libc'
  collate: string
  ctype: string
  /** Of the providers builtin and icu. */
  locale: string | null
  icuRules: string | null
  tablespace: string
  connectionLimit: number
  comment: string | null
  /** `name=value`, with the role it is for, or null. */
  settings: { role: string | null; setting: string }[]
  /** null: the default rights. */
  grants: { role: string; right: string; grantable: boolean }[] | null
}

/** Column names differ between Postgres 15, 16 and 17: taken from the row as JSON. */
const PROPERTIES = `
  SELECT pg_catalog.pg_get_userbyid(d.datdba) AS owner, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
    CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
    d.datcollate AS collate, d.datctype AS ctype,
    coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
    pg_catalog.to_jsonb(d) ->> 'daticurules' AS "icuRules",
    t.spcname AS tablespace, d.datconnlimit AS "connectionLimit",
    pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
    coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('role', r.rolname, 'setting', s.setting))
      FROM pg_catalog.pg_db_role_setting c CROSS JOIN LATERAL unnest(c.setconfig) AS s(setting)
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.setrole WHERE c.setdatabase = d.oid), '[]') AS settings,
    CASE WHEN d.datacl IS NOT NULL THEN
      (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'role', coalesce(r.rolname, ''), 'right', a.privilege_type, 'grantable', a.is_grantable))
      FROM pg_catalog.aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee) END AS grants
  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
  WHERE d.datname = $1`

/** undefined when there is no such database. */
export async function readProperties(admin: Client, database: string): Promise<DatabaseProperties | undefined> {
  const { rows } = await admin.query<DatabaseProperties>(PROPERTIES, [database])
  return rows[0]
}

/** For a database that is gone: what the server's template has, in the given encoding. */
export async function defaultProperties(admin: Client, encoding: string): Promise<DatabaseProperties> {
  const template = await readProperties(admin, 'template1')
  const { rows } = await admin.query<{ owner: string }>('SELECT current_user::text AS owner')
  if (!template || !rows[0]) throw new Error('the server has no template1')
  return { ...template, owner: rows[0].owner, encoding, connectionLimit: -1, comment: null, settings: [], grants: null }
}

export function createDatabaseSql(name: string, properties: DatabaseProperties): string {
  const { owner, encoding, provider, collate, ctype, locale, icuRules, tablespace, connectionLimit } = properties
  return [
    `CREATE DATABASE ${quoteName(name)} TEMPLATE template0 OWNER ${quoteName(owner)} ENCODING ${quoteText(encoding)}`,
    `LOCALE_PROVIDER ${provider} LC_COLLATE ${quoteText(collate)} LC_CTYPE ${quoteText(ctype)}`,
    ...(locale === null || provider === 'libc' ? [] : [`${provider.toUpperCase()}_LOCALE ${quoteText(locale)}`]),
    ...(icuRules === null ? [] : [`ICU_RULES ${quoteText(icuRules)}`]),
    `TABLESPACE ${quoteName(tablespace)} CONNECTION LIMIT ${connectionLimit}`,
  ].join(' ')
}

/** Comment, settings and rights; run once the database is filled, since a setting may forbid writing. */
export function alterDatabaseSql(name: string, { owner, comment, settings, grants }: DatabaseProperties): string[] {
  const database = quoteName(name)
  const rights = grants?.map(({ role, right, grantable }) => {
    const grantee = role === '' ? 'PUBLIC' : quoteName(role)
    return `GRANT ${right} ON DATABASE ${database} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''}`
  })
  return [
    ...(comment === null ? [] : [`COMMENT ON DATABASE ${database} IS ${quoteText(comment)}`]),
    ...settings.map(({ role, setting }) => {
      const whose = role === null ? `DATABASE ${database}` : `ROLE ${quoteName(role)} IN DATABASE ${database}`
      return `ALTER ${whose} SET ${settingSql(setting)}`
    }),
    ...(rights ? [`REVOKE ALL ON DATABASE ${database} FROM PUBLIC, ${quoteName(owner)}`, ...rights] : []),
  ]
}

/** Settings that are lists of names, which the catalog keeps quoted as SQL wants them. */
const LISTS =
  /^(?:search_path|temp_tablespaces|(?:local|session|shared)_preload_libraries|unix_socket_directories|synchronized_standby_slots)$/i

function settingSql(setting: string): string {
  const equals = setting.indexOf('=')
  const name = setting.slice(0, equals)
  const value = setting.slice(equals + 1)
  const isList = LISTS.test(name) && value !== ''
  return `${name.split('.').map(quoteName).join('.')} TO ${isList ? value : quoteText(value)}`
}
