import type { Client } from 'pg'
import { openSession } from '#backups/postgres/session'

interface SessionPool {
  /** Open from the start; the pool lends it too. */
  first: Client
  /** Waits for a free session, or opens one. */
  lend<T>(work: (session: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens up to `max` sessions in one database, as they are needed. @throws AppError DATABASE_UNAVAILABLE */
export async function openSessions(databaseUrl: string, max: number): Promise<SessionPool> {
  const first = await openSession(databaseUrl)
  const all: Promise<Client>[] = [Promise.resolve(first)]
  const free: Client[] = [first]
  const waiting: ((session: Client) => void)[] = []

  async function take(): Promise<Client> {
    const session = free.pop()
    if (session) return session
    if (all.length >= max) return new Promise((resolve) => waiting.push(resolve))
    const opening = openSession(databaseUrl)
    all.push(opening)
    return opening
  }

  async function lend<T>(work: (session: Client) => Promise<T>): Promise<T> {
    const session = await take()
    try {
      return await work(session)
    } finally {
      const next = waiting.shift()
      if (next) next(session)
      else free.push(session)
    }
  }

  async function close(): Promise<void> {
    const opened = await Promise.allSettled(all)
    for (const session of opened) if (session.status === 'fulfilled') await session.value.end()
  }

  return { first, lend, close }
}
