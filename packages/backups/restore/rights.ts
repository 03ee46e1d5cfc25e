/** Checks before any work that the restoring role may create the dump's objects and give them to their owners. */
import { AppError } from '#platform/errors'
import { readDdl } from '#backups/postgres/pg-dump-entries'
import { readNamedRoles, readOwners } from '#backups/dump/dumped-roles'
import type { Manifest } from '#backups/format/manifest'
import { type MemberStore, readSql } from '#backups/dump/read-member'
import type { RunQuery } from '#backups/dump/sequences'
import { quoteName } from '#backups/postgres/quote'

interface Rights {
  user: string
  superuser: boolean
  createrole: boolean
}

const RIGHTS = `
  SELECT current_user::text AS user, rolsuper AS superuser, rolcreaterole AS createrole
  FROM pg_catalog.pg_roles WHERE rolname = current_user`

/** Tells for each role whether we may act as it, which giving it an object requires. */
const ROLES = `
  SELECT rolname AS name, pg_catalog.pg_has_role(oid,
    CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS "isOurs"
  FROM pg_catalog.pg_roles`

export async function readRoleNames(query: RunQuery): Promise<Set<string>> {
  return new Set(
    (await query<{ name: string }>('SELECT rolname AS name FROM pg_catalog.pg_roles')).map(({ name }) =>
      quoteName(name),
    ),
  )
}

/** @throws AppError RESTORE_FAILED that names the roles */
export async function requireRoles(store: MemberStore, manifest: Manifest, query: RunQuery): Promise<void> {
  const [rights] = await query<Rights>(RIGHTS)
  if (!rights || rights.superuser) return
  const preData = await readSql(store, manifest, 'pre-data')
  const entries = [preData, await readSql(store, manifest, 'post-data')].flatMap((sql) => readDdl(sql).entries)
  const roles = new Map(
    (await query<{ name: string; isOurs: boolean }>(ROLES)).map(({ name, isOurs }) => [quoteName(name), isOurs]),
  )
  const missing = readNamedRoles(preData).filter((role) => !roles.has(role))
  const foreign = readOwners(entries).filter((role) => roles.get(role) !== true)
  const reasons = [
    ...(missing.length > 0 && !rights.createrole
      ? [`the server has no role ${missing.join(', ')}, and ${rights.user} may not create roles`]
      : []),
    ...(foreign.length > 0 ? [`${rights.user} may not give objects to ${foreign.join(', ')}`] : []),
  ]
  if (reasons.length === 0) return
  throw new AppError(
    'RESTORE_FAILED',
    `${reasons.join('; ')}: create and grant these roles, or restore with --no-owner`,
  )
}
