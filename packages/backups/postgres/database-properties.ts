import type { Client } from 'pg'
import { getErrorMessage } from '#platform/errors'
import type { DatabaseProperties } from '#backups/format/manifest'
import { quoteName, quoteText } from '#backups/postgres/quote'

/** Reads the row as JSON, because column names differ between Postgres 13 and 17. */
const PROPERTIES = `
  SELECT pg_catalog.pg_get_userbyid(d.datdba) AS owner, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
    CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' END
      AS provider,
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

/** Returns undefined when there is no such database. */
export async function readProperties(admin: Client, database: string): Promise<DatabaseProperties | undefined> {
  const { rows } = await admin.query<DatabaseProperties>(PROPERTIES, [database])
  return rows[0]
}

/**
 * Returns the properties of the server's template with the given encoding, for a database whose properties are unknown.
 */
export async function readDefaultProperties(admin: Client, encoding: string): Promise<DatabaseProperties> {
  const template = await readProperties(admin, 'template1')
  if (!template) throw new Error('the server has no template1')
  const owner = await readCurrentUser(admin)
  return { ...template, owner, encoding, connectionLimit: -1, comment: null, settings: [], grants: null }
}

export async function readCurrentUser(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ owner: string }>('SELECT current_user::text AS owner')
  return rows[0]?.owner ?? ''
}

/**
 * Adapts another server's properties to this server's roles and tablespaces, and says what differs. The owner's rights
 * go to `newOwner`, or to the current role when the server lacks the owner.
 */
export async function fitProperties(
  admin: Client,
  properties: DatabaseProperties,
  newOwner?: string,
): Promise<{ properties: DatabaseProperties; remarks: string[] }> {
  const found = await admin.query<{ name: string }>(
    `SELECT 'role ' || rolname AS name FROM pg_catalog.pg_roles
     UNION ALL SELECT 'tablespace ' || spcname FROM pg_catalog.pg_tablespace`,
  )
  const names = new Set(found.rows.map(({ name }) => name))
  const hasRole = (role: string | null) => role === null || role === '' || names.has(`role ${role}`)
  const owner = newOwner ?? (hasRole(properties.owner) ? properties.owner : await readCurrentUser(admin))
  const renamed = (role: string) => (role === properties.owner ? owner : role)
  const { settings, tablespace } = properties
  const version = await admin.query<{ major: number }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major`,
  )
  const serverMajor = version.rows[0]?.major ?? 0
  const grants = properties.grants?.map((grant) => ({ ...grant, role: renamed(grant.role) })) ?? null
  const isRenamed = owner !== properties.owner && newOwner === undefined
  const missing = [...settings, ...(grants ?? [])].map(({ role }) => role).filter((role) => !hasRole(role))
  const hasTablespace = names.has(`tablespace ${tablespace}`)
  return {
    properties: {
      ...properties,
      provider: serverMajor < 15 ? null : (properties.provider ?? 'libc'),
      owner,
      tablespace: hasTablespace ? tablespace : 'pg_default',
      settings: settings.filter(({ role }) => hasRole(role)),
      grants: grants?.filter(({ role }) => hasRole(role)) ?? null,
    },
    remarks: [
      ...(isRenamed ? [`there is no role ${properties.owner}: ${owner} owns the database`] : []),
      ...[...new Set(missing)].map((role) => `there is no role ${role}: its settings and rights were left out`),
      ...(hasTablespace ? [] : [`there is no tablespace ${tablespace}: the database is in pg_default`]),
    ],
  }
}

export function createDatabaseSql(name: string, properties: DatabaseProperties): string {
  const { owner, encoding, provider, collate, ctype, locale, icuRules, tablespace, connectionLimit } = properties
  return [
    `CREATE DATABASE ${quoteName(name)} TEMPLATE template0 OWNER ${quoteName(owner)} ENCODING ${quoteText(encoding)}`,
    ...(provider === null ? [] : [`LOCALE_PROVIDER ${provider}`]),
    `LC_COLLATE ${quoteText(collate)} LC_CTYPE ${quoteText(ctype)}`,
    ...(locale === null || provider === null || provider === 'libc'
      ? []
      : [`${provider.toUpperCase()}_LOCALE ${quoteText(locale)}`]),
    ...(icuRules === null ? [] : [`ICU_RULES ${quoteText(icuRules)}`]),
    ...(tablespace === 'pg_default' ? [] : [`TABLESPACE ${quoteName(tablespace)}`]), // naming the default needs a right
    `CONNECTION LIMIT ${connectionLimit}`,
  ].join(' ')
}

/** Writes comment, settings and rights. Run it once the database is filled, since a setting may forbid writing. */
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
      return `ALTER ${whose} SET ${buildSettingSql(setting)}`
    }),
    ...(rights ? [`REVOKE ALL ON DATABASE ${database} FROM PUBLIC, ${quoteName(owner)}`, ...rights] : []),
  ]
}

/** Runs statements one by one, because another server may not know a setting. Returns the ones that it refused. */
export async function applyWhatFits(admin: Client, statements: string[]): Promise<string[]> {
  const refused: string[] = []
  for (const sql of statements) {
    await admin.query(sql).catch((error: unknown) => refused.push(`${sql}: ${getErrorMessage(error)}`))
  }
  return refused
}

/** Settings that are lists of names. The catalog stores them quoted as SQL needs them. */
const LISTS =
  /^(?:search_path|temp_tablespaces|(?:local|session|shared)_preload_libraries|unix_socket_directories|synchronized_standby_slots)$/i

/** Turns a catalog entry `name=value` into SQL. */
export function buildSettingSql(setting: string): string {
  const equals = setting.indexOf('=')
  const name = setting.slice(0, equals)
  const value = setting.slice(equals + 1)
  const isList = LISTS.test(name) && value !== ''
  return `${name.split('.').map(quoteName).join('.')} TO ${isList ? value : quoteText(value)}`
}
