import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { getRemedy } from '#platform/error-texts'
import type { ErrorCode } from '#platform/errors'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
})

const SCAN = 'POST /api/v1/scan/domain'
const BULK = 'POST /api/v1/scan/bulk'
const deep = `{"domain":${'['.repeat(1e5)}${']'.repeat(1e5)}}`

function pageFrom(time: string): string {
  const cursor = Buffer.from(JSON.stringify(['scanned_at', time, 1])).toString('base64url')
  return `/api/v1/leads?sort=scanned_at&cursor=${cursor}`
}

/** Name, request, body (text as it is, anything else as JSON), code, status. */
const BAD_INPUT: [string, string, unknown, ErrorCode, number][] = [
  ['an unknown route', 'GET /api/v1/nothing', undefined, 'ROUTE_NOT_FOUND', 404],
  ['a wrong method', 'DELETE /api/v1/leads', undefined, 'METHOD_NOT_ALLOWED', 405],
  ['a body that is not JSON', SCAN, '{"domain":', 'BODY_NOT_JSON', 400],
  ['an empty body', SCAN, '', 'BODY_NOT_JSON', 400],
  ['no body', BULK, undefined, 'BODY_NOT_JSON', 400],
  ['JSON that is no object', SCAN, '[]', 'VALIDATION_FAILED', 422],
  ['null', SCAN, 'null', 'VALIDATION_FAILED', 422],
  ['a field of another type', SCAN, { domain: 5 }, 'VALIDATION_FAILED', 422],
  ['an unknown field', SCAN, { domain: 'a.com.tr', force: true }, 'VALIDATION_FAILED', 422],
  ['a prototype', SCAN, '{"__proto__":{"domain":"a.com.tr"}}', 'VALIDATION_FAILED', 422],
  ['a body nested 100,000 deep', SCAN, deep, 'VALIDATION_FAILED', 422],
  ['an IP address', SCAN, { domain: '127.0.0.1' }, 'DOMAIN_INVALID', 422],
  ['a single label', SCAN, { domain: 'localhost' }, 'DOMAIN_INVALID', 422],
  ['NUL in a domain', SCAN, { domain: 'a\0.com.tr' }, 'DOMAIN_INVALID', 422],
  ['an empty list', BULK, { domains: [] }, 'VALIDATION_FAILED', 422],
  ['too many domains', BULK, { domains: Array(10_001).fill('a.com.tr') }, 'VALIDATION_FAILED', 422],
  ['many bad domains', BULK, { domains: Array(10_000).fill(1) }, 'VALIDATION_FAILED', 422],
  ['a job that is not there', `GET /api/v1/scan/bulk/${crypto.randomUUID()}`, undefined, 'JOB_NOT_FOUND', 404],
  ['a job id that is none', 'GET /api/v1/scan/bulk/%00', undefined, 'JOB_NOT_FOUND', 404],
  ['a retry of no job', 'POST /api/v1/scan/bulk/nothing/retry', undefined, 'JOB_NOT_FOUND', 404],
  ['a lead that is not there', 'GET /api/v1/leads/yok.com.tr', undefined, 'LEAD_NOT_FOUND', 404],
  ['a lead that is no domain', 'GET /api/v1/leads/%E0%A4%A', undefined, 'DOMAIN_INVALID', 422],
  ['an unknown segment', 'GET /api/v1/leads?segment=Best', undefined, 'VALIDATION_FAILED', 422],
  ['a score out of range', 'GET /api/v1/leads?score_min=101', undefined, 'VALIDATION_FAILED', 422],
  ['a score in another notation', 'GET /api/v1/leads?score_min=1e1', undefined, 'VALIDATION_FAILED', 422],
  ['a limit of nothing', 'GET /api/v1/leads?limit=', undefined, 'VALIDATION_FAILED', 422],
  ['a misspelt filter', 'GET /api/v1/leads?segmnet=Cold', undefined, 'VALIDATION_FAILED', 422],
  ['NUL in the text', 'GET /api/v1/leads?text=%00', undefined, 'VALIDATION_FAILED', 422],
  ['a forged cursor', 'GET /api/v1/leads?cursor=e30', undefined, 'VALIDATION_FAILED', 422],
  ['a cursor of the year 0', `GET ${pageFrom('0000-01-01T00:00:00Z')}`, undefined, 'VALIDATION_FAILED', 422],
]

it.each(BAD_INPUT)(
  'answers %s with its code, stores nothing and shows no stack',
  async (_, request, body, code, status) => {
    const [method = '', path = ''] = request.split(' ')
    const answer = await api.call(method, path, { key, body })
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(answer.body.success).toBe(false)
    expect(answer.body.error.details).toMatchObject({
      remedy: getRemedy(code, 'api'),
      request_id: answer.headers.get('X-Request-Id'),
    })
    expect(answer.text).not.toMatch(/\\n\s+at |node_modules|file:|\.ts\b/)
    expect(api.dns.asked).toEqual([])
    const { rows } = await database.db.execute(sql`select from companies union all select from scan_jobs`)
    expect(rows).toEqual([])
  },
)

/** Name, request, body, the whole list of fields that the answer names. */
const NAMED: [string, string, unknown, [field: string, message: string][]][] = [
  ['a list instead of an object', SCAN, '[]', [['body', 'must be a JSON object']]],
  ['a text instead of an object', 'POST /api/v1/leads/lookup', '"x"', [['body', 'must be a JSON object']]],
  ['a body for an operation that takes none', `${BULK}/x/retry`, '[1]', [['body', 'must be a JSON object']]],
  ['a text instead of a list', BULK, { domains: '' }, [['domains', 'must be a list of domains']]],
  ['no domain', SCAN, { domain: 'localhost.' }, [['domain', 'must be a domain: the name is reserved']]],
  [
    'a path that is none',
    'GET /api/v1/leads/10.0.0.1',
    undefined,
    [['domain', 'must be a domain: it is an IP address']],
  ],
  [
    'a mail provider as a company',
    'POST /api/v1/ingest/domain',
    { domain: 'a@gmail.com' },
    [['domain', 'must be a company: gmail.com is a mail provider']],
  ],
  [
    'a repeated message',
    'POST /api/v1/email-tools/generate',
    { domain: 'a.com.tr', languages: '' },
    [['languages', 'must be one or both of tr, en']],
  ],
]

it.each(NAMED)('names the field of %s once, with the reason, on both paths', async (_, request, body, fields) => {
  const [method = '', path = ''] = request.split(' ')
  for (const place of [path, path.replace('/api/v1', '')]) {
    const answer = await api.call(method, place, { key, body })
    expect(answer.status).toBe(422)
    expect(answer.body.error.details['fields']).toEqual(fields.map(([field, message]) => ({ field, message })))
  }
})

it.each([
  ['{"domain":"a.com.tr",\n "x":1,}', 'the body is not JSON: see line 2, column 8'],
  ['{"domain":NaN}', 'the body is not JSON: "N" is unexpected'],
  ['{"domain":"a.com', 'the body is not JSON: it ends too early'],
  ['{"domain":', 'the body is not JSON: it ends too early'],
  ['{x: "geheim"}', 'the body is not JSON: see line 1, column 2'],
])('says where %j stops being JSON, without quoting it', async (body, message) => {
  const answer = await api.call('POST', '/api/v1/scan/domain', { key, body })
  expect(answer.body.error).toMatchObject({ code: 'BODY_NOT_JSON', message })
})

it('lists each bad field', async () => {
  const answer = await api.call('GET', '/api/v1/leads?segment=Best&limit=0&extra=1', { key })
  expect(answer.body.error.details['fields']).toEqual(
    expect.arrayContaining([
      { field: 'segment', message: 'must be one of Existing, Migration, Cold, Skip' },
      { field: 'limit', message: 'must be a whole number from 1 to 200' },
      {
        field: 'extra',
        message: expect.stringMatching(/^is not a known field; the known ones are .*segment, provider, /),
      },
    ]),
  )
})

it('refuses a body over 1 MiB, with or without a Content-Length, and stores nothing', async () => {
  const body = JSON.stringify({ domains: ['a'.repeat(1024 * 1024)] })
  const measured = await api.call('POST', '/api/v1/scan/bulk', { key, body })
  const announced = await api.call('POST', '/api/v1/scan/bulk', {
    key,
    body: '{}',
    headers: { 'Content-Length': '9999999' },
  })
  for (const { status, body } of [measured, announced]) {
    expect([status, body.error.code]).toEqual([413, 'BODY_TOO_LARGE'])
  }
})
