import { domainToASCII, domainToUnicode } from 'node:url'
import { inArray } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { LEAD_SORTS } from '#leads/list/lead-order'
import { type LeadQuery, listLeads } from '#leads/list/list-leads'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { keepLead, sampleLead } from '../../support/sample-lead.ts'
import { walkLeads } from '../../support/walk-leads.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
  for (let n = 0; n < 25; n += 1) {
    await keepLead(
      database.db,
      sampleLead({
        domain: `firma${n + 10}.com.tr`,
        score: (n % 5) * 20, // many ties: the cursor must not lose or repeat any
        segment: n % 2 === 0 ? 'Migration' : 'Cold',
        mailbox: n % 3 === 0 ? 'google' : 'yandex',
        at: `2026-11-20T00:00:${String(n % 7).padStart(2, '0')}.000Z`,
      }),
    )
  }
})
afterAll(() => database.close())

const list = (query: Partial<LeadQuery>) => listLeads(database.db, { sort: '-score', limit: 100, ...query })

const walk = (query: Partial<LeadQuery>) => walkLeads(database.db, { sort: '-score', limit: 100, ...query })

const nameOf = (sort: string) => sort.replace('-', '') as 'score' | 'scanned_at' | 'domain' | 'priority'

it.each(LEAD_SORTS)('walks every lead once in the order of %s, page by page', async (sort) => {
  const whole = (await list({ sort })).leads
  expect(whole).toHaveLength(25)
  const values = whole.map(({ score, scannedAt, domain, priority }) =>
    Number(
      { score, scanned_at: scannedAt.getTime(), domain: domain.replace(/\D/g, ''), priority: priority * 1_000 - score }[
        nameOf(sort)
      ],
    ),
  )
  const up = values.toSorted((a, b) => a - b)
  expect(values).toEqual(sort.startsWith('-') ? up.toReversed() : up)
  expect(await walk({ sort, limit: 4 })).toEqual(whole)
})

it('filters by segment, provider, score range and part of the domain', async () => {
  const some = (await list({ segment: 'Cold', provider: 'yandex', scoreMin: 20, scoreMax: 60 })).leads
  expect(some.length).toBeGreaterThan(0)
  for (const lead of some) {
    expect(lead).toMatchObject({ segment: 'Cold', mailbox: 'yandex' })
    expect(lead.score >= 20 && lead.score <= 60).toBe(true)
  }
  expect((await list({ text: 'FIRMA24.' })).leads.map(({ domain }) => domain)).toEqual(['firma24.com.tr'])
  expect((await list({ text: 'firma_0' })).leads).toEqual([]) // a wildcard of SQL is a letter like any other
  expect((await list({ text: '%' })).leads).toEqual([])
})

it('takes one or two letters for the beginning of a domain', async () => {
  expect((await list({ text: 'FI' })).leads).toHaveLength(25)
  expect((await list({ text: 'ir' })).leads).toEqual([])
  expect((await list({ text: 'irm' })).leads).toHaveLength(25)
})

describe('a domain that people write with other letters', () => {
  const names = [
    'şirket.com.tr',
    'sirketim.com.tr',
    'münchen.de',
    'munchener.de',
    'ısparta.com.tr',
    'isparta-gül.com.tr',
    'straße.de',
    'москва.рф',
    'kimyacı.com.tr',
  ]
  const unicode = (domains: string[]) => domains.map(domainToUnicode)
  const found = async (text: string) =>
    unicode((await list({ text, sort: 'domain' })).leads.map(({ domain }) => domain))

  beforeAll(async () => {
    for (const name of names) {
      await keepLead(
        database.db,
        sampleLead({ domain: domainToASCII(name), score: 50, segment: 'Cold', mailbox: 'zoho' }),
      )
    }
  })
  afterAll(async () => {
    await database.db.delete(companies).where(inArray(companies.domain, names.map(domainToASCII)))
  })

  it.each([
    ['şirket', ['sirketim.com.tr', 'şirket.com.tr']],
    ['SIRKET', ['sirketim.com.tr', 'şirket.com.tr']],
    ['ŞİRKET', ['sirketim.com.tr', 'şirket.com.tr']],
    ['s\u0327irket.', ['şirket.com.tr']],
    ['München', ['munchener.de', 'münchen.de']],
    ['munchen.de', ['münchen.de']],
    ['xn--mnchen-3ya.de', ['münchen.de']],
    ['xn--mnch', ['münchen.de']],
    ['https://münchen.de/rathaus', ['münchen.de']],
    ['ısparta', ['isparta-gül.com.tr', 'ısparta.com.tr']],
    ['ISPARTA', ['isparta-gül.com.tr', 'ısparta.com.tr']],
    ['İSPARTA', ['isparta-gül.com.tr', 'ısparta.com.tr']],
    ['STRASSE', ['straße.de']],
    ['Straße', ['straße.de']],
    ['МОСКВА', ['москва.рф']],
    ['kimyaci', ['kimyacı.com.tr']],
    ['KİMYACI', ['kimyacı.com.tr']],
    ['şi', ['sirketim.com.tr', 'şirket.com.tr']],
    ['ış', ['isparta-gül.com.tr', 'ısparta.com.tr']],
    ['rk', []], // two letters are a beginning
    ['%irket', []],
    ['_irket', []],
    ['\\irket', []],
  ])('is found by %s', async (text, domains) => {
    expect(await found(text)).toEqual(domains)
  })

  it('is met once on a walk in any order, page by page, and its folded form stays inside', async () => {
    for (const sort of LEAD_SORTS) {
      const whole = (await list({ sort, text: 'com.tr' })).leads
      expect(whole).toHaveLength(30)
      expect(new Set(whole.map(({ domain }) => domain)).size).toBe(30)
      expect(await walk({ sort, text: 'com.tr', limit: 4 })).toEqual(whole)
      expect(whole[0]).not.toHaveProperty('domainFolded')
    }
  })
})

it('walks the leads that a part of a domain finds, page by page, in every order', async () => {
  for (const sort of LEAD_SORTS) {
    const whole = (await list({ sort, text: 'firma1' })).leads
    expect(whole).toHaveLength(10)
    expect(await walk({ sort, text: 'firma1', limit: 3 })).toEqual(whole)
  }
})

it('takes one statement whatever the size of the page, and two for a text', async () => {
  let statements = 0
  const counted = drizzle(database.db.$client, { logger: { logQuery: () => void (statements += 1) } })
  for (const limit of [1, 25, 100]) {
    statements = 0
    await listLeads(counted, { sort: '-score', limit })
    expect(statements).toBe(1)
    statements = 0
    await listLeads(counted, { sort: '-score', limit, text: 'firma' })
    expect(statements).toBe(2)
  }
})

it('refuses a cursor that is damaged or belongs to another sort', async () => {
  const { nextCursor } = await list({ limit: 1 })
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const [sort, cursor] of [
    ['score', nextCursor ?? ''],
    ['-score', 'nonsense'],
    ['-score', ''],
    ['-score', forged(['-score', "1'; drop table companies", 1])],
    ['-score', forged(['-score', 50, 1e300])],
    ['domain', forged(['domain', 'a\0b', 1])],
    ['scanned_at', forged(['scanned_at', 'yesterday', 1])],
  ] as const) {
    await expect(list({ sort, cursor })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
  }
})
