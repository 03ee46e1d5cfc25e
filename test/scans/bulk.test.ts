import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditLog, companies, scanBatches, scanJobDomains, scanJobs } from '#db/tables'
import { AppError } from '#platform/errors'
import { createJob, JOB_DOMAINS_MAX, type JobId } from '#scans/bulk/create-job'
import { getJob, listJobDomains } from '#scans/bulk/job-progress'
import { type BatchInput, processBatch } from '#scans/bulk/process-batch'
import { queueJob, requeueUnfinished } from '#scans/bulk/queue-batches'
import { reopenFailed } from '#scans/bulk/retry-job'
import { createFakeDns, type FakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createFakeQueue, type FakeQueue, scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
let dns: FakeDns
let queue: FakeQueue
const clock = new TestClock()
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate scan_jobs, companies cascade`)
  dns = createFakeDns()
  queue = createFakeQueue()
})

const names = (count: number) => Array.from({ length: count }, (_, n) => `firma${n}.com.tr`)
const jobDeps = () => ({ db: database.db, clock, newId: v7, batchSize: 50 })
const create = (inputs: string[]) => createJob(jobDeps(), { inputs, keyid: null })
const queueDeps = () => ({ db: database.db, queue, clock })
const work = (jobId: JobId, batch: number, rest: Partial<BatchInput> = {}) =>
  processBatch(scanDeps(database.db, dns), { jobId, batch, lastTry: false, ...rest })
const outcomes = async (jobId: JobId) => (await listJobDomains(database.db, jobId, { after: 0, limit: 20_000 })).items
const batches = () => database.db.select().from(scanBatches).orderBy(scanBatches.number)

function answerAll(domains: string[]) {
  for (const domain of domains) {
    for (const [name, records] of Object.entries(googleCompany(domain))) dns.zone.set(name, records)
  }
}

it('accepts each domain once, in batches of 50, and fails invalid inputs with a reason', async () => {
  const jobId = await create([
    ...names(60),
    'FIRMA3.com.tr.',
    'http://firma4.com.tr/',
    '10.0.0.1',
    'not a domain\0',
    '',
  ])
  const job = await getJob(database.db, jobId)
  expect(job).toMatchObject({
    state: 'unsent',
    received: 65,
    duplicates: 2,
    domains: { pending: 60, done: 0, failed: 3 },
    batches: { unsent: 2 },
  })
  const failed = await listJobDomains(database.db, jobId, { outcome: 'failed', after: 0, limit: 10 })
  expect(failed.items.map(({ input, reason }) => [input, reason])).toEqual([
    ['10.0.0.1', 'DOMAIN_INVALID'],
    ['not a domain\uFFFD', 'DOMAIN_INVALID'],
    ['', 'DOMAIN_INVALID'],
  ])
  const log = await database.db.select().from(auditLog)
  expect(log.at(-1)).toMatchObject({ action: 'scan_job.created', object: `scan_job:${jobId}` })
})

it('is done at once when no input is a domain', async () => {
  const jobId = await create(['-', '127.0.0.1'])
  expect(await queueJob(queueDeps(), jobId)).toBe(0)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { failed: 2 } })
})

it('accepts as many domains as the API allows', async () => {
  const jobId = await create(names(JOB_DOMAINS_MAX))
  await queueJob(queueDeps(), jobId)
  expect(queue.sent).toHaveLength(200)
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'queued', domains: { pending: 10_000 } })
})

it('pages through the outcomes without losing one', async () => {
  const jobId = await create(names(7))
  const seen: string[] = []
  for (let after: number | null = 0; after !== null;) {
    const page = await listJobDomains(database.db, jobId, { after, limit: 3 })
    seen.push(...page.items.map(({ input }) => input))
    after = page.next
  }
  expect(seen).toEqual(names(7))
})

it('reports the batches that the queue refused, keeps the job, and sends only those on the next try', async () => {
  const jobId = await create(names(120))
  queue.refuse = ({ batch }) => batch === 2
  await expect(queueJob(queueDeps(), jobId)).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    details: { job: jobId, queued: 2, unsent: 1 },
  })
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'unsent', batches: { queued: 2, unsent: 1 } })
  queue.refuse = () => false
  queue.sent = []
  expect(await queueJob(queueDeps(), jobId)).toBe(1)
  expect(queue.sent).toEqual([{ jobId, batch: 2, group: 'cli' }])
  expect((await getJob(database.db, jobId)).state).toBe('queued')
})

it('ends every domain of a batch as done or as failed with its reason', async () => {
  const jobId = await create(names(3))
  answerAll(['firma0.com.tr', 'firma1.com.tr'])
  dns.zone.set('firma2.com.tr', { fails: 'SERVFAIL' })
  dns.zone.set('_dmarc.firma2.com.tr', { fails: 'SERVFAIL' })
  expect(await work(jobId, 1)).toEqual({ done: 2, failed: 1, repeated: false })
  expect((await outcomes(jobId)).map(({ outcome, reason, attempts }) => [outcome, reason, attempts])).toEqual([
    ['done', null, 1],
    ['done', null, 1],
    ['failed', 'DNS_UNANSWERED', 1],
  ])
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', batches: { committed: 1 } })
  expect(await batches()).toMatchObject([{ state: 'committed', done: 2, failed: 1, attempts: 1 }])
})

it('changes nothing if a message arrives again', async () => {
  const jobId = await create(names(3))
  answerAll(names(3))
  await work(jobId, 1)
  const before = [await outcomes(jobId), await batches(), await database.db.select().from(companies)]
  dns.asked = []
  expect(await work(jobId, 1)).toEqual({ done: 0, failed: 0, repeated: true })
  expect([await outcomes(jobId), await batches(), await database.db.select().from(companies)]).toEqual(before)
  expect(dns.asked).toEqual([])
})

it('commits once if two workers have the same message', async () => {
  const jobId = await create(names(20))
  answerAll(names(20))
  const results = await Promise.all([work(jobId, 1), work(jobId, 1)])
  expect(results.filter(({ repeated }) => !repeated)).toEqual([{ done: 20, failed: 0, repeated: false }])
  expect((await outcomes(jobId)).every(({ attempts }) => attempts === 1)).toBe(true)
})

it('lets two workers with overlapping domains in opposite orders both commit', async () => {
  const domains = names(50)
  answerAll(domains)
  const jobs = [await create(domains), await create(domains.toReversed())]
  const results = await Promise.all(jobs.map((jobId) => work(jobId, 1)))
  expect(results.map(({ done }) => done)).toEqual([50, 50])
  expect(await database.db.select().from(companies)).toHaveLength(50)
})

it('retries the commit after a serialization failure, and stores the batch once', async () => {
  const jobId = await create(names(2))
  answerAll(names(2))
  await failTimes('40001', 2)
  const pauses: number[] = []
  const deps = scanDeps(database.db, dns, { commit: { tries: 3, pause: async (attempt) => void pauses.push(attempt) } })
  expect(await processBatch(deps, { jobId, batch: 1, lastTry: false })).toMatchObject({ done: 2 })
  expect(pauses).toEqual([2, 3])
})

it('stores nothing of a batch that could not be committed, and logs that', async () => {
  const jobId = await create(names(2))
  answerAll(names(2))
  await failTimes('40P01', 9)
  const deps = scanDeps(database.db, dns, { commit: { tries: 3, pause: async () => undefined } })
  await expect(processBatch(deps, { jobId, batch: 1, lastTry: false })).rejects.toThrow('Failed query')
  expect(await database.db.select().from(companies)).toEqual([])
  expect((await outcomes(jobId)).map(({ outcome }) => outcome)).toEqual(['pending', 'pending'])
  expect(await batches()).toMatchObject([{ attempts: 1, error: 'INTERNAL: the batch could not be saved' }])

  await failTimes('40P01', 0)
  expect(await processBatch(deps, { jobId, batch: 1, lastTry: false })).toMatchObject({ done: 2 })
  expect(await batches()).toMatchObject([{ state: 'committed', attempts: 2, error: null }])
})

it('fails one lead alone when the database refuses it', async () => {
  const jobId = await create(names(3))
  answerAll(names(3))
  await refuseDomain('firma1.com.tr')
  expect(await work(jobId, 1)).toEqual({ done: 2, failed: 1, repeated: false })
  expect((await outcomes(jobId)).map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['done', null],
    ['failed', 'INTERNAL'],
    ['done', null],
  ])
  await allowAllDomains()
})

it('ends the domains of a batch as failed on the last try, and a retry of the job scans those alone', async () => {
  const jobId = await create(['10.0.0.1', ...names(3)])
  answerAll(names(3))
  const pacer = { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'too many scans are waiting')) }
  const busy = scanDeps(database.db, dns, { pacer })
  await expect(processBatch(busy, { jobId, batch: 1, lastTry: true })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(await getJob(database.db, jobId)).toMatchObject({
    state: 'done',
    domains: { failed: 4 },
    batches: { failed: 1 },
  })
  expect((await outcomes(jobId)).at(-1)).toMatchObject({
    reason: 'BATCH_FAILED',
    message: 'RATE_LIMITED: too many scans are waiting',
  })

  expect(await reopenFailed(jobDeps(), { jobId, actor: 'test' })).toBe(3)
  await queueJob(queueDeps(), jobId)
  expect(queue.sent).toEqual([{ jobId, batch: 2, group: 'cli' }])
  expect(await work(jobId, 2)).toEqual({ done: 3, failed: 0, repeated: false })
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { done: 3, failed: 1 } })
})

it('finishes a failed batch when its dead letter returns to the queue', async () => {
  const jobId = await create(names(2))
  const pacer = { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) }
  const busy = scanDeps(database.db, dns, { pacer })
  await expect(processBatch(busy, { jobId, batch: 1, lastTry: true })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  answerAll(names(2))
  expect(await work(jobId, 1)).toEqual({ done: 2, failed: 0, repeated: false })
})

it('queues lost batches again, and no finished ones', async () => {
  const jobId = await create(names(120))
  answerAll(names(120))
  await queueJob(queueDeps(), jobId)
  await work(jobId, 1)
  queue.sent = []
  expect(await requeueUnfinished(queueDeps())).toEqual({ queued: 2, refused: 0 })
  expect(queue.sent.map(({ batch }) => batch)).toEqual([2, 3])
})

it('treats a message for a deleted job as done', async () => {
  expect(await work(v7() as JobId, 1)).toMatchObject({ repeated: true })
})

it('reports that a job does not exist, even for an invalid id', async () => {
  for (const id of [v7(), 'nonsense', "1' or '1'='1", '\0']) {
    await expect(getJob(database.db, id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
  }
})

it('stores nothing of a job that could not be stored completely', async () => {
  const inputs = { inputs: names(3), keyid: 'nobody' } // the key is not in the database
  await expect(createJob(jobDeps(), inputs)).rejects.toThrow('Failed query')
  expect(await database.db.select().from(scanJobs)).toEqual([])
  expect(await database.db.select().from(scanJobDomains)).toEqual([])
})

/** The next `times` commits of a batch raise the given SQLSTATE, inside the database. A sequence survives a rollback. */
async function failTimes(code: string, times: number): Promise<void> {
  await database.db.execute(
    sql.raw(`
    create sequence if not exists clashes;
    select setval('clashes', 1, false);
    create or replace function clash() returns trigger language plpgsql as $$
    begin
      if nextval('clashes') <= ${times} then raise exception 'clash' using errcode = '${code}'; end if;
      return new;
    end $$;
    create or replace trigger clash before update on scan_batches for each row
      when (new.state = 'committed') execute function clash()`),
  )
}

async function refuseDomain(domain: string): Promise<void> {
  await database.db.execute(sql.raw(`alter table companies add constraint refused check (domain <> '${domain}')`))
}

async function allowAllDomains(): Promise<void> {
  await database.db.execute(sql.raw('alter table companies drop constraint refused'))
}
