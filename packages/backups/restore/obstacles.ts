import type { Client } from 'pg'
import { AppError } from '#platform/errors'

/**
 * Sessions that would block a rename and that we may not end; the swap ends the others. Follows the rules of
 * pg_terminate_backend: only a superuser ends a superuser's session; its own role or a member of pg_signal_backend ends
 * another one. Server processes such as an autovacuum worker have no role, and give way.
 */
const OBSTACLES = `
  WITH self AS (SELECT rolsuper AS super, rolcreatedb OR rolsuper AS creates FROM pg_catalog.pg_roles WHERE rolname = current_user),
  signals AS (SELECT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS may)
  SELECT 'the prepared transaction ' || pg_catalog.quote_literal(gid) || ' of ' || owner || ', since ' ||
    pg_catalog.to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ': commit it or roll it back' AS obstacle
  FROM pg_catalog.pg_prepared_xacts WHERE database = $1
  UNION ALL
  SELECT 'process ' || a.pid || ' (user ' || a.usename ||
    CASE WHEN a.application_name <> '' THEN ', ' || a.application_name ELSE '' END || '): ' || current_user ||
    ' may not end its session'
  FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid, self, signals
  WHERE a.datname = $1 AND a.pid <> pg_catalog.pg_backend_pid() AND NOT self.super
    AND (r.rolsuper OR NOT (signals.may OR pg_catalog.pg_has_role(r.oid, 'USAGE')))
  UNION ALL
  SELECT 'the database ' || pg_catalog.quote_ident(d.datname) || ' belongs to ' || pg_catalog.pg_get_userbyid(d.datdba) ||
    ': only its owner renames it'
  FROM pg_catalog.pg_database d, self
  WHERE d.datname = $1 AND NOT self.super AND NOT pg_catalog.pg_has_role(d.datdba, 'USAGE')
  UNION ALL
  SELECT 'the role ' || pg_catalog.quote_ident(current_user) || ' has no right to make databases: ALTER ROLE … CREATEDB gives it'
  FROM self WHERE NOT self.creates`

/** Lists what prevents replacing or dropping a database, each in a sentence. */
export async function findObstacles(admin: Client, database: string): Promise<string[]> {
  const { rows } = await admin.query<{ obstacle: string }>(OBSTACLES, [database])
  return rows.map(({ obstacle }) => obstacle)
}

/** Runs before the work, which may take hours. @throws AppError RESTORE_TARGET_IN_USE that names each obstacle */
export async function refuseObstacles(admin: Client, database: string): Promise<void> {
  const obstacles = await findObstacles(admin, database)
  if (obstacles.length === 0) return
  throw new AppError('RESTORE_TARGET_IN_USE', `${database} cannot be replaced: ${obstacles.join('; ')}`, {
    details: { obstacles },
  })
}
