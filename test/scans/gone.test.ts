import { Client } from 'pg'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { scanBatches } from '#db/tables'
import { createJob } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { disagreements } from '../support/check-job.ts'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

const clock = new TestClock()
const ask = Reflect.get(Client.prototype, 'query') as (...args: unknown[]) => unknown

let database: HunterDatabase
let admin: Client
beforeAll(async () => {
  database = await createHunterDatabase()
  admin = new Client({ connectionString: database.url })
  await admin.connect()
})
afterEach(() => void vi.restoreAllMocks())
afterAll(async () => {
  await admin.end()
  await database.close()
})

/** Companies that no scan has met: a batch of known ones sends fewer statements. */
const inventDomains = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}.com.tr`)

async function create(inputs: string[]) {
  const dns = createFakeDns(Object.assign({}, ...inputs.map(googleCompany)))
  const jobId = await createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs, keyid: null })
  const work = () => processBatch(scanDeps(database.db, dns, { clock }), { jobId, batch: 1, lastTry: false })
  return { jobId, work }
}

/** The server ends every session but ours just before the nth statement is sent; answers how many were sent. */
function endSessionsBefore(nth: number): () => number {
  let sent = 0
  vi.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...args: unknown[]) {
    sent += 1
    // the library passes a callback to some and waits for a promise of others: both are kept
    return (sent === nth ? endSessions().then(() => ask.apply(this, args)) : ask.apply(this, args)) as void
  })
  return () => sent
}

async function endSessions(): Promise<void> {
  const others = `from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
  // and waits until they have ended: one that has not yet would still take a statement, and lose it
  await ask.call(admin, `select pg_terminate_backend(pid, 60000) ${others} and backend_type = 'client backend'`)
}

/** Statements of one batch in which nothing fails. */
async function statementsFor(inputs: string[]): Promise<number> {
  const { work } = await create(inputs)
  const sent = endSessionsBefore(0)
  await work()
  vi.restoreAllMocks()
  return sent()
}

it('sends a handful of statements for a batch, however many domains it has', async () => {
  const [many, few] = [inventDomains('many', 50), inventDomains('few', 2)]
  const [forMany, forFew] = [await statementsFor(many), await statementsFor(few)]
  expect(forMany).toBe(forFew)
  expect(await statementsFor(many)).toBe(await statementsFor(few)) // Hunter knows the companies by now
  expect(forMany).toBeLessThan(20)
})

it('stores a batch completely or not at all, whichever of its statements loses the database', async () => {
  const statements = await statementsFor(inventDomains('calm', 3))
  expect(statements).toBeGreaterThan(10)
  for (let nth = 1; nth <= statements; nth += 1) {
    const { jobId, work } = await create(inventDomains(`end-${nth}`, 3))
    endSessionsBefore(nth)
    await expect(work(), `statement ${nth}`).rejects.toThrow(/./)
    vi.restoreAllMocks()
    const job = await getJob(database.db, jobId)
    expect(job).toMatchObject({ domains: { pending: 3, done: 0 }, batches: { committed: 0 } })
    const log = (await database.db.select().from(scanBatches)).find((row) => row.jobId === jobId)
    expect(log).toMatchObject({ attempts: 1, error: 'DATABASE_UNAVAILABLE: the database does not answer' })
    expect(await work()).toMatchObject({ done: 3 })
    expect(await disagreements(database.db)).toEqual([])
  }
})
