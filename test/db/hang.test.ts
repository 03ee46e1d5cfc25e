import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import { Query } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BoundedClient } from '#db/bounded-client'
import { runWithinBudget } from '#db/budget'
import { closeDatabase, createDatabase, type Database, type DatabaseOptions, pingDatabase } from '#db/client'
import { toDatabaseError } from '#db/failure'
import { readMigrationStatus } from '#db/migrate'
import { runInTransaction } from '#db/transaction'
import { startHangingTcp } from '../support/hanging-tcp.ts'
import { createHunterDatabase, type HunterDatabase, MIGRATIONS } from '../support/hunter-database.ts'

/** Time limit of what must not wait forever: a busy machine may take its time. */
const SOON_MS = 20_000
const LIMITS = { statementTimeoutMs: 10_000, answerTimeoutMs: 2_000, connectTimeoutMs: 2_000 }

let database: HunterDatabase
const closers = new AsyncDisposableStack()
beforeAll(async () => {
  database = await createHunterDatabase()
  await database.db.execute(sql`create table marks (n int); create table locked ()`)
})
afterAll(async () => {
  await closers.disposeAsync()
  await database.close()
})

async function throughProxy(options: Partial<DatabaseOptions> = {}) {
  const proxy = await startHangingTcp(database.url)
  const url = proxy.urlOf(database.url)
  const db = createDatabase({ url, maxConnections: 2, ...LIMITS, ...options })
  closers.defer(() => proxy.close())
  closers.defer(() => closeDatabase(db))
  return { proxy, db, url }
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string | undefined; ms: number }> {
  const startedMs = performance.now()
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  return { code: toDatabaseError(thrown)?.code, ms: performance.now() - startedMs }
}

const connectionsOf = ({ $client: { totalCount, idleCount, waitingCount } }: Database) => ({
  totalCount,
  idleCount,
  waitingCount,
})
const NONE = { totalCount: 0, idleCount: 0, waitingCount: 0 }

/** A transaction that fails on purpose where it is to be rolled back. */
const work = (db: Database, fails: boolean) =>
  runInTransaction(db, async (tx) => {
    await tx.execute(sql`insert into marks values (1)`)
    await tx.execute(sql`select count(*) from marks`)
    if (fails) throw new Error('stop')
  })

it.concurrent.each([
  ['begin', false],
  ['insert into marks', false],
  ['select count', false],
  ['commit', false],
  ['rollback', true],
])('fails a transaction whose server falls silent at its %s, and drops its connection', async (at, fails) => {
  const { proxy, db } = await throughProxy()
  await pingDatabase(db)
  proxy.hangsAt = (piece) => piece.includes(at)
  const { code, ms } = await failureOf(work(db, fails))
  expect(code).toBe(fails ? undefined : 'DATABASE_UNAVAILABLE') // what the work failed with counts
  expect(ms).toBeLessThan(SOON_MS)
  expect(connectionsOf(db)).toEqual(NONE)
  proxy.hangsAt = () => false
  await work(db, false)
  expect(connectionsOf(db)).toEqual({ totalCount: 1, idleCount: 1, waitingCount: 0 })
})

it.concurrent.each([{ forgets: false }, { forgets: true }])(
  'fails every waiting query while the server hangs, and needs no restart after it (%o)',
  async (options) => {
    const { proxy, db } = await throughProxy()
    await Promise.all([pingDatabase(db), pingDatabase(db)])
    expect(connectionsOf(db).idleCount).toBe(2)
    proxy.hang()
    const failures = await Promise.all(Array.from({ length: 6 }, () => failureOf(pingDatabase(db))))
    for (const { code, ms } of failures) expect([code, ms < SOON_MS]).toEqual(['DATABASE_UNAVAILABLE', true])
    await expect.poll(() => connectionsOf(db)).toEqual(NONE)
    proxy.resume(options)
    await pingDatabase(db)
    await pingDatabase(db)
    expect(connectionsOf(db)).toEqual({ totalCount: 1, idleCount: 1, waitingCount: 0 })
  },
)

it.concurrent('waits once, not once for each connection, after the network lost them all', async () => {
  const { proxy, db } = await throughProxy()
  await Promise.all([pingDatabase(db), pingDatabase(db)])
  proxy.hang()
  proxy.resume({ forgets: true })
  expect((await failureOf(pingDatabase(db))).code).toBe('DATABASE_UNAVAILABLE')
  await pingDatabase(db) // the other connection is as old
  expect(connectionsOf(db).totalCount).toBe(1)
})

it.concurrent(
  'gives a request one time budget for all of its statements, and keeps connections that answer',
  async () => {
    const { db } = await throughProxy({ answerTimeoutMs: 60_000 })
    await pingDatabase(db)
    let answered = 0
    const many = runWithinBudget(600, async () => {
      for (;;) {
        await db.execute(sql`select pg_sleep(0.1)`)
        answered += 1
      }
    })
    const { code, ms } = await failureOf(many)
    expect([code, ms < SOON_MS]).toEqual(['DATABASE_UNAVAILABLE', true])
    expect(answered).toBeLessThan(7)
    await pingDatabase(db)
  },
)

it.concurrent('counts parallel waits of a request once, and nothing but its waits', async () => {
  const { db } = await throughProxy({ answerTimeoutMs: 60_000, maxConnections: 4 })
  const ping = () => pingDatabase(db)
  await Promise.all([ping(), ping(), ping(), ping()])
  const sleep = () => db.execute(sql`select pg_sleep(1)`)
  const slept = await runWithinBudget(3_500, () => Promise.all([sleep(), sleep(), sleep(), sleep()]))
  expect(slept).toHaveLength(4)
  await runWithinBudget(2_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    await ping()
  })
})

it.concurrent('waits for a connection of a full pool only within the budget of the request', async () => {
  const { db } = await throughProxy({ maxConnections: 1, connectTimeoutMs: 60_000, answerTimeoutMs: 60_000 })
  await runInTransaction(db, async () => {
    const { code, ms } = await failureOf(runWithinBudget(200, () => pingDatabase(db)))
    expect([code, ms < SOON_MS]).toEqual(['DATABASE_UNAVAILABLE', true])
  })
  await pingDatabase(db)
  expect(connectionsOf(db)).toEqual({ totalCount: 1, idleCount: 1, waitingCount: 0 })
})

it.concurrent('reports a busy database when the server ended a statement or a lock wait', async () => {
  const { db } = await throughProxy({ statementTimeoutMs: 300, answerTimeoutMs: 60_000 })
  expect((await failureOf(db.execute(sql`select pg_sleep(60)`))).code).toBe('DATABASE_BUSY')
  await runInTransaction(database.db, async (tx) => {
    await tx.execute(sql`lock table locked`)
    expect((await failureOf(db.execute(sql`select from locked`))).code).toBe('DATABASE_BUSY')
  })
})

it.concurrent.each([
  ['the server says nothing', ''],
  ['the TLS handshake stops', 'S'],
])('drops a connection if %s', async (_, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => void socket.write(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `postgres://user:secret@127.0.0.1:${port}/none${answer && '?sslmode=no-verify'}`
  const db = createDatabase({ url, maxConnections: 1, ...LIMITS })
  const { code, ms } = await failureOf(pingDatabase(db))
  expect([code, ms < SOON_MS]).toEqual(['DATABASE_UNAVAILABLE', true])
  expect(connectionsOf(db)).toEqual(NONE)
  await closeDatabase(db)
  const session = new BoundedClient({ connectionString: url, connectionTimeoutMillis: 500 })
  expect((await failureOf(session.connect())).code).toBe('DATABASE_UNAVAILABLE')
  await session.end()
  server.close()
})

it.concurrent('closes its session in time, whatever the server does', async () => {
  const { proxy, url } = await throughProxy()
  const session = new BoundedClient({ connectionString: url, answerTimeoutMs: 500 })
  session.on('error', () => undefined)
  await session.connect()
  const idle = new BoundedClient({ connectionString: url })
  await idle.connect()
  proxy.hang()
  expect((await failureOf(session.query('select 1'))).code).toBe('DATABASE_UNAVAILABLE')
  await Promise.all([session.end(), idle.end()])
})

it.concurrent('sets no deadline for a query that is read as a stream', async () => {
  const session = new BoundedClient({ connectionString: database.url, answerTimeoutMs: 500 })
  await session.connect()
  await once(session.query(new Query('select pg_sleep(0.7)')), 'end')
  expect(session.hasHung).toBe(false)
  await session.end()
})

it.concurrent('limits a migration to the time of its longest statement', async () => {
  const { proxy, url } = await throughProxy()
  proxy.hangsAt = (piece) => piece.includes('hunter_migrations')
  const deps = { url, folder: MIGRATIONS, statementTimeoutMs: 1 } // and what its answer may need on its way
  const { code, ms } = await failureOf(readMigrationStatus(deps))
  expect([code, ms < SOON_MS]).toEqual(['DATABASE_UNAVAILABLE', true])
})
