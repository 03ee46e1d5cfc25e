import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { assessLead } from '#leads/assess'
import { listLeads } from '#leads/list/list-leads'
import { SEGMENTS } from '#leads/score/segment'
import { inventSignals } from '#local/seed/invent-signals'
import { seedLeads } from '#local/seed/seed-leads'
import { normaliseDomain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'

const NOW = new Date('2026-11-20T00:00:00Z')
const NUMBERS = Array.from({ length: 1_000 }, (_, number) => number)

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

it('invents the same companies every time, each with a domain that a scan accepts', () => {
  const domains = NUMBERS.map((number) => inventSignals(number, NOW).domain)
  expect(new Set(domains).size).toBe(NUMBERS.length)
  for (const domain of domains) expect(normaliseDomain(domain)).toBe(domain)
  expect(inventSignals(7, NOW)).toEqual(inventSignals(7, NOW))
})

it('invents leads of every segment and priority, scanned before now', () => {
  const leads = NUMBERS.map((number) => assessLead(inventSignals(number, NOW)))
  expect(new Set(leads.map(({ segment }) => segment.segment))).toEqual(new Set(SEGMENTS))
  expect(new Set(leads.map(({ segment }) => segment.priority)).size).toBe(7)
  for (const { signals } of leads) expect(Date.parse(signals.at)).toBeLessThanOrEqual(NOW.getTime())
})

it('stores the scores that the rules give, and refuses a database in use unless told otherwise', async () => {
  const { db } = database
  expect(await seedLeads(db, { leads: 700, now: NOW, addToOthers: false })).toBe(700)
  const expected = assessLead(inventSignals(42, NOW))
  const { leads } = await listLeads(db, { sort: '-score', limit: 10, text: expected.domain })
  expect(leads).toMatchObject([
    {
      domain: expected.domain,
      score: expected.score.value,
      segment: expected.segment.segment,
      scannedAt: new Date(expected.signals.at),
    },
  ])
  await expect(seedLeads(db, { leads: 1, now: NOW, addToOthers: false })).rejects.toMatchObject({
    code: 'DATABASE_NOT_EMPTY',
  })
  expect(await seedLeads(db, { leads: 710, now: NOW, addToOthers: true })).toBe(10)
  const { rows } = await db.execute(sql`select count(*)::int as n from lead_scores`)
  expect(rows).toEqual([{ n: 710 }])
})
