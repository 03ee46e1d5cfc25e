import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDatabase, createDatabase, type Database, pingDatabase } from '#db/client'
import { toDatabaseError } from '#db/failure'
import { runInSavepoint, runInTransaction } from '#db/transaction'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = createDatabase({ url: database.url, maxConnections: 2, statementTimeoutMs: 5_000 })
  await db.execute(sql`create table pairs (id int primary key, n int not null)`)
  await db.execute(sql`insert into pairs values (1, 0), (2, 0)`)
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

const valueOf = async (id: number) => {
  const { rows } = await db.execute<{ n: number }>(sql`select n from pairs where id = ${id}`)
  return rows[0]?.n
}
const raise = (id: number) => sql`update pairs set n = n + 1 where id = ${id}`
const noPause = async () => undefined

it('rolls back when the work fails, and returns a clean connection', async () => {
  const before = await valueOf(1)
  const work = runInTransaction(db, async (tx) => {
    await tx.execute(raise(1))
    throw new Error('stop')
  })
  await expect(work).rejects.toThrow('stop')
  expect(await valueOf(1)).toBe(before)
})

it('keeps the rest of the transaction when one savepoint fails', async () => {
  const [first, second] = [await valueOf(1), await valueOf(2)]
  await runInTransaction(db, async (tx) => {
    await tx.execute(raise(1))
    await expect(runInSavepoint(tx, async () => tx.execute(sql`update pairs set n = null`))).rejects.toThrow(
      'Failed query',
    )
    await tx.execute(raise(2))
  })
  expect([await valueOf(1), await valueOf(2)]).toEqual([Number(first) + 1, Number(second) + 1])
})

it('returns the result of a savepoint, and commits it with the rest', async () => {
  const before = await valueOf(1)
  const made = await runInTransaction(db, async (tx) => {
    const inner = await runInSavepoint(tx, async () => tx.execute<{ n: number }>(sql`${raise(1)} returning n`))
    await expect(runInSavepoint(tx, async () => tx.execute(sql`select nothing`))).rejects.toThrow('Failed query')
    return inner.rows[0]?.n
  })
  expect(made).toBe(Number(before) + 1)
  expect(await valueOf(1)).toBe(made)
})

it('completes both transactions of a deadlock', async () => {
  const [first, second] = [await valueOf(1), await valueOf(2)]
  let waiting = 0
  let bothHold: () => void
  const meet = new Promise<void>((resolve) => (bothHold = resolve))
  const cross = (mine: number, other: number) =>
    runInTransaction(
      db,
      async (tx) => {
        await tx.execute(raise(mine))
        waiting += 1
        if (waiting === 2) bothHold()
        await meet
        await tx.execute(raise(other))
      },
      { pause: noPause },
    )
  await Promise.all([cross(1, 2), cross(2, 1)])
  expect(waiting).toBeGreaterThan(2) // one of them had to try again
  expect([await valueOf(1), await valueOf(2)]).toEqual([Number(first) + 2, Number(second) + 2])
})

it('fails after the given tries with the last error', async () => {
  let runs = 0
  const always = runInTransaction(
    db,
    async (tx) => {
      runs += 1
      await tx.execute(sql`do $$ begin raise exception 'clash' using errcode = '40001'; end $$`)
    },
    { tries: 3, pause: noPause },
  )
  await expect(always).rejects.toMatchObject({ cause: { message: 'clash' } })
  expect(runs).toBe(3)
})

it('waits longer before each try, so that two that collided do not collide again', async () => {
  const startedMs: number[] = []
  const clash = runInTransaction(
    db,
    async (tx) => {
      startedMs.push(performance.now())
      await tx.execute(sql`do $$ begin raise exception 'clash' using errcode = '40001'; end $$`)
    },
    { tries: 3 },
  )
  await expect(clash).rejects.toMatchObject({ cause: { message: 'clash' } })
  const [first = 0, second = 0, third = 0] = startedMs
  expect(second - first).toBeGreaterThan(49) // timers may be a millisecond early
  expect(third - second).toBeGreaterThan(99)
})

/** Sessions of this database that still have a transaction open. */
const openTransactions = async () => {
  const { rows } = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from pg_stat_activity
         where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
           and backend_type = 'client backend'`,
  )
  return rows[0]?.n
}

it('ends a transaction of fast statements that together take too long', async () => {
  const before = await valueOf(1)
  let statements = 0
  const slow = runInTransaction(
    db,
    async (tx) => {
      await tx.execute(raise(1))
      for (;;) {
        await tx.execute(sql`select pg_sleep(0.02)`)
        statements += 1
      }
    },
    { timeoutMs: 1_000 },
  )
  const startedMs = performance.now()
  await expect(slow).rejects.toMatchObject({
    code: 'DATABASE_BUSY',
    message: 'the database did not finish within 1 s',
  })
  expect(performance.now() - startedMs).toBeLessThan(30_000) // else it never ends
  expect(statements).toBeGreaterThan(2)
  expect(await valueOf(1)).toBe(before)
  await expect.poll(openTransactions).toBe(0)
})

it('leaves no session behind that waits for a lock or keeps working', async () => {
  const holder = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 10_000 })
  await runInTransaction(holder, async (tx) => {
    await tx.execute(raise(2))
    await expect(runInTransaction(db, (tx) => tx.execute(raise(2)), { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'DATABASE_BUSY',
    })
    await expect.poll(openTransactions).toBe(1) // this one
  })
  await closeDatabase(holder)
  await runInTransaction(db, (tx) => tx.execute(raise(2)), { timeoutMs: 5_000 })
})

it('counts all tries of a transaction in one time limit', async () => {
  let runs = 0
  const giveWay = runInTransaction(
    db,
    async (tx) => {
      runs += 1
      await tx.execute(sql`select pg_sleep(0.15)`)
      await tx.execute(sql`do $$ begin raise exception 'clash' using errcode = '40001'; end $$`)
    },
    { tries: 1_000, pause: noPause, timeoutMs: 400 },
  )
  await expect(giveWay).rejects.toMatchObject({ code: 'DATABASE_BUSY' })
  expect(runs).toBeLessThanOrEqual(4)
})

it('ends work that never queries the database', async () => {
  const idle = runInTransaction(db, () => new Promise<never>(() => undefined), { timeoutMs: 100 })
  await expect(idle).rejects.toMatchObject({ code: 'DATABASE_BUSY' })
  await expect.poll(openTransactions).toBe(0)
})

it('survives a broken connection, and connects again', async () => {
  const cut = runInTransaction(db, async (tx) => {
    await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`)
  })
  const thrown = await cut.catch((error: unknown) => error)
  expect(toDatabaseError(thrown)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  await pingDatabase(db)
})

it('says that the database does not answer, without the password', async () => {
  const nowhere = createDatabase({
    url: 'postgres://someone:hush-hush@127.0.0.1:1/none',
    maxConnections: 1,
    statementTimeoutMs: 1_000,
  })
  const thrown = await pingDatabase(nowhere).catch((error: unknown) => error)
  expect(thrown).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  expect(String(thrown)).not.toContain('hush')
  await closeDatabase(nowhere)
})

it('does not report an invalid statement as an unreachable database', async () => {
  const thrown = await db.execute(sql`select nothing`).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(Error)
  expect(toDatabaseError(thrown)).toBeUndefined()
})
