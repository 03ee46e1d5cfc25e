import { basename, resolve } from 'node:path'
import { inspectSource } from '#backups/dump/inspect-source'
import type { DataKind } from '#backups/format/manifest'
import { getDatabaseName } from '#backups/postgres/session'
import { toSourceName } from '#backups/format/source-name'
import { attach } from '#cli/attach'
import { readServerName } from '#cli/backup/server-name'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'

/** A database to back up, and the default name of its backups. */
export type StandaloneSource = { [Kind in DataKind]: { kind: Kind; name: string } & Location[Kind] }[DataKind]

/** Where a source of each kind lies; `findSource` reads it. */
interface Location {
  postgres: { databaseUrl: string }
  sqlite: { path: string }
}

const SQLITE = /^sqlite:(?:\/\/(?=\/))?(?<path>.+)$/s
const POSTGRES = /^postgres(?:ql)?:\/\//i

/**
 * Accepts a server in every form that libpq takes, `sqlite:PATH` or `sqlite:///PATH`; the default is the stack's
 * database. A server is asked for its database's name.
 * @throws AppError USAGE, DATABASE_UNAVAILABLE, BACKUP_UNSUPPORTED
 */
export async function findSource(text: string | undefined): Promise<StandaloneSource> {
  if (text === undefined) {
    await attach()
    const { settings } = getProcessContext('cli')
    return { kind: 'postgres', databaseUrl: getDatabaseUrl(settings), name: settings.HUNTER_BACKUP_SOURCE }
  }
  const path = parseSqlitePath(text)
  if (path !== undefined) return { kind: 'sqlite', path, name: nameOfFile(path) }
  const { url } = await readServerName(text, '--source', process.env)
  const { database } = await inspectSource(url)
  return { kind: 'postgres', databaseUrl: url, name: toSourceName(database) }
}

/** Derives the name of a source's backups from its text alone; undefined when the text does not tell. */
export function deriveSourceName(text: string | undefined): string | undefined {
  if (text === undefined) return getProcessContext('cli').settings.HUNTER_BACKUP_SOURCE
  const path = parseSqlitePath(text)
  if (path !== undefined) return nameOfFile(path)
  if (!POSTGRES.test(text) || !URL.canParse(text)) return undefined
  const name = getDatabaseName(text) || decodeURIComponent(new URL(text).username)
  return name === '' ? undefined : toSourceName(name)
}

/** Returns the absolute path of a database file; undefined for any other source. */
export function parseSqlitePath(text: string): string | undefined {
  const path = SQLITE.exec(text)?.groups?.['path']
  return path === undefined ? undefined : resolve(path)
}

function nameOfFile(path: string): string {
  return toSourceName(basename(path).replace(/\.(?:db|sqlite3?|s3db)$/i, ''))
}
