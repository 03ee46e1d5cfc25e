import type { Client } from 'pg'
import { AppError } from '#platform/errors'
import { tryLock } from '#backups/postgres/advisory-lock'
import { type BackupId, isBackupId } from '#backups/format/backup-id'
import { getDatabaseName, openSession, withDatabase } from '#backups/postgres/session'

/** Postgres truncates names to 63 bytes; a number may be appended. */
const NAME_BYTES_MAX = 60

/** `restore`: a restore is filling it. `before`: a restore replaced it. `undone`: an undo replaced it. */
type SideDatabaseRole = 'restore' | 'before' | 'undone'

/** Builds names such as `<live>_restore_<id>`, in lower case so that psql needs no quotes. */
export function buildDatabaseName(live: string, role: SideDatabaseRole, id: BackupId): string {
  const suffix = `_${role}_${id.toLowerCase().replace('-', '_')}`
  let base = live
  while (Buffer.byteLength(base + suffix) > NAME_BYTES_MAX) base = base.slice(0, -1)
  return base + suffix
}

const BESIDE = /_(?<role>restore|before|undone)_(?<day>\d{8})t(?<time>\d{6})z_(?<hex>[0-9a-f]{6})(?<number>_\d+)?$/

/** Returns the role of a database beside the live one; undefined for any other name. */
export function readDatabaseName(live: string, name: string): { role: SideDatabaseRole; id: BackupId } | undefined {
  const parts = BESIDE.exec(name)?.groups
  if (!parts) return undefined
  const { role, day, time, hex, number = '' } = parts
  const id = `${day}T${time}Z-${hex}`
  if (!isBackupId(id) || buildDatabaseName(live, role as SideDatabaseRole, id) + number !== name) return undefined
  return { role: role as SideDatabaseRole, id }
}

export async function listDatabaseNames(admin: Client): Promise<string[]> {
  const { rows } = await admin.query<{ datname: string }>('SELECT datname FROM pg_catalog.pg_database ORDER BY 1')
  return rows.map(({ datname }) => datname)
}

/** Appends a number when the name is taken: a backup may be restored again while the replaced database still exists. */
export async function findFreeDatabaseName(admin: Client, wanted: string): Promise<string> {
  const taken = new Set(await listDatabaseNames(admin))
  let name = wanted
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`
  return name
}

/** Opens a session in another database of the same server: Postgres cannot rename a database with connections. */
export async function openAdminConnection(databaseUrl: string): Promise<{ admin: Client; adminUrl: string }> {
  const [first, second] = ['postgres', 'template1'].filter((name) => name !== getDatabaseName(databaseUrl))
  const urls = [first, second].flatMap((name) => (name ? [withDatabase(databaseUrl, name)] : []))
  for (const adminUrl of urls.slice(0, -1)) {
    const admin = await openSession(adminUrl).catch(() => undefined) // Some servers have no database of that name.
    if (admin) return { admin, adminUrl }
  }
  const adminUrl = urls.at(-1) as string
  return { admin: await openSession(adminUrl), adminUrl }
}

/**
 * Runs `work` beside the live database under the restore lock, which ends with its session. @throws AppError
 * RESTORE_TARGET_IN_USE, DATABASE_UNAVAILABLE
 */
export async function withRestoreLock<T>(
  databaseUrl: string,
  work: (beside: { admin: Client; adminUrl: string; live: string }) => Promise<T>,
): Promise<T> {
  const live = getDatabaseName(databaseUrl)
  const { admin, adminUrl } = await openAdminConnection(databaseUrl)
  try {
    if (await tryLock(admin, `restore of ${live}`)) return await work({ admin, adminUrl, live })
    throw new AppError('RESTORE_TARGET_IN_USE', `another restore of ${live} is running`)
  } finally {
    await admin.end()
  }
}
