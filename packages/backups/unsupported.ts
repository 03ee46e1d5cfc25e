import { AppError } from '#platform/errors'
import type { Source } from '#backups/source'

/** The pg_dump that writes the definitions is of this version; it knows what servers up to it have. */
const SERVER_MAJOR_MAX = 18

const UNSUPPORTED = `
  SELECT 'a security label of a large object' AS what, objoid::text AS which
  FROM pg_catalog.pg_seclabel WHERE classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass
  ORDER BY 1, 2`

/** Names everything that a dump would lose. @throws AppError BACKUP_UNSUPPORTED */
export async function refuseUnsupported({ session, database }: Source): Promise<void> {
  if (database.serverMajor > SERVER_MAJOR_MAX) {
    const servers = `Postgres ${database.serverVersion} is newer than the dumper, which knows up to ${SERVER_MAJOR_MAX}`
    throw new AppError('BACKUP_UNSUPPORTED', servers)
  }
  const { rows } = await session.query<{ what: string; which: string }>(UNSUPPORTED)
  if (rows.length === 0) return
  const objects = rows.map((row) => `${row.what} (${row.which})`)
  throw new AppError('BACKUP_UNSUPPORTED', `the dump cannot hold ${objects.join(', ')}`, { details: { objects } })
}
