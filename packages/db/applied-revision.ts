import { BoundedClient } from '#db/bounded-client'
import { AppError } from '#platform/errors'

const TIMEOUT_MS = 10_000

/** The newest migration that ran in the database; undefined when none ever did. @throws AppError DATABASE_UNAVAILABLE */
export async function readAppliedRevision(databaseUrl: string): Promise<string | undefined> {
  const client = new BoundedClient({
    connectionString: databaseUrl,
    connectionTimeoutMillis: TIMEOUT_MS,
    answerTimeoutMs: TIMEOUT_MS,
  })
  client.on('error', () => undefined) // the query under way reports it
  try {
    await client.connect()
    const { rows: tables } = await client.query(`select from pg_tables where tablename = 'hunter_migrations'`)
    if (tables.length === 0) return undefined
    const { rows } = await client.query<{ revision: string | null }>(
      'select max(name) as revision from hunter_migrations',
    )
    return rows[0]?.revision ?? undefined
  } catch (cause) {
    throw new AppError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause })
  } finally {
    await client.end()
  }
}
