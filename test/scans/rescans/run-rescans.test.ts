/** Rescans by schedule: what is taken up, when, and that nothing is lost or taken twice. */
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runInTransaction } from '#db/transaction'
import { eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { AppError } from '#platform/errors'
import { rescoreLeads } from '#leads/rescore'
import { createJob } from '#scans/bulk/create-job'
import { processBatch } from '#scans/bulk/process-batch'
import { queueJob } from '#scans/bulk/queue-batches'
import { claimDue } from '#scans/rescans/due-leads'
import { runRescans } from '#scans/rescans/run-rescans'
import { changeSchedule, readSchedule, type ScheduleChanges } from '#scans/rescans/schedule'
import { countSpent } from '#scans/rescans/situation'
import { scanDomain } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import { createFakeDns, type FakeDns, googleCompany } from '../../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { keepLead, sampleLead } from '../../support/sample-lead.ts'
import { createFakeQueue, type FakeQueue, scanDeps } from '../../support/scan-deps.ts'
import { TestClock } from '../../support/test-clock.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

let database: HunterDatabase
let clock: TestClock
let dns: FakeDns
let queue: FakeQueue
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, scan_jobs, rescan_schedule, audit_log cascade`)
  clock = new TestClock('2026-11-20T09:00:00Z')
  dns = createFakeDns({}, clock)
  queue = createFakeQueue()
})

const deps = (changes = {}) => ({ db: database.db, clock, queue, newId: v7, batchSize: 50, ...changes })
const run = (changes = {}) => runRescans(deps(changes))
const change = (changes: ScheduleChanges) => changeSchedule({ db: database.db, clock }, changes, { actor: 'cli' })

/** A lead whose answer is so many days old; its zone answers from now on, unless it is `silent`. */
async function keepOld(domain: string, days: number, { silent = false } = {}): Promise<void> {
  const at = new Date(clock.now().getTime() - days * DAY_MS).toISOString()
  await keepLead(database.db, sampleLead({ domain, at }))
  for (const [name, records] of Object.entries(googleCompany(domain))) dns.zone.set(name, records)
  if (silent) for (const name of [domain, `_dmarc.${domain}`]) dns.zone.set(name, { fails: 'SERVFAIL' })
}

/** Works on what was sent, as a worker does; answers the results. */
async function work(from: FakeQueue = queue) {
  const results = []
  for (const { jobId, batch } of from.sent.splice(0)) {
    const worker = scanDeps(database.db, dns, { clock })
    results.push(await processBatch(worker, { jobId, batch, lastTry: false }))
  }
  return results
}

async function takenUp(): Promise<string[]> {
  const { rows } = await database.db.execute<{ domain: string }>(
    sql`select domain from scan_job_domains join scan_jobs on id = job_id where kind = 'schedule' order by created_at, position`,
  )
  return rows.map(({ domain }) => domain)
}

async function scanState(domain: string) {
  const { rows } = await database.db.execute<{ days: number | null; failures: number; scanned: string }>(sql`
    select extract(epoch from next_scan_at - ${clock.now().toISOString()}::timestamptz)::float8 / 86400 as days,
           scan_failures as failures, to_char(scanned_at at time zone 'UTC', 'YYYY-MM-DD') as scanned
      from scans join companies on id = company_id where domain = ${domain}`)
  return rows[0]
}

describe('what is due', () => {
  it('is what was scanned 30 days ago or earlier, the oldest first', async () => {
    await keepOld('fresh.com', 29)
    await keepOld('old.com', 40)
    await keepOld('oldest.com', 90)
    await keepOld('due.com', 30)
    expect(await run()).toMatchObject({ domains: 3, due: 0, behindSeconds: 0 })
    expect(await takenUp()).toEqual(['oldest.com', 'old.com', 'due.com'])
    expect(await work()).toEqual([{ done: 3, failed: 0, putBack: 0, repeated: false }])
    expect(await scanState('oldest.com')).toEqual({ days: null, failures: 0, scanned: '2026-11-20' })
    clock.advanceMs(DAY_MS)
    expect(await run()).toMatchObject({ domains: 1 })
    expect((await takenUp()).at(-1)).toBe('fresh.com')
  })

  it('follows the age that people set, at once', async () => {
    await keepOld('a.com', 8)
    expect(await run()).toMatchObject({ domains: 0, hold: 'nothing_due' })
    await change({ everyDays: 7 })
    expect(await run()).toMatchObject({ domains: 1 })
  })

  it('says how many wait, and how long the oldest has', async () => {
    await change({ budget: 0 })
    await keepOld('a.com', 32)
    await keepOld('b.com', 31)
    expect(await run()).toMatchObject({ domains: 0, hold: 'budget_spent', due: 2, behindSeconds: 2 * 86_400 })
  })

  it('leaves out an invented lead, which has the time infinity', async () => {
    await keepOld('a.com', 99)
    await database.db.execute(sql`update scans set next_scan_at = 'infinity'`)
    expect(await run()).toMatchObject({ hold: 'nothing_due', due: 0, behindSeconds: 0 })
  })
})

describe('nothing is taken up twice', () => {
  it('by eight runs at once', async () => {
    for (let n = 0; n < 60; n += 1) await keepOld(`firma${n}.com`, 31 + n)
    const runs = await Promise.all(Array.from({ length: 8 }, () => run({ batchSize: 5 })))
    for (let n = 0; n < 3; n += 1) {
      await work()
      runs.push(...(await Promise.all([run({ batchSize: 5 }), run({ batchSize: 5 })])))
    }
    const domains = await takenUp()
    expect(new Set(domains).size).toBe(domains.length)
    expect(domains).toHaveLength(60)
    expect(runs.reduce((sum, one) => sum + one.domains, 0)).toBe(60)
  })

  it('by claims that do not even share the lock', async () => {
    for (let n = 0; n < 20; n += 1) await keepOld(`firma${n}.com`, 31)
    const claims = Array.from({ length: 4 }, () =>
      runInTransaction(database.db, (tx) => claimDue(tx, { now: clock.now(), everyDays: 30 }, 8)),
    )
    const domains = (await Promise.all(claims)).flat()
    expect(new Set(domains).size).toBe(domains.length)
  })

  it('while its job is open, whatever becomes of the message', async () => {
    await keepOld('a.com', 40)
    await run()
    for (let hour = 0; hour < 2; hour += 1) {
      clock.advanceMs(3_600_000)
      expect(await run()).toMatchObject({ domains: 0, hold: 'nothing_due' })
    }
    clock.advanceMs(3_600_000) // the queue has given the message up
    expect(await run()).toMatchObject({ domains: 0 })
    clock.advanceMs(DAY_MS)
    expect(await run()).toMatchObject({ domains: 1 })
    expect(await work()).toEqual([
      { done: 0, failed: 0, repeated: true },
      { done: 1, failed: 0, putBack: 0, repeated: false },
    ])
  })
})

describe('nothing is lost', () => {
  it('when a run dies between keeping its job and queueing it', async () => {
    await keepOld('a.com', 40)
    const dying = { ...queue, send: () => Promise.reject(new Error('killed')) }
    await expect(run({ queue: dying })).rejects.toThrow('killed')
    expect(queue.sent).toEqual([])
    await run()
    expect(queue.sent).toEqual([expect.objectContaining({ batch: 1, group: 'schedule' })])
    expect(await takenUp()).toEqual(['a.com'])
    await work()
    expect((await scanState('a.com'))?.scanned).toBe('2026-11-20')
  })

  it('when the transaction that takes leads up fails', async () => {
    await keepOld('a.com', 40)
    await expect(run({ newId: () => 'no uuid' })).rejects.toThrow('insert into "scan_jobs"')
    expect(await run()).toMatchObject({ domains: 1 })
  })

  it('when a clock was far ahead: a lead waits for no time that only such a clock could set', async () => {
    await keepOld('a.com', 40, { silent: true })
    clock.advanceMs(20_000 * DAY_MS)
    await run()
    await work()
    clock.advanceMs(-20_000 * DAY_MS)
    expect(await run()).toMatchObject({ domains: 1 })
  })
})

describe('a domain that fails', () => {
  it('waits a day, then two, then four, and 128 at most; an answer ends that', async () => {
    await keepOld('dead.com', 40, { silent: true })
    const waits: number[] = []
    for (let n = 0; n < 10; n += 1) {
      expect(await run()).toMatchObject({ domains: 1 })
      expect(await work()).toEqual([{ done: 0, failed: 1, putBack: 0, repeated: false }])
      const days = (await scanState('dead.com'))?.days ?? 0
      waits.push(days)
      clock.advanceMs(days * DAY_MS - 1_000)
      expect(await run()).toMatchObject({ domains: 0 })
      clock.advanceMs(1_000)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 128, 128])
    dns.zone.set('dead.com', { mx: ['aspmx.l.google.com'] })
    await run()
    await work()
    expect(await scanState('dead.com')).toMatchObject({ days: null, failures: 0 })
  })

  it('keeps no other from its turn, however many of them there are', async () => {
    for (let n = 0; n < 30; n += 1) await keepOld(`dead${n}.com`, 90, { silent: true })
    await run()
    await work()
    await keepOld('alive.com', 31)
    expect(await run({ batchSize: 1 })).toMatchObject({ domains: 1 })
    expect(await takenUp()).toContain('alive.com')
  })

  it('loses neither claim nor wait when new rules score it', async () => {
    await keepOld('claimed.com', 40)
    await run()
    await keepOld('dead.com', 41, { silent: true })
    await run()
    queue.sent.shift()
    await work()
    await database.db.execute(sql`update lead_scores set rules_version = 0`)
    expect(await rescoreLeads({ db: database.db, clock, overrides: [] })).toMatchObject({ judged: 2 })
    expect(await scanState('claimed.com')).toMatchObject({ days: 1 })
    expect(await scanState('dead.com')).toMatchObject({ days: 1, failures: 1 })
    expect(await run()).toMatchObject({ hold: 'nothing_due' })
  })
})

describe('people come first', () => {
  const ask = async (domains: string[]) => {
    const jobId = await createJob(deps(), { inputs: domains, keyid: null })
    await queueJob(deps(), jobId)
    return jobId
  }

  it('nothing starts while a batch of theirs waits', async () => {
    await keepOld('a.com', 40)
    await ask(['b.com'])
    expect(await run()).toMatchObject({ domains: 0, hold: 'people_first', due: 1 })
    await work()
    expect(await run()).toMatchObject({ domains: 1 })
  })

  it('a batch whose message was lost holds it up for a day at most', async () => {
    await keepOld('a.com', 40)
    await ask(['b.com'])
    clock.advanceMs(DAY_MS)
    expect(await run()).toMatchObject({ domains: 1 })
  })

  it('a batch that is under way puts back what has no turn yet, which is due as before and costs no budget', async () => {
    for (let n = 0; n < 4; n += 1) await keepOld(`firma${n}.com`, 40 + n)
    await run()
    const mine = queue.sent.splice(0)
    await ask(['people.com'])
    const [batch] = mine
    const worker = scanDeps(database.db, dns, { clock })
    expect(await processBatch(worker, { ...batch, lastTry: false } as never)).toEqual({
      done: 0,
      failed: 4,
      putBack: 4,
      repeated: false,
    })
    expect(dns.asked).toEqual([])
    expect(await countSpent(database.db, clock.now(), 'Europe/Istanbul')).toBe(0)
    expect(await scanState('firma0.com')).toMatchObject({ days: null, failures: 0 })
    await work()
    clock.advanceMs(MINUTE_MS)
    expect(await run()).toMatchObject({ domains: 4 })
  })

  it('keeps what had its turn when others get none', async () => {
    for (const name of ['a.com', 'b.com']) await keepOld(name, 40)
    await run()
    const [batch] = queue.sent.splice(0)
    let turns = 0
    const pacer = {
      acquire: async () => {
        turns += 1
        if (turns > 1) throw new AppError('SCANS_BUSY', 'too many scans are waiting')
      },
    }
    const worker = scanDeps(database.db, dns, { clock, pacer })
    expect(await processBatch(worker, { ...batch, lastTry: false } as never)).toMatchObject({ done: 1, putBack: 1 })
  })
})

describe('a pause', () => {
  it('starts nothing, says since when and by whom, and stops a batch that has not begun', async () => {
    await keepOld('a.com', 40)
    await keepOld('b.com', 40)
    await run({ batchSize: 1 })
    await change({ paused: true })
    const since = clock.now()
    clock.advanceMs(MINUTE_MS)
    await changeSchedule({ db: database.db, clock }, { paused: true }, { actor: 'key:other' })
    expect((await readSchedule(database.db)).paused).toEqual({ since, by: 'cli' })
    expect(await work()).toEqual([
      { done: 0, failed: 1, putBack: 1, repeated: false },
      { done: 0, failed: 1, putBack: 1, repeated: false },
    ])
    expect(await run()).toMatchObject({ domains: 0, hold: 'paused', due: 2 })
    await change({ paused: false })
    expect(await run()).toMatchObject({ domains: 2 })
  })

  it('that returns while a run is under way starts after it: nothing starts later', async () => {
    await keepOld('a.com', 40)
    const [paused] = await Promise.all([change({ paused: true }), run()])
    const before = (await takenUp()).length
    await run()
    expect([paused.paused?.by, (await takenUp()).length]).toEqual(['cli', before])
  })

  it('is in the audit log with what was and what is', async () => {
    await change({ paused: true, budget: 7 })
    const { rows } = await database.db.execute(sql`select actor, action, object, details from audit_log`)
    expect(rows).toEqual([
      {
        actor: 'cli',
        action: 'rescan_schedule.changed',
        object: 'rescan_schedule',
        details: {
          before: { everyDays: 30, budget: 10_000, timezone: 'Europe/Istanbul', paused: false },
          after: { everyDays: 30, budget: 7, timezone: 'Europe/Istanbul', paused: true },
        },
      },
    ])
  })
})

describe('the budget', () => {
  it('holds for a local day of 25 hours, of 23, and of 24', async () => {
    await change({ budget: 3, timezone: 'Europe/Berlin', everyDays: 1 })
    for (const [start, hours] of [
      ['2026-10-24T22:00:00Z', 25],
      ['2027-03-27T23:00:00Z', 23],
      ['2027-03-28T22:00:00Z', 24],
    ] as const) {
      await database.db.execute(sql`truncate companies, scan_jobs cascade`)
      clock = new TestClock(start)
      dns = createFakeDns({}, clock)
      for (let n = 0; n < 8; n += 1) await keepOld(`firma${n}.com`, 40)
      for (let hour = 0; hour < hours; hour += 1) {
        await run({ batchSize: 1 })
        await work()
        clock.advanceMs(3_600_000)
        if (hour === hours - 1) clock.advanceMs(-1)
      }
      expect(await run()).toMatchObject({ hold: 'budget_spent' })
      expect(await takenUp()).toHaveLength(3)
      clock.advanceMs(1)
      expect(await run()).toMatchObject({ domains: 3 })
    }
  })

  it('is not spent twice when the clock jumps back over midnight, and not for ever when it jumped ahead', async () => {
    await change({ budget: 2 })
    for (let n = 0; n < 8; n += 1) await keepOld(`firma${n}.com`, 90 + n)
    await run()
    clock.advanceMs(DAY_MS)
    await run()
    expect(await takenUp()).toHaveLength(4)
    clock.advanceMs(-DAY_MS)
    expect(await run()).toMatchObject({ hold: 'budget_spent' })
    clock.advanceMs(DAY_MS)
    expect(await run()).toMatchObject({ hold: 'budget_spent' })
    clock.advanceMs(DAY_MS)
    expect(await run()).toMatchObject({ domains: 2 })
  })
})

describe('erasure', () => {
  const erase = (domain: string) =>
    eraseLead(
      { db: database.db, clock, newId: v7, key: createErasureKey('pepper') },
      { domain: domain as Domain, actor: 'cli' },
    )

  it('takes the lead out of a job of the schedule, which does not bring it back', async () => {
    await keepOld('a.com', 40)
    await keepOld('b.com', 40)
    await run()
    const worker = scanDeps(database.db, dns, { clock })
    dns.onAsk = async () => {
      delete dns.onAsk
      await erase('a.com')
    }
    const [batch] = queue.sent
    await processBatch(worker, { ...batch, lastTry: false } as never)
    const { rows } = await database.db.execute(sql`select domain from companies`)
    expect(rows).toEqual([{ domain: 'b.com' }])
    expect(await takenUp()).toEqual(expect.not.arrayContaining(['a.com']))
  })

  it('of a lead that is about to be taken up leaves its name in no job', async () => {
    await keepOld('a.com', 40)
    await Promise.all([erase('a.com'), run()])
    expect(await takenUp()).not.toContain('a.com')
    expect(await work()).toEqual(expect.not.arrayContaining([expect.objectContaining({ done: 1 })]))
    expect((await database.db.execute(sql`select from companies`)).rowCount).toBe(0)
  })
})

it('another scan ends the claim, and makes the lead due 30 days later', async () => {
  await keepOld('a.com', 40)
  await run()
  await scanDomain(scanDeps(database.db, dns, { clock }), 'a.com')
  expect(await scanState('a.com')).toEqual({ days: null, failures: 0, scanned: '2026-11-20' })
})

it('removes old jobs of the schedule, and no others', async () => {
  await keepOld('a.com', 40)
  await run()
  await work()
  await createJob(deps(), { inputs: ['b.com'], keyid: null })
  clock.advanceMs(8 * DAY_MS)
  await run()
  const { rows } = await database.db.execute(sql`select kind from scan_jobs`)
  expect(rows).toEqual([{ kind: 'scan' }])
})
