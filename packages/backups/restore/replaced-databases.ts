import type { Client } from 'pg'
import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import {
  withRestoreLock,
  listDatabaseNames,
  openAdminConnection,
  readDatabaseName,
} from '#backups/postgres/database-names'
import { type AdminConnection, dropDatabase } from '#backups/postgres/drop-database'
import { describeServerError } from '#backups/postgres/server-error'
import { getDatabaseName } from '#backups/postgres/session'
import { quoteName, quoteText } from '#backups/postgres/quote'

/** A database that a restore or an undo replaced. Only the server has a record of it. */
export interface ReplacedDatabase {
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

export function buildReplacedComment(at: Date, comment: string | null): string {
  return `kept by Hunter since ${at.toISOString()}${comment === null ? '' : `\n${comment}`}`
}

export function buildCommentSql(database: string, comment: string | null): string {
  return `COMMENT ON DATABASE ${quoteName(database)} IS ${comment === null ? 'NULL' : quoteText(comment)}`
}

const DATABASES = `
  SELECT datname AS name, pg_catalog.shobj_description(oid, 'pg_database') AS comment,
    CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') THEN pg_catalog.pg_database_size(oid) END AS bytes
  FROM pg_catalog.pg_database WHERE NOT datistemplate`

/** Newest first. @throws AppError DATABASE_UNAVAILABLE */
export async function listReplaced(databaseUrl: string): Promise<ReplacedDatabase[]> {
  const { admin } = await openAdminConnection(databaseUrl)
  try {
    return await readReplaced(admin, getDatabaseName(databaseUrl))
  } finally {
    await admin.end()
  }
}

export async function readReplaced(admin: Client, live: string): Promise<ReplacedDatabase[]> {
  const { rows } = await admin.query<{ name: string; comment: string | null; bytes: string | null }>(DATABASES)
  const kept = rows.flatMap(({ name, comment, bytes }) => {
    const read = readDatabaseName(live, name)
    if (!read || read.role === 'restore') return []
    const mark = MARK.exec(comment ?? '')?.groups
    const size = bytes === null ? {} : { sizeBytes: Number(bytes) }
    const own = mark ? { keptAt: mark['at'] as string, comment: mark['comment'] ?? null } : { comment }
    return [{ name, role: read.role, id: read.id, ...size, ...own }]
  })
  return kept.sort((a, b) => (buildSortKey(a) < buildSortKey(b) ? 1 : -1))
}

function buildSortKey({ keptAt = '', id, name }: ReplacedDatabase): string {
  return `${keptAt} ${id} ${name}`
}

/**
 * Chooses the newest replaced database, or the newest of a backup, or the one with a name. @throws AppError
 * KEPT_NOT_FOUND
 */
export function chooseReplaced(kept: ReplacedDatabase[], which: string | undefined): ReplacedDatabase {
  const chosen = kept.find(({ name, id }) => which === undefined || name === which || id === which)
  if (chosen) return chosen
  const what = which === undefined ? 'there is no replaced database' : `no replaced database matches ${which}`
  throw new AppError('KEPT_NOT_FOUND', what, { details: { kept: kept.map(({ name }) => name) } })
}

/**
 * Drops a replaced database for good, unless a session is connected to it. @param which its name, or the id of the
 * backup that replaced it @throws AppError KEPT_NOT_FOUND, RESTORE_TARGET_IN_USE
 */
export async function dropReplaced(databaseUrl: string, which: string): Promise<ReplacedDatabase> {
  return withRestoreLock(databaseUrl, async ({ admin, adminUrl, live }) => {
    const chosen = chooseReplaced(await readReplaced(admin, live), which)
    await refuseUsed(admin, chosen.name)
    await dropDatabase({ admin, adminUrl }, chosen.name, { force: false }).catch((cause: unknown) => {
      if ((cause as { code?: string }).code !== '55006') throw cause
      throw new AppError('RESTORE_TARGET_IN_USE', describeServerError(cause), { cause })
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
  if (rows.length > 0) throw new AppError('RESTORE_TARGET_IN_USE', `${name} is in use`)
}

/** Drops the databases that crashed restores left; they have no other use. */
export async function dropLeftovers(beside: AdminConnection, live: string): Promise<void> {
  for (const name of await listLeftovers(beside.admin, live)) await dropDatabase(beside, name)
}

export async function listLeftovers(admin: Client, live: string): Promise<string[]> {
  return (await listDatabaseNames(admin)).filter((name) => readDatabaseName(live, name)?.role === 'restore')
}
