import { AppError } from '#platform/errors'
import type { RunQuery } from '#backups/dump/sequences'

/**
 * Refuses a database that is read-only by default. Our sessions could still write, but the owner of that
 * database set the default on purpose. @throws AppError RESTORE_FAILED
 */
export async function refuseReadOnly(query: RunQuery, database: string): Promise<void> {
  const [setting] = await query<{ isReadOnly: boolean }>(
    `SELECT reset_val OPERATOR(pg_catalog.=) 'on' AS "isReadOnly" FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'default_transaction_read_only'`,
  )
  if (!setting?.isReadOnly) return
  const message = `the database ${database} is read-only: default_transaction_read_only is on for it, for the role or for the server`
  throw new AppError('RESTORE_FAILED', `${message}; turn it off to restore into it`)
}
