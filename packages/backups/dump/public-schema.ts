import type { Source } from '#backups/dump/source'

/** Since this version PUBLIC may not create anything in `public` unless somebody says so. */
const CLOSED_SINCE = 15

const MAY_CREATE = `
  SELECT EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
    WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS "mayCreate"
  FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'`

/**
 * pg_dump writes how the rights on `public` differ from those of a new database on Postgres 15. On an older server a new
 * one allows more, so that what was taken from PUBLIC would come back there in silence.
 */
export async function publicSchemaSql({ session, database }: Pick<Source, 'session' | 'database'>): Promise<string> {
  if (database.serverMajor >= CLOSED_SINCE) return ''
  const { rows } = await session.query<{ mayCreate: boolean }>(MAY_CREATE)
  return rows[0]?.mayCreate === false ? 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n' : ''
}
