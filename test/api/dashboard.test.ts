import { Client } from 'pg'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Database } from '#db/client'
import { runInTransaction } from '#db/transaction'
import { inventSignals } from '#local/seed/invent-signals'
import { seedLeads } from '#local/seed/seed-leads'
import { type Dashboard, readDashboard } from '#leads/dashboard/read-dashboard'
import { listLeads } from '#leads/list/list-leads'
import { saveSignalsBatch } from '#leads/save-signals'
import { listLocalDays } from '#platform/local-time'
import { createCache } from '#redis/cache'
import { createRedis } from '#redis/client'
import { startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { recordingLog } from '../support/recording-log.ts'
import { refusingUrl } from '../support/stub-redis.ts'
import { createTestApi } from '../support/test-api.ts'

const NOW = new Date('2026-11-20T00:00:00Z')

let database: HunterDatabase
let db: Database
beforeAll(async () => {
  database = await createHunterDatabase()
  db = database.db
  await seedLeads(db, { leads: 300, now: NOW, addToOthers: false })
})
afterAll(() => database.close())

const read = (changes: Partial<Parameters<typeof readDashboard>[1]> = {}) =>
  readDashboard(db, { days: 365, timezone: 'Europe/Istanbul', now: NOW, ...changes })

/** What the tables hold, counted row by row. */
async function countTables() {
  const { rows } = await db.execute(sql`
    select segment, mailbox, priority, count(*)::int as leads from lead_scores group by 1, 2, 3 order by 1, 2, 3`)
  return rows
}

async function keptCounts() {
  const { rows } = await db.execute(sql`
    select segment, mailbox, priority, sum(leads)::int as leads from (
      select segment, mailbox, priority, leads from lead_counts union all
      select segment, mailbox, priority, leads from lead_count_changes where quarter is null) counts
    group by 1, 2, 3 having sum(leads) <> 0 order by 1, 2, 3`)
  return rows
}

async function expectExact(): Promise<void> {
  expect(await keptCounts()).toEqual(await countTables())
}

const sum = (counts: { leads: number }[]) => counts.reduce((total, { leads }) => total + leads, 0)

it('shows the beginning of the list that is sorted best first, less the segment Skip, and the newest changes', async () => {
  const { topOpportunities, recentActivity } = await read()
  expect(topOpportunities).toEqual((await listLeads(db, { sort: 'priority', limit: 10 })).leads)
  let opportunities: unknown
  const undo = db.transaction(async (tx) => {
    await tx.execute(sql`delete from lead_scores where segment <> 'Skip'`)
    ;({ topOpportunities: opportunities } = await readDashboard(tx, { days: 1, timezone: 'UTC', now: NOW }))
    return tx.rollback()
  })
  await expect(undo).rejects.toThrow('Rollback')
  expect(opportunities).toEqual([])
  const ids = recentActivity.map(({ id }) => id)
  expect(ids).toEqual(ids.toSorted((a, b) => b - a))
})

describe('the counts', () => {
  it('add up to all leads in each part, and show every segment and priority', async () => {
    const { leads, segments, priorities, providers } = await read()
    const { rows } = await db.execute<{ leads: number }>(sql`select count(*)::int as leads from lead_scores`)
    expect(leads).toBe(rows[0]?.leads)
    expect([sum(segments), sum(priorities), sum(providers)]).toEqual([leads, leads, leads])
    expect(segments.map(({ segment }) => segment).sort()).toEqual(['Cold', 'Existing', 'Migration', 'Skip'])
    expect(priorities.map(({ priority }) => priority)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(providers.map((one) => one.leads)).toEqual(providers.map((one) => one.leads).toSorted((a, b) => b - a))
    expect(providers[0]?.share).toBeCloseTo(((providers[0]?.leads ?? 0) / leads) * 100, 0)
    await expectExact()
  })

  it('stay exact when leads move, are scored again, are erased, by workers at once, through folds and rolled-back work', async () => {
    const work = async (worker: number) => {
      for (let round = 0; round < 30; round += 1) {
        await db.execute(sql`
          update lead_scores set priority = 1 + (priority + ${round}) % 7, mailbox = 'moved-' || ${round % 5}::text
           where company_id % 4 = ${worker} and company_id % 17 = ${round % 17}`)
      }
    }
    await Promise.all([0, 1, 2, 3].map(work))
    const { rows } = await db.execute<{ left: number }>(sql`select count(*)::int as left from lead_count_changes`)
    expect(rows[0]?.left).toBeLessThan(200) // folded on the way
    await db.execute(sql`delete from companies where id in (select company_id from lead_scores limit 20)`)
    await expect(
      runInTransaction(db, async (tx) => {
        await tx.execute(sql`delete from companies`)
        throw new Error('undo')
      }),
    ).rejects.toThrow('undo')
    await expectExact()
    expect((await read()).leads).toBe(280)
  })

  it('start from zero when the table is emptied', async () => {
    let left: number | null = null
    const emptied = runInTransaction(db, async (tx) => {
      await tx.execute(sql`truncate lead_scores`)
      const rows = await tx.execute(sql`
        select from lead_counts union all select from lead_count_changes where quarter is null`)
      left = rows.rowCount
      throw new Error('undo')
    })
    await expect(emptied).rejects.toThrow('undo')
    expect(left).toBe(0)
    await expectExact()
  })

  it('never make one worker wait for another, and count both', async () => {
    const before = (await read()).leads
    const batch = (from: number) => Array.from({ length: 5 }, (_, at) => inventSignals(from + at, NOW))
    const fold = sql`insert into lead_count_changes (quarter, scans) select ${NOW}, 1 from generate_series(1, 64)`
    await runInTransaction(db, async (one) => {
      await saveSignalsBatch(one, batch(5_000), [])
      await one.execute(fold) // holds the rows of all counts until it ends
      await runInTransaction(db, async (other) => {
        await other.execute(sql`set local lock_timeout = '200ms'`)
        await saveSignalsBatch(other, batch(6_000), [])
        await other.execute(fold)
      })
      expect((await read()).leads).toBe(before + 5)
    })
    expect((await read()).leads).toBe(before + 10)
    await expectExact()
  })
})

describe('the trend', () => {
  it('counts scans and changes on the day of the reader, and shows days without work as zeros', async () => {
    const at = (time: string, scans: number, changes: number) =>
      sql`insert into lead_count_changes (quarter, scans, changes) values (${time}, ${scans}, ${changes})`
    await db.execute(at('2024-03-30T20:45:00Z', 3, 0)) // 23:45 in Istanbul
    await db.execute(at('2024-03-30T21:00:00Z', 0, 4)) // the next day there
    const now = new Date('2024-04-01T12:00:00Z')
    expect((await read({ days: 4, now })).trend).toEqual([
      { day: '2024-03-29', scans: 0, changes: 0 },
      { day: '2024-03-30', scans: 3, changes: 0 },
      { day: '2024-03-31', scans: 0, changes: 4 },
      { day: '2024-04-01', scans: 0, changes: 0 },
    ])
    const utc = (await read({ days: 3, now, timezone: 'UTC' })).trend
    expect(utc.map(({ scans, changes }) => [scans, changes])).toEqual([
      [3, 4],
      [0, 0],
      [0, 0],
    ])
  })

  it('counts a scan that is saved, and not the score that new rules give', async () => {
    const scansOf = async (now: Date) => (await read({ days: 1, timezone: 'UTC', now })).trend[0]?.scans
    const later = new Date('2027-02-03T10:00:00Z')
    const save = (at: Date) => {
      const signals = { ...inventSignals(7_001, at), at: at.toISOString() }
      return runInTransaction(db, (tx) => saveSignalsBatch(tx, [signals], []))
    }
    await save(later)
    await save(new Date(later.getTime() + 60_000))
    await db.execute(sql`update scans set provider = provider where scanned_at >= ${later}`)
    expect(await scansOf(new Date('2027-02-03T12:00:00Z'))).toBe(2)
  })

  it.each([
    ['Europe/Berlin', '2026-03-31T10:00:00Z', [24, 23, 24]], // clocks go forward on March 29
    ['Europe/Berlin', '2026-10-27T10:00:00Z', [24, 25, 24]],
    ['Africa/Cairo', '2026-04-26T10:00:00Z', [23, 24]], // no midnight on April 24
    ['America/Havana', '2026-11-03T10:00:00Z', [25, 24]], // two midnights on November 1
    ['Australia/Lord_Howe', '2026-04-07T02:00:00Z', [24.5, 24]], // half an hour
    ['Asia/Kathmandu', '2026-04-07T02:00:00Z', [24, 24]], // 5 hours 45 minutes from UTC
  ])('begins a day in %s at its first moment (%s)', (zone, now, hours) => {
    const days = listLocalDays(zone, hours.length + 1, new Date(now))
    const lengths = days.slice(1).map(({ start }, at) => (start.getTime() - days[at]!.start.getTime()) / 3_600_000)
    expect(lengths).toEqual(hours)
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
    for (const { day, start } of days) {
      expect([local.format(start), local.format(start.getTime() - 1) < day]).toEqual([day, true])
    }
  })
})

describe('GET /dashboard', () => {
  const connect = async (url: string) => {
    const redis = createRedis({ url, token: 't', timeoutMs: 1_000 })
    const api = createTestApi(db, { dashboardCache: createCache({ redis, log: recordingLog() }) })
    const key = await api.key(['read'])
    return { api, redis, get: (query = '') => api.call('GET', `/api/v1/dashboard${query}`, { key }) }
  }
  const leadsOf = ({ body }: { body: { data: unknown } }) => (body.data as Dashboard).leads

  let redis: Awaited<ReturnType<typeof startRedisServer>>
  beforeEach(async () => {
    redis = await startRedisServer({ token: 't', clock: systemClock })
    return () => redis.close()
  })

  it('takes four statements, whatever the number of leads and days', async () => {
    const { get } = await connect(await refusingUrl())
    await get()
    for (const query of ['?days=1', '?days=365&timezone=America/New_York']) {
      const spy = vi.spyOn(Client.prototype, 'query')
      const { status } = await get(query)
      expect([status, spy.mock.calls.length]).toEqual([200, 4])
      spy.mockRestore()
    }
  })

  it('reads the database once for the callers of one moment', async () => {
    const { get } = await connect(await refusingUrl())
    await get()
    const spy = vi.spyOn(Client.prototype, 'query')
    const answers = await Promise.all(Array.from({ length: 10 }, () => get('?days=31')))
    const queries = spy.mock.calls.length
    spy.mockRestore()
    expect(new Set(answers.map(({ status, headers }) => `${status} ${headers.get('ETag')}`)).size).toBe(1)
    expect([answers[0]?.status, queries]).toEqual([200, 4])
  })

  it('answers from Redis within a minute, with the same ETag', async () => {
    const { get } = await connect(redis.url)
    const first = await get()
    await db.execute(sql`delete from companies where id = (select min(company_id) from lead_scores)`)
    const second = await get()
    expect([second.status, second.headers.get('ETag')]).toEqual([200, first.headers.get('ETag')])
    expect(second.body.data).toEqual(first.body.data)
    expect(leadsOf(await get('?days=29'))).toBe(leadsOf(first) - 1)
  })

  it('answers from the database when Redis is gone, and when it holds rubbish', async () => {
    const gone = await connect(await refusingUrl())
    const right = leadsOf(await gone.get('?days=3'))
    const { api, redis: client, get } = await connect(redis.url)
    await get('?days=3')
    const [today] = listLocalDays('Europe/Istanbul', 1, api.clock.now())
    const key = `dashboard:v1:3:Europe/Istanbul:${today?.day}`
    expect(await client.get(key)).toMatchObject({ leads: right })
    await client.set(key, JSON.stringify({ leads: right + 1 }))
    expect(leadsOf(await get('?days=3'))).toBe(right)
  })

  it.each([
    ['?days=0', 'days'],
    ['?days=366', 'days'],
    ['?days=1e1', 'days'],
    ['?timezone=Mars/Base', 'timezone'],
    ['?timezone=%2B03:00', 'timezone'],
    ['?timezone=', 'timezone'],
    ['?zone=UTC', 'zone'],
  ])('refuses %s and names the field', async (query, field) => {
    const { get } = await connect(redis.url)
    const { status, body } = await get(query)
    expect([status, body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
    expect(body.error.details['fields']).toEqual([expect.objectContaining({ field })])
  })
})
