/** How much of a large table the schedule reads: no more for many leads, and none of those that wait. */
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '#db/client'
import type { Transaction } from '#db/transaction'
import { claimDue, measureBacklog } from '#scans/rescans/due-leads'
import { isPeopleWaiting } from '#scans/rescans/give-way'
import { countSpent } from '#scans/rescans/situation'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'

const LEADS = 8_000
const LIMIT = 200
const NOW = new Date('2026-11-20T09:00:00Z')

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
  const { db } = database
  await db.execute(
    sql`insert into companies (domain) select 'firma' || n || '.com' from generate_series(1, ${LEADS}) n`,
  )
  // the oldest third waits, because it failed; a tenth of the others is due
  await db.execute(sql`
    insert into scans (company_id, signals, provider, scanned_at, next_scan_at, scan_failures)
    select id, jsonb_build_object('text', repeat('x', 300)), '{}', ${NOW.toISOString()}::timestamptz - age * interval '1 hour',
           case when age > 800 then ${NOW.toISOString()}::timestamptz + interval '5 days' end, case when age > 800 then 5 else 0 end
      from (select id, 1200 * random() as age from companies) aged`)
  await db.execute(sql`
    insert into scan_jobs (id, received, duplicates, created_at, kind)
    select gen_random_uuid(), 1, 0, ${NOW.toISOString()}::timestamptz - n * interval '2 minutes',
           case when n % 2 = 0 then 'scan' else 'schedule' end from generate_series(1, 2000) n`)
  await db.execute(sql`
    insert into scan_batches (job_id, number, state, finished_at, domains, failed)
    select id, 1, 'committed', created_at, 1, 1 from scan_jobs`)
  await db.execute(sql`
    insert into scan_job_domains (job_id, position, batch, input, domain, outcome, reason, finished_at)
    select id, 1, 1, 'a.com', 'a.com', 'failed', 'SCANS_BUSY', created_at from scan_jobs`)
  for (const table of ['companies', 'scans', 'scan_jobs', 'scan_batches', 'scan_job_domains'])
    await db.execute(sql.raw(`vacuum analyze ${table}`))
}, 120_000)
afterAll(() => database.close())

interface Plan {
  'Node Type': string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

/** What the statements of `work` read, in blocks, and the tables that they read whole. */
async function measure(work: (db: Database & Transaction) => Promise<unknown>) {
  const statements: { text: string; params: unknown[] }[] = []
  const logger = { logQuery: (text: string, params: unknown[]) => void statements.push({ text, params }) }
  const client = await database.db.$client.connect()
  try {
    await client.query('begin')
    await work(drizzle(client, { logger }) as never)
    await client.query('rollback')
    await client.query('begin')
    await client.query('set local enable_seqscan = off') // so few rows are read whole now and then
    const plans: Plan[] = []
    for (const { text, params } of statements) {
      const explained = await client.query(`explain (analyze, buffers, format json) ${text}`, params)
      plans.push(explained.rows[0]['QUERY PLAN'][0].Plan)
    }
    await client.query('rollback')
    const blocks = plans.reduce((sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0)
    return { blocks, whole: plans.flatMap(listNodes).filter((node) => node['Node Type'].endsWith('Seq Scan')).length }
  } finally {
    client.release()
  }
}

const listNodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(listNodes)]

it('takes up the oldest leads without a look at those that wait', async () => {
  const { blocks, whole } = await measure((tx) => claimDue(tx, { now: NOW, everyDays: 30 }, LIMIT))
  expect(whole).toBe(0)
  expect(blocks / LIMIT).toBeLessThan(40) // rows, their companies, and the four indexes that a claim writes
})

it('measures what waits from the indexes alone', async () => {
  const { blocks, whole } = await measure((tx) => measureBacklog(tx, { now: NOW, everyDays: 30 }))
  expect(whole).toBe(0)
  expect(blocks).toBeLessThan(700) // a row each, and the way to it
})

it('counts the day, and looks for people, without a look at what ended before', async () => {
  const spent = await measure((tx) => countSpent(tx, NOW, 'Europe/Istanbul'))
  const waiting = await measure((tx) => isPeopleWaiting(tx, NOW))
  expect([spent.whole, waiting.whole]).toEqual([0, 0])
  expect(spent.blocks).toBeLessThan(4_000) // 360 jobs today, of 1,000
  expect(waiting.blocks).toBeLessThan(20)
})
