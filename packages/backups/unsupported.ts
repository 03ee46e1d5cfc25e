import { AppError } from '#platform/errors'
import type { Source } from '#backups/source'

/** The pg_dump that writes the definitions is of this version; it knows what servers up to it have. */
export const SERVER_MAJOR_MAX = 18
/** Nobody mends older ones any more, and none was tried. */
export const SERVER_MAJOR_MIN = 13

const UNSUPPORTED = `
  SELECT 'a security label of a large object' AS what, objoid::text AS which
  FROM pg_catalog.pg_seclabel WHERE classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass
  UNION ALL SELECT 'what is unlogged, since this is a standby and has nothing of it', c.oid::pg_catalog.regclass::text
  FROM pg_catalog.pg_class c
  WHERE c.relpersistence = 'u' AND c.relkind IN ('r', 'S') AND pg_catalog.pg_is_in_recovery()
  ORDER BY 1, 2`

/** Names everything that a dump would lose. @throws AppError BACKUP_UNSUPPORTED */
export async function refuseUnsupported({ session, database }: Source): Promise<void> {
  refuseServer(database)
  const { rows } = await session.query<{ what: string; which: string }>(UNSUPPORTED)
  if (rows.length === 0) return
  const objects = rows.map((row) => `${row.what} (${row.which})`)
  throw new AppError('BACKUP_UNSUPPORTED', `the dump cannot hold ${objects.join(', ')}`, { details: { objects } })
}

/** @throws AppError BACKUP_UNSUPPORTED that names both versions */
export function refuseServer({ serverVersion, serverMajor }: { serverVersion: string; serverMajor: number }): void {
  if (serverMajor > SERVER_MAJOR_MAX) {
    const both = `Postgres ${serverVersion} is newer than the dumper, which is pg_dump ${SERVER_MAJOR_MAX}`
    throw new AppError('BACKUP_UNSUPPORTED', both)
  }
  if (serverMajor < SERVER_MAJOR_MIN) {
    const both = `Postgres ${serverVersion} is older than ${SERVER_MAJOR_MIN}, the oldest that is backed up`
    throw new AppError('BACKUP_UNSUPPORTED', both)
  }
}
