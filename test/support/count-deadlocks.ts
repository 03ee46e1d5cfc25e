import type { PoolClient } from 'pg'
import type { Database } from '#db/client'

/** Counts the transactions of the pool that Postgres ends because of a deadlock; `runInTransaction` hides them. */
export function countDeadlocks({ $client: pool }: Database): { count: number } {
  const seen = { count: 0 }
  const watched = new WeakSet<PoolClient>()
  pool.on('acquire', (client) => {
    if (watched.has(client)) return
    watched.add(client)
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    const counting = (...args: unknown[]) => {
      const answer = query(...args)
      if (answer instanceof Promise)
        answer.catch((thrown: { code?: string }) => void (seen.count += thrown.code === '40P01' ? 1 : 0))
      return answer
    }
    Object.assign(client, { query: counting })
  })
  return seen
}
