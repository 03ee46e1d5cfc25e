import { closeDatabase, createDatabase, type Database } from '#db/client'
import { mapDatabaseErrors } from '#db/failure'
import { attach } from '#cli/attach'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'

/** A person waits at the terminal. */
const STATEMENT_TIMEOUT_MS = 30_000

/** Runs `work` on the database that the command is attached to. @throws AppError DATABASE_UNAVAILABLE */
export async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  await attach()
  const url = getDatabaseUrl(getProcessContext('cli').settings)
  const db = createDatabase({ url, maxConnections: 2, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    return await mapDatabaseErrors(() => work(db))
  } finally {
    await closeDatabase(db)
  }
}
