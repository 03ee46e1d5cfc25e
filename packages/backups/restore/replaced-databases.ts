import type { Client } from 'pg'
import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { aloneBeside, databaseNames, openBeside, readDatabaseName } from '#backups/postgres/database-names'
import { type Beside, dropDatabase } from '#backups/postgres/drop-database'
import { messageWithDetail } from '#backups/postgres/server-error'
import { databaseOf } from '#backups/postgres/session'
import { quoteName, quoteText } from '#backups/postgres/quote'

/** A database that a restore or an undo replaced. Only the server has a record of it. */
export interface KeptDatabase {
  name: string
  /** `before`: a restore replaced it. `undone`: the undo of a restore replaced it. */
  role: 'before' | 'undone'
  /** The backup of that restore. */
  id: BackupId
  /** UTC; absent when its comment was removed. */
  keptAt?: string
  /** Absent when the role may not connect to it. */
  sizeBytes?: number
  /** The comment that it had before. */
  comment: string | null
}

/** First line of a replaced database's comment; its former comment follows. */
const MARK = /^kept by Hunter since (?<at>\S+)(?:\n(?<comment>[\s\S]*))?$/

export function keptComment(at: Date, comment: string | null): string {
  return `kept by Hunter since ${at.toISOString()}${comment === null ? '' : `\n${comment}`}`
}

export function commentSql(database: string, comment: string | null): string {
  return `COMMENT ON DATABASE ${quoteName(database)} IS ${comment === null ? 'NULL' : quoteText(comment)}`
}

const DATABASES = `
  SELECT datname AS name, pg_catalog.shobj_description(oid, 'pg_database') AS comment,
    CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') THEN pg_catalog.pg_database_size(oid) END AS bytes
  FROM pg_catalog.pg_database WHERE NOT datistemplate`

/** Newest first. @throws AppError DATABASE_UNAVAILABLE */
export async function listKept(databaseUrl: string): Promise<KeptDatabase[]> {
  const { admin } = await openBeside(databaseUrl)
  try {
    return await keptBeside(admin, databaseOf(databaseUrl))
  } finally {
    await admin.end()
  }
}

export async function keptBeside(admin: Client, live: string): Promise<KeptDatabase[]> {
  const { rows } = await admin.query<{ name: string; comment: string | null; bytes: string | null }>(DATABASES)
  const kept = rows.flatMap(({ name, comment, bytes }) => {
    const read = readDatabaseName(live, name)
    if (!read || read.role === 'restore') return []
    const mark = MARK.exec(comment ?? '')?.groups
    const size = bytes === null ? {} : { sizeBytes: Number(bytes) }
    const own = mark ? { keptAt: mark['at'] as string, comment: mark['comment'] ?? null } : { comment }
    return [{ name, role: read.role, id: read.id, ...size, ...own }]
  })
  return kept.sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1))
}

function orderOf({ keptAt = '', id, name }: KeptDatabase): string {
  return `${keptAt} ${id} ${name}`
}

/**
 * Chooses the newest replaced database, or the newest of a backup, or the one with a name. @throws AppError
 * KEPT_NOT_FOUND
 */
export function chooseKept(kept: KeptDatabase[], which: string | undefined): KeptDatabase {
  const chosen = kept.find(({ name, id }) => which === undefined || name === which || id === which)
  if (chosen) return chosen
  const what = which === undefined ? 'no database is kept' : `no database is kept for ${which}`
  throw new AppError('KEPT_NOT_FOUND', what, { details: { kept: kept.map(({ name }) => name) } })
}

/**
 * Drops a replaced database for good, unless a session is connected to it. @param which its name, or the id of the
 * backup that replaced it @throws AppError KEPT_NOT_FOUND, RESTORE_TARGET_IN_USE
 */
export async function dropKept(databaseUrl: string, which: string): Promise<KeptDatabase> {
  return aloneBeside(databaseUrl, async ({ admin, adminUrl, live }) => {
    const chosen = chooseKept(await keptBeside(admin, live), which)
    await refuseUsed(admin, chosen.name)
    await dropDatabase({ admin, adminUrl }, chosen.name, { force: false }).catch((cause: unknown) => {
      if ((cause as { code?: string }).code !== '55006') throw cause
      throw new AppError('RESTORE_TARGET_IN_USE', messageWithDetail(cause), { cause })
    })
    return chosen
  })
}

/** Runs before its subscriptions are dropped. */
async function refuseUsed(admin: Client, name: string): Promise<void> {
  const { rows } = await admin.query(
    `SELECT pid FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend' LIMIT 1`,
    [name],
  )
  if (rows.length > 0) throw new AppError('RESTORE_TARGET_IN_USE', `${name} is being used`)
}

/** Drops the databases that crashed restores left; they have no other use. */
export async function dropLeftovers(beside: Beside, live: string): Promise<void> {
  for (const name of await leftovers(beside.admin, live)) await dropDatabase(beside, name)
}

export async function leftovers(admin: Client, live: string): Promise<string[]> {
  return (await databaseNames(admin)).filter((name) => readDatabaseName(live, name)?.role === 'restore')
}
