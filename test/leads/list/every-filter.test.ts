import { eq, getViewSelectedFields } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { selectMoment } from '#db/moment'
import { companies, leadMoves, leadsReady, rawLeads, REFERRAL_KINDS } from '#db/tables'
import { countLeads } from '#leads/list/count-leads'
import { foldForSearch } from '#leads/list/fold'
import { LEAD_SORTS } from '#leads/list/lead-order'
import type { LeadFilters } from '#leads/list/lead-filters'
import { type LeadQuery, listLeads } from '#leads/list/list-leads'
import { SEGMENTS } from '#leads/score/segment'
import { seedLeads } from '#local/seed/seed-leads'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import {
  importLeads,
  IMPORTS_ONE_IN,
  moveLeads,
  multiplyLeads,
  nameCompanies,
  nameImport,
  referLeads,
  respellLeads,
} from '../../support/many-leads.ts'
import * as fc from '../../support/seeded.ts'
import { isThorough } from '../../support/thorough.ts'
import { walkLeads } from '../../support/walk-leads.ts'

type Known = typeof leadsReady.$inferSelect & { created: string; scanned: string; imports: string[]; moves: Date[] }

let database: HunterDatabase
let known: Known[]
beforeAll(async () => {
  database = await createHunterDatabase()
  const { db } = database
  await seedLeads(db, { leads: 40, now: new Date('2026-11-20T00:00:00Z'), addToOthers: false })
  await multiplyLeads(db, 6)
  await respellLeads(db, { oneIn: 10 })
  await nameCompanies(db)
  await importLeads(db)
  await moveLeads(db)
  await referLeads(db)
  known = await readAll()
})
afterAll(() => database.close())

/** Every lead as the view has it, with what the view lacks. */
async function readAll(): Promise<Known[]> {
  const { db } = database
  const imported = await db.select().from(rawLeads)
  const moved = await db.select().from(leadMoves)
  const rows = await db
    .select({
      ...getViewSelectedFields(leadsReady),
      created: selectMoment(companies.createdAt),
      scanned: selectMoment(leadsReady.scannedAt),
    })
    .from(leadsReady)
    .innerJoin(companies, eq(companies.id, leadsReady.companyId))
  return rows.map((lead) => ({
    ...lead,
    imports: imported.filter(({ companyId }) => companyId === lead.companyId).map(({ importId }) => importId),
    moves: moved.filter(({ companyId }) => companyId === lead.companyId).map(({ at }) => at),
  }))
}

/** What the list promises, read off all leads without any SQL. */
function listPlainly({ sort, ...filters }: LeadFilters & Pick<LeadQuery, 'sort'>): string[] {
  const key = {
    priority: ({ priority, score }: Known) => 1_000 * priority - score,
    score: ({ score }: Known) => score,
    scanned_at: ({ scanned }: Known) => scanned,
    domain: ({ domain }: Known) => domain,
    created: ({ created }: Known) => created,
  }[sort.replace('-', '') as 'priority']
  const sign = sort.startsWith('-') ? -1 : 1
  const compare = (one: Known, other: Known) =>
    key(one) === key(other) ? one.companyId - other.companyId : key(one) < key(other) ? -1 : 1
  const found = known.filter((lead) => matches(lead, filters))
  return found.toSorted((one, other) => sign * compare(one, other)).map(({ domain }) => domain)
}

function matches(
  lead: Known,
  { segment, provider, scoreMin, scoreMax, text, importId, movedSince, referral }: LeadFilters,
): boolean {
  return (
    (segment === undefined || lead.segment === segment) &&
    (provider === undefined || lead.mailbox === provider) &&
    (scoreMin === undefined || lead.score >= scoreMin) &&
    (scoreMax === undefined || lead.score <= scoreMax) &&
    (text === undefined || holds(lead, foldForSearch(text))) &&
    (importId === undefined || lead.imports.includes(importId)) &&
    (movedSince === undefined || lead.moves.some((at) => at >= movedSince)) &&
    (referral === undefined || lead.referral === referral)
  )
}

function holds({ domain, domainFolded, listedText }: Known, text: string): boolean {
  const places = [domain, domainFolded ?? '', listedText ?? '']
  return places.some((place) => (text.length < 3 ? place.startsWith(text) : place.includes(text)))
}

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 1 })
const score = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(0, 60, 70, 80, 100))
const filters = fc.record({
  segment: maybe(fc.constantFrom(...SEGMENTS)),
  provider: maybe(fc.constantFrom('microsoft-365', 'google-workspace', 'zoho', 'nobody')),
  scoreMin: maybe(score),
  scoreMax: maybe(score),
  text: maybe(fc.constantFrom('kimya', '.com', '-1.', 'xn--', 'ak', 'q', 'xyzzy', 'ltd. şti', 'ÜRETİM 7', 'akboya')),
  importId: maybe(fc.constantFrom(...IMPORTS_ONE_IN.map(nameImport))),
  movedSince: maybe(fc.date({ min: new Date('2026-08-20'), max: new Date('2026-11-21'), noInvalidDate: true })),
  referral: maybe(fc.constantFrom(...REFERRAL_KINDS)),
})

it('lists and counts exactly the leads that match, in order, whatever is filtered and sorted, by cursor and by number', async () => {
  await fc.assert(
    fc.asyncProperty(
      filters,
      fc.constantFrom(...LEAD_SORTS),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 700 }),
      // so many are collected, so that most searches walk, give up a walk or collect many even here
      fc.constantFrom(0, 3, 30, 6_000),
      async (wanted, sort, limit, offset, few) => {
        const expected = listPlainly({ ...wanted, sort })
        const query = { ...wanted, sort, limit: Math.max(limit, Math.ceil(expected.length / 3)) }
        expect((await walkLeads(database.db, query, few)).map(({ domain }) => domain)).toEqual(expected)
        const numbered = await listLeads(database.db, { ...query, offset }, few)
        expect(numbered.leads.map(({ domain }) => domain)).toEqual(expected.slice(offset, offset + query.limit))
        expect(numbered.nextCursor === null).toBe(offset + query.limit >= expected.length)
        expect(await countLeads(database.db, wanted)).toEqual({ value: expected.length, exact: true })
      },
    ),
    { numRuns: isThorough ? 500 : 25 },
  )
})
