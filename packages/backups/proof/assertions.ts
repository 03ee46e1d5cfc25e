import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, getErrorMessage } from '#platform/errors'
import type { RestoreTarget } from '#backups/restore/target'

/** A condition on every restored copy, written by its owner: a query that returns a single value, `true`. */
export interface Assertion {
  /** Its file name, such as `010-has-leads.sql`. */
  name: string
  sql: string
}

/** Reads a folder's `*.sql` files, sorted by name. A missing folder has none. */
export async function readAssertions(folder: string): Promise<Assertion[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = names.filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(files.map(async (name) => ({ name, sql: await readFile(join(folder, name), 'utf8') })))
}

const TIMEOUT_MS = 60_000

/**
 * Runs it in a read-only transaction with `public` as search path. @throws AppError BACKUP_UNPROVEN with the query's
 * answer, unless that is true
 */
export async function requireHolds(target: RestoreTarget, { name, sql }: Assertion): Promise<void> {
  await target.execute(`BEGIN READ ONLY; SET LOCAL search_path = public; SET LOCAL statement_timeout = ${TIMEOUT_MS}`)
  try {
    const rows = await target.query<Record<string, unknown>>(sql)
    const values = rows.flatMap((row) => Object.values(row))
    if (values.length === 1 && values[0] === true) return
    throw new AppError('BACKUP_UNPROVEN', `${name} answered ${describeAnswer(values)} instead of true`)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('BACKUP_UNPROVEN', `${name} did not run: ${getErrorMessage(cause)}`, { cause })
  } finally {
    await target.execute('ROLLBACK')
  }
}

function describeAnswer(values: unknown[]): string {
  if (values.length === 0) return 'nothing'
  return values.length === 1 ? JSON.stringify(values[0]) : `${values.length} values`
}
