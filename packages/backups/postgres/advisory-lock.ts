import type { Client } from 'pg'

/**
 * Takes a session-level advisory lock, which ends with the session, so a crashed process holds none. Only sessions in
 * the same database see it. Returns whether it was free.
 */
export async function tryLock(session: Client, name: string): Promise<boolean> {
  const { rows } = await session.query<{ taken: boolean }>(
    'SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS taken',
    [`hunter ${name}`],
  )
  return rows[0]?.taken === true
}

export async function unlock(session: Client, name: string): Promise<void> {
  await session.query('SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))', [`hunter ${name}`])
}
