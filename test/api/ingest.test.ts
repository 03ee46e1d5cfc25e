import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { auditLog, companies, rawLeads } from '#db/tables'
import { findListed } from '#leads/listed/find-listed'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['write'])
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, audit_log cascade`)
})

const domains = async () => (await database.db.select().from(companies)).map(({ domain }) => domain).sort()
const raw = () => database.db.select().from(rawLeads).orderBy(rawLeads.id)
const fieldErrors = (answer: Awaited<ReturnType<TestApi['call']>>) => answer.body.error.details['fields']

describe('POST /ingest/domain', () => {
  const ingest = (body: object) => api.call('POST', '/api/v1/ingest/domain', { key, body })

  it('keeps each row as it came, and makes one company of a domain that comes twice', async () => {
    const first = await ingest({
      domain: 'https://www.bir.com.tr/iletisim',
      source: 'fair',
      fields: { Firma: 'Bir A.Ş.' },
    })
    expect([first.status, first.body.data]).toEqual([
      201,
      { import_id: expect.any(String), domain: 'bir.com.tr', created: true },
    ])
    const second = await ingest({ domain: 'info@BIR.com.tr', fields: { Firma: 'Başka Ltd.' } })
    expect([second.status, second.body.data]).toMatchObject([201, { domain: 'bir.com.tr', created: false }])
    expect(await domains()).toEqual(['bir.com.tr'])
    expect((await raw()).map(({ source, line, input }) => ({ source, line, input }))).toEqual([
      { source: 'fair', line: 1, input: { domain: 'https://www.bir.com.tr/iletisim', Firma: 'Bir A.Ş.' } },
      { source: 'api', line: 1, input: { domain: 'info@BIR.com.tr', Firma: 'Başka Ltd.' } },
    ])
    expect(await findListed(database.db, 'bir.com.tr' as Domain)).toEqual({
      company: 'Başka Ltd.',
      emailDomain: 'bir.com.tr',
      fields: [],
    })
    const log = await database.db.select().from(auditLog)
    expect(log.map(({ action, object }) => `${action} ${object}`)).toEqual([
      'domain.ingested lead:bir.com.tr',
      'domain.ingested lead:bir.com.tr',
    ])
  })

  it.each([
    ['two names in one text', 'bir.com.tr, iki.com.tr'],
    ['an IP address', '192.0.2.1'],
    ['a mailbox of a mail provider', 'ali@gmail.com'],
    ['a page of a social network', 'https://instagram.com/firma'],
    ['a link shortener', 'bit.ly/abc'],
    ['no text', ''],
  ])('refuses %s with DOMAIN_INVALID, and keeps nothing', async (_, domain) => {
    const { status, body } = await ingest({ domain })
    expect([status, body.error.code]).toEqual([422, 'DOMAIN_INVALID'])
    expect(body.error.details['remedy']).toBeTruthy()
    expect([await domains(), await raw()]).toEqual([[], []])
  })

  it.each([
    [{ domain: 'bir.com.tr', fields: { domain: 'iki.com.tr' } }, 'fields.domain'],
    [{ domain: 'bir.com.tr', fields: { '': 'x' } }, 'fields.'],
    [{ domain: 'bir.com.tr', fields: { Employees: 12 } }, 'fields.Employees'],
    [{ domain: 'bir.com.tr', fields: { note: 'x'.repeat(2_001) } }, 'fields.note'],
    [
      { domain: 'bir.com.tr', fields: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, ''])) },
      'fields',
    ],
    [{ domain: 'bir.com.tr', fields: ['a'] }, 'fields'],
    [{ domain: 'bir.com.tr', source: 'two\nlines' }, 'source'],
    [{ domain: 'bir.com.tr', company: 'Bir' }, 'company'],
    [{ domain: 1 }, 'domain'],
    [{}, 'domain'],
  ])('names the field that is wrong: %j', async (body, field) => {
    const answer = await ingest(body)
    expect([answer.status, fieldErrors(answer)]).toEqual([422, [{ field, message: expect.any(String) }]])
    expect(await raw()).toEqual([])
  })

  it('makes one company of two requests at once', async () => {
    const answers = await Promise.all([ingest({ domain: 'bir.com.tr' }), ingest({ domain: 'www.bir.com.tr' })])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(answers.map(({ body }) => String(body.data['created'])).sort()).toEqual(['false', 'true'])
    expect([await domains(), (await raw()).length]).toEqual([['bir.com.tr'], 2])
  })
})
