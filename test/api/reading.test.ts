import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseJson } from '#api/http/parse-json'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['admin'])
})
afterAll(() => database.close())

const BULK = '/api/v1/scan/bulk'
const bytes = (text: string) => new TextEncoder().encode(text)

describe('JSON', () => {
  it.each([
    ['at the top', '{"a":1,"b":2,"a":1}', 'a'],
    ['written in two ways', String.raw`{"a":1,"\u0061":2}`, 'a'],
    ['in a list', '[{"x":{}},{"b":[{"c":1}],"b":2}]', 'b'],
    ['behind an object that ended', '{"a":{"b":1},"a":2}', 'a'],
    ['that is empty', '{"":1,"":2}', ''],
  ])('with a repeated name, %s, is refused', (_, text, field) => {
    const details = { fields: [{ field, message: 'must appear only once' }] }
    expect(() => parseJson(bytes(text))).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', details }))
  })

  it.each(['{"a":[{"__proto__":{"b":1}}]}', String.raw`{"\u005f_proto__":"x"}`])(
    'with a name that zod drops from records, in %s, is refused',
    (text) => {
      const details = { fields: [{ field: '__proto__', message: 'must have another name' }] }
      expect(() => parseJson(bytes(text))).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', details }))
    },
  )

  it.each([
    '{"a":{"a":{"a":1}},"b":{"a":2}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":["b","b",{"b":1},"b"],"b":"b"}',
    '"a"',
    '\uFEFF{"a":1}',
  ])('is read: %s', (text) => {
    expect(parseJson(bytes(text))).toEqual(JSON.parse(text.replace('\uFEFF', '')))
  })

  it('is read to the end, however deep it is and however long its strings are', () => {
    const depth = 300_000
    expect(parseJson(bytes('['.repeat(depth) + ']'.repeat(depth)))).toHaveLength(1)
    const text = String.raw`\"`.repeat(500_000)
    expect(parseJson(bytes(`{"a":"${text}"}`))).toEqual({ a: '"'.repeat(500_000) })
  })

  it.each([
    [[0x22, 0xff, 0x22], 'a byte that UTF-8 has not'],
    [[0x22, 0xc3, 0x22], 'half a character'],
    [[0x22, 0xed, 0xa0, 0x80, 0x22], 'half of a surrogate pair'],
    [[0x22, 0xc0, 0x80, 0x22], 'a character written too long'],
    [[0xff, 0xfe, 0x31, 0x00], 'UTF-16'],
  ])('is refused with %j: %s', (sent) => {
    expect(() => parseJson(Uint8Array.from(sent))).toThrow(expect.objectContaining({ code: 'BODY_NOT_JSON' }))
  })
})

it.each([
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['application/json; charset=iso-8859-9', 415],
  ['application/json, text/plain', 415],
  ['application/jsonx', 415],
  ['', 415],
  ['application/json', 202],
  ['Application/JSON; Charset="UTF-8"', 202],
  ['application/vnd.acme+json;charset=utf-8', 202],
])('treats a body as its Content-Type says: %s', async (type, status) => {
  const answer = await api.call('POST', BULK, { key, body: { domains: ['1'] }, headers: { 'Content-Type': type } })
  expect([answer.status, answer.body.error?.code]).toEqual([
    status,
    status === 415 ? 'BODY_TYPE_UNSUPPORTED' : undefined,
  ])
})

it('reads a body without a Content-Type as JSON, and refuses a compressed one', async () => {
  const sent = { method: 'POST', headers: { Authorization: `Bearer ${key}` }, body: bytes('{"domains":["1"]}') }
  expect((await api.app.request(BULK, sent)).status).toBe(202)
  const headers = { 'Content-Encoding': 'gzip' }
  const zipped = await api.call('POST', BULK, { key, body: { domains: ['1'] }, headers })
  expect([zipped.status, zipped.body.error.code]).toEqual([415, 'BODY_TYPE_UNSUPPORTED'])
})

it('refuses a query parameter that is repeated, or named like a part of a prototype', async () => {
  const twice = await api.call('GET', '/api/v1/leads?limit=1&sort=score&limit=2', { key })
  expect([twice.status, twice.body.error.details['fields']]).toEqual([
    422,
    [{ field: 'limit', message: 'must appear only once' }],
  ])
  expect((await api.call('GET', '/api/v1/leads?__proto__=1', { key })).status).toBe(422)
})

describe('a request with more than one key', () => {
  it.each<[string, Record<string, string>]>([
    ['two Authorization headers', { Authorization: 'Bearer KEY, Bearer KEY' }],
    ['another Authorization beside', { Authorization: 'Basic YTpi, Bearer KEY' }],
    ['one in each header', { Authorization: 'Bearer KEY', 'X-API-Key': 'KEY' }],
    ['two X-API-Key headers', { 'X-API-Key': 'KEY, other' }],
  ])('is refused: %s', async (_, sent) => {
    const headers = Object.fromEntries(Object.entries(sent).map(([name, text]) => [name, text.replaceAll('KEY', key)]))
    const { status, body } = await api.call('GET', '/api/v1/leads', { headers })
    expect([status, body.error.code]).toEqual([400, 'KEYS_SEVERAL'])
  })

  it('does not include the password of a proxy', async () => {
    const headers = { Authorization: 'Basic YTpi', 'X-API-Key': key }
    expect((await api.call('GET', '/api/v1/leads', { headers })).status).toBe(200)
  })
})

describe('a condition that cannot be checked', () => {
  it.each([
    ['GET', '/api/v1/leads', 'If-Match', 'W/"a"'],
    ['PUT', '/api/v1/admin/provider-overrides/mx/mail.acme-hosting.com', 'If-Match', '*'],
    ['PUT', '/api/v1/admin/provider-overrides/mx/mail.acme-hosting.com', 'If-None-Match', '*'],
    ['DELETE', '/api/v1/admin/keys/000000000000', 'If-Match', '"a"'],
  ])('stops %s %s with %s', async (method, path, name, value) => {
    const body = method === 'PUT' ? { body: { provider_id: 'yandex' } } : {}
    const answer = await api.call(method, path, { key, headers: { [name]: value }, ...body })
    expect([answer.status, answer.body.error.code]).toEqual([412, 'PRECONDITION_UNSUPPORTED'])
    const kept = await api.call('GET', '/api/v1/admin/provider-overrides', { key })
    expect(kept.body.data['overrides']).toEqual([])
  })
})

it('sends Vary with a 304', async () => {
  const first = await api.call('GET', '/api/v1/leads', { key })
  const headers = { 'If-None-Match': String(first.headers.get('ETag')) }
  const again = await api.call('GET', '/api/v1/leads', { key, headers })
  expect([again.status, again.headers.get('Vary')]).toEqual([304, first.headers.get('Vary')])
  expect(again.headers.get('Vary')).toContain('Accept-Encoding')
})

it('lets pages of any origin read the contract', async () => {
  const { headers } = await api.call('GET', '/openapi.json', { headers: { Origin: 'https://editor.example' } })
  expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
})
