import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LeadQuery, type LeadRow, listLeads } from '#leads/list/list-leads'
import { choosePriority, SEGMENTS } from '#leads/score/segment'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { keepLead, sampleLead } from '../../support/sample-lead.ts'
import { walkLeads } from '../../support/walk-leads.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
  for (let n = 0; n < 20; n += 1) {
    const segment = SEGMENTS[n % SEGMENTS.length] ?? 'Skip'
    const score = 50 + (n % 7) * 8 // the best score of all is not of the best segment, and some share one
    await keepLead(
      database.db,
      sampleLead({ domain: `firma${n + 10}.com.tr`, score, segment, mailbox: n % 3 === 0 ? 'google' : 'yandex' }),
    )
  }
})
afterAll(() => database.close())

const list = (query: Partial<LeadQuery>) => listLeads(database.db, { sort: 'priority', limit: 100, ...query })

const walk = (query: Partial<LeadQuery>) => walkLeads(database.db, { sort: 'priority', limit: 100, ...query })

it('gives no lead of a lower segment a better priority, nor one of a lower score within a segment', () => {
  const ranges = SEGMENTS.map((segment) => {
    const priorities = Array.from({ length: 101 }, (_, score) => choosePriority(segment, 100 - score))
    expect(priorities).toEqual(priorities.toSorted((a, b) => a - b))
    return [priorities[0] ?? 0, priorities.at(-1) ?? 0] as const
  }).toSorted(([a], [b]) => a - b)
  for (const [at, [first]] of ranges.entries()) expect(first).toBeGreaterThan(ranges[at - 1]?.[1] ?? 0)
})

it('lists by segment in the order of their priorities, then by score', async () => {
  const { leads, nextCursor } = await list({})
  expect(nextCursor).toBeNull()
  expect(leads).toHaveLength(20)
  const rank = ({ segment, score }: LeadRow) => choosePriority(segment, score) * 1_000 - score
  expect(leads.map(rank)).toEqual(leads.map(rank).toSorted((a, b) => a - b))
})

it.each([1, 3, 5, 10, 20])('walks every lead once in pages of %i, and the last page is the last', async (limit) => {
  expect(await walk({ limit })).toEqual((await list({})).leads)
})

it('filters as every list of leads does', async () => {
  const cold = await walk({ segment: 'Cold', limit: 2 })
  expect(cold).toEqual((await listLeads(database.db, { segment: 'Cold', sort: '-score', limit: 100 })).leads)
  const google = await walk({ provider: 'google', scoreMin: 60, limit: 2 })
  expect(google.length).toBeGreaterThan(0)
  for (const { mailbox, score } of google) expect([mailbox, score >= 60]).toEqual(['google', true])
})

it('lists the worst first with a minus sign, in the opposite order', async () => {
  const rank = ({ priority, score }: LeadRow) => priority * 1_000 - score
  const ranks = (await walk({ sort: '-priority', limit: 3 })).map(rank)
  expect(ranks).toEqual((await list({})).leads.map(rank).toReversed())
})

it('refuses the cursor of a list that no segment was chosen for, once one is', async () => {
  const { nextCursor } = await list({ limit: 2 })
  await expect(list({ cursor: nextCursor ?? '', segment: 'Cold' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
})
