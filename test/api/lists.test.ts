import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { OPERATIONS } from '#api/contract/operations'
import { PAGE_PARAMETERS } from '#api/http/page-links'
import { COUNTED_MAX, countLeads } from '#leads/list/count-leads'
import { listLeads } from '#leads/list/list-leads'
import { seedLeads } from '#local/seed/seed-leads'
import { keepChannel } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { multiplyLeads } from '../support/many-leads.ts'
import { createTestApi, type Answer, type TestApi } from '../support/test-api.ts'

const NOW = new Date('2026-11-20T00:00:00Z')

let database: HunterDatabase
let api: TestApi
let key: string
const params: Record<string, string> = {}
beforeAll(async () => {
  database = await createHunterDatabase()
  await seedLeads(database.db, { leads: 60, now: NOW, addToOthers: false })
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  await api.key(['read'])
  for (let n = 0; n < 2; n += 1) await api.signIn(key)
  for (const suffix of ['mail.one-hosting.com', 'mail.two-hosting.com']) {
    const body = { provider_id: 'yandex' }
    await api.call('PUT', `/api/v1/admin/provider-overrides/mx/${suffix}`, { key, body })
  }
  for (const domains of [['a.com.tr', 'b.com.tr'], ['c.com.tr']]) {
    const made = await api.call('POST', '/api/v1/scan/bulk', { key, body: { domains } })
    params['job'] ??= String(made.body.data['id'])
  }
  for (const name of ['one', 'two']) {
    await api.call('POST', '/api/v1/admin/webhooks', { key, body: { name, keyid: key.split('_')[2] } })
  }
  const csv = 'domain\n192.0.2.1\n192.0.2.2\n192.0.2.3\n'
  const list = await api.call('POST', '/api/v1/ingest/csv', { key, body: { csv } })
  params['import'] = String(list.body.data['id'])
  const { rows } = await database.db.execute<{ id: number; domain: string }>(
    sql`select id, domain from companies join lead_scores on company_id = id order by id limit 1`,
  )
  params['domain'] = rows[0]?.domain ?? ''
  await database.db.execute(sql`
    with changed as (
      insert into lead_changes (company_id, type, old_value, new_value, at)
      select ${rows[0]?.id}, 'mx_changed', '"a"', '"b"', ${NOW} from generate_series(1, 3) returning id
    ) insert into alerts (change_id, type, raised_at) select id, 'mx_changed', ${NOW} from changed`)
  params['channel'] = await keepChannel(database.db)
  await database.db.execute(sql`
    insert into alert_deliveries (channel_id, alert_id, next_at) select ${params['channel']}::uuid, id, ${NOW} from alerts`)
  await database.db.execute(sql`
    insert into lead_moves (company_id, kind, from_place, is_complete, evidence, at)
    select ${rows[0]?.id}, 'gateway-removed', '{}', true, '[]', ${NOW} from generate_series(1, 3)`)
})
afterAll(() => database.close())

const lists = Object.entries(OPERATIONS)
  .filter(([, { query }]) => PAGE_PARAMETERS.some((name) => query && name in query.shape))
  .map(([name]) => name.replace('get ', ''))

/** The links of an answer by their relation. */
function linksOf({ headers }: Answer): Record<string, string> {
  const links = [...(headers.get('Link') ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)]
  return Object.fromEntries(links.map(([, target, rel]) => [rel, target]))
}

describe('the Link header', () => {
  it('is there for every list that has pages', () => expect(lists.length).toBeGreaterThanOrEqual(8))

  it.each(lists)('%s: leads from the first page to the last, and back', async (path) => {
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
    const first = `${target}?limit=1`
    const pages: string[] = []
    for (let next: string | undefined = first; next !== undefined && pages.length < 5;) {
      const page: Answer = await api.call('GET', next, { key })
      expect(page.status).toBe(200)
      const links = linksOf(page)
      expect(links['first']).toBe(first)
      const { next_cursor: known = page.body.data['next_after'] } = page.body.data
      expect(links['next'] === undefined).toBe(known === null)
      pages.push(JSON.stringify(page.body.data))
      next = links['next']
    }
    expect(pages.length).toBeGreaterThan(1)
    expect(new Set(pages).size).toBe(pages.length)
  })

  it('keeps the other parameters, whatever they contain, and is not set on what is no list', async () => {
    const page = await api.call('GET', '/api/v1/leads?limit=1&text=%3E%22com&sort=domain', { key })
    expect(page.headers.get('Link')).toBe('</api/v1/leads?limit=1&text=%3E%22com&sort=domain>; rel="first"')
    expect((await api.call('GET', `/api/v1/leads/${params['domain']}`, { key })).headers.get('Link')).toBeNull()
  })

  it('leads on by cursor from a numbered page of a path without /api/v1', async () => {
    const page = await api.call('GET', '/leads?page=2&page_size=1&sort=domain', { key })
    const { next = '', first } = linksOf(page)
    expect(first).toBe('/leads?page_size=1&sort=domain')
    const third = await api.call('GET', next, { key })
    const numbered = await api.call('GET', '/leads?page=3&page_size=1&sort=domain', { key })
    expect(third.body.data['leads']).toEqual(numbered.body.data['leads'])
  })

  it('can be read by a page of another origin', async () => {
    const headers = { Origin: 'https://app.example.com' }
    const page = await api.call('GET', '/api/v1/leads?limit=1', { key, headers })
    expect(page.headers.get('Access-Control-Expose-Headers')).toContain('Link')
  })
})

describe('POST /leads/lookup', () => {
  const lookUp = (domains: unknown) => api.call('POST', '/api/v1/leads/lookup', { key, body: { domains } })

  it('finds leads by what people type, and names what has no lead, what is no domain and what came twice', async () => {
    const domain = params['domain'] ?? ''
    const { body, status } = await lookUp([`https://www.${domain}/x`, 'yok.com.tr', '10.0.0.1', '', `info@${domain}`])
    expect([status, body.data]).toEqual([
      200,
      {
        leads: [expect.objectContaining({ input: `https://www.${domain}/x`, domain, score: expect.any(Number) })],
        missing: [{ input: 'yok.com.tr', domain: 'yok.com.tr' }],
        invalid: [
          { input: '10.0.0.1', reason: 'ip-address', message: expect.stringContaining('IP address') },
          { input: '', reason: 'empty', message: expect.any(String) },
        ],
        duplicates: 1,
      },
    ])
  })

  it('sends one statement for a hundred domains as for none that is valid', async () => {
    const { leads } = await listLeads(database.db, { sort: 'domain', limit: 50 })
    const many = [...leads.map((lead) => lead.domain), ...leads.map((_, at) => `yok-${at}.com.tr`)]
    for (const [domains, found] of [
      [many, 50],
      [['-'], 0],
    ] as const) {
      const spy = vi.spyOn(Client.prototype, 'query')
      const { body } = await lookUp(domains)
      expect([(body.data['leads'] as unknown[]).length, spy.mock.calls.length]).toEqual([found, 1])
      spy.mockRestore()
    }
  })

  it.each([
    ['no domain', []],
    ['more than a hundred', Array.from({ length: 101 }, (_, at) => `a${at}.com`)],
    ['a number', [1]],
    ['a text of 2,049 characters', ['a'.repeat(2_049)]],
  ])('refuses %s', async (_what, domains) => {
    const { status, body } = await lookUp(domains)
    expect([status, body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
  })
})

describe('the total of GET /leads', () => {
  const totalOf = async (query: string) => (await api.call('GET', `/api/v1/leads?limit=1&${query}`, { key })).body.data

  it('is exact for every filter while it is small, on every page', async () => {
    const { leads } = await listLeads(database.db, { sort: 'domain', limit: 200 })
    const [lead] = leads
    const cases: [string, (one: (typeof leads)[number]) => boolean][] = [
      ['', () => true],
      [`segment=${lead?.segment}`, (one) => one.segment === lead?.segment],
      [`provider=${lead?.mailbox}`, (one) => one.mailbox === lead?.mailbox],
      ['provider=gmail-consumer', (one) => one.mailbox === 'gmail-consumer'],
      ['score_min=40', (one) => one.score >= 40],
      [`score_max=60&segment=${lead?.segment}`, (one) => one.score <= 60 && one.segment === lead?.segment],
      ['text=.com', (one) => one.domain.includes('.com')],
    ]
    for (const [query, matches] of cases) {
      const { total } = await totalOf(query)
      expect([query, total]).toEqual([query, { value: leads.filter(matches).length, exact: true }])
    }
  })

  it('is an estimate, labelled, above a thousand matches of a text or a score, and exact otherwise', async () => {
    await multiplyLeads(database.db, 39)
    const counted = await database.db.execute<{ leads: number }>(
      sql`select count(*)::int as leads from lead_scores where value >= 30`,
    )
    const right = counted.rows[0]?.leads ?? 0
    expect(right).toBeGreaterThan(COUNTED_MAX)
    const total = await countLeads(database.db, { scoreMin: 30 })
    expect(total.exact).toBe(false)
    expect(total.value).toBeGreaterThan(COUNTED_MAX)
    expect(Math.abs(total.value - right) / right).toBeLessThan(0.3)
    expect(await countLeads(database.db, {})).toEqual({ value: 2_400, exact: true })
    expect(await countLeads(database.db, { text: '.com' })).toMatchObject({ exact: false })
  })
})
