import type { Source } from '#backups/dump/source'

/** First version whose default denies PUBLIC to create objects in `public`. */
const CLOSED_SINCE = 15

const MAY_CREATE = `
  SELECT EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
    WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS "mayCreate"
  FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'`

/**
 * pg_dump writes the rights on `public` as a difference from a new database on Postgres 15. An older server's default
 * allows more, so a right that was revoked from PUBLIC would silently come back there.
 */
export async function buildPublicSchemaSql({
  session,
  database,
}: Pick<Source, 'session' | 'database'>): Promise<string> {
  if (database.serverMajor >= CLOSED_SINCE) return ''
  const { rows } = await session.query<{ mayCreate: boolean }>(MAY_CREATE)
  return rows[0]?.mayCreate === false ? 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n' : ''
}
