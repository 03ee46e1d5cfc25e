import type { Client } from 'pg'
import type { BackupId } from '#backups/backup-id'
import { databaseOf, openSession, withDatabase } from '#backups/session'

/** Postgres keeps 63 bytes of a name; some are left for a number. */
const NAME_BYTES_MAX = 60

/** `<live>_restore_<id>` and `<live>_before_<id>`, in lower case so that they need no quotes in psql. */
export function databaseNameFor(live: string, what: 'restore' | 'before', id: BackupId): string {
  const suffix = `_${what}_${id.toLowerCase().replace('-', '_')}`
  let base = live
  while (Buffer.byteLength(base + suffix) > NAME_BYTES_MAX) base = base.slice(0, -1)
  return base + suffix
}

/** The same backup may be restored again while what was there before is still kept. */
export async function freeDatabaseName(admin: Client, wanted: string): Promise<string> {
  const { rows } = await admin.query<{ datname: string }>('SELECT datname FROM pg_catalog.pg_database')
  const taken = new Set(rows.map(({ datname }) => datname))
  let name = wanted
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`
  return name
}

/** A session in another database of the same server: nobody can stand in the one that is renamed. */
export async function openBeside(databaseUrl: string): Promise<{ admin: Client; adminUrl: string }> {
  const [first, second] = ['postgres', 'template1'].filter((name) => name !== databaseOf(databaseUrl))
  const urls = [first, second].flatMap((name) => (name ? [withDatabase(databaseUrl, name)] : []))
  for (const adminUrl of urls.slice(0, -1)) {
    const admin = await openSession(adminUrl).catch(() => undefined) // some servers have no database of that name
    if (admin) return { admin, adminUrl }
  }
  const adminUrl = urls.at(-1) as string
  return { admin: await openSession(adminUrl), adminUrl }
}
