/** What every operation refuses, on both paths. The cases come from the contract: what its schemas refuse, the API refuses. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillPath } from '#api/contract/curl'
import { buildApiDocument, type DocumentedOperation } from '#api/contract/document'
import { OPERATIONS } from '#api/contract/operations'
import type { JsonSchema } from '#api/contract/schemas'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { readStored } from '../support/stored-rows.ts'
import { createTestApi, dropPageFields, type TestApi } from '../support/test-api.ts'
import { sampleOf } from '../support/thorough.ts'

const JSON_TYPE = 'application/json'
const ajv = new Ajv2020({ strict: false, validateFormats: false })

const operations = Object.entries(buildApiDocument('0').paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation }))
    .filter(({ name }) => path.startsWith('/api/v1/') && OPERATIONS[name]?.takes !== 'anything'),
)

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  await api.signAs(key)
  await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' }))
})
afterAll(() => database.close())

interface Case {
  what: string
  /** Undefined: any code that the contract documents for the operation. */
  code?: string
  /** The field that the answer names. */
  field?: string
  /** The path, where it is not the example's. */
  target?: string
  query?: string
  headers?: Record<string, string>
  body?: string
}

/** Placeholder for JSON that JavaScript cannot write. */
const RAW = 'raw JSON'
const DEEP = `${'['.repeat(2e4)}${']'.repeat(2e4)}`
const LONG = 'x'.repeat(3_000)

const TOO_LARGE: Case = {
  what: 'more than 1 MiB',
  code: 'BODY_TOO_LARGE',
  headers: { 'Content-Length': String(2 ** 20 + 1) },
  body: '{}',
}

const VALUES: unknown[] = [null, true, -1, 1.5, 2 ** 53, '', '\0', LONG, [null], [[]], {}, { a: 1 }]
const TEXTS = ['', 'x', '-1', '1e2', ' 5', '9'.repeat(30), LONG]

const accepts = (schema: JsonSchema, value: unknown) => ajv.validate(schema, value)

function listBodyCases(schema: JsonSchema, example: Record<string, unknown>): Case[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] }
  const whole = JSON.stringify(example)
  const change = (field: string, value: unknown) => JSON.stringify({ ...example, [field]: value })
  const VALIDATION = 'VALIDATION_FAILED'
  return [
    ...['{', `${whole}}`, `${whole}${whole}`, '{"a":NaN}', "{'a':1}", whole.slice(0, -2)].map((body) => ({
      what: `the text ${body.slice(0, 40)}`,
      code: 'BODY_NOT_JSON',
      body,
    })),
    ...['[]', 'null', '5', 'true', '"text"', `[${whole}]`, DEEP].map((body) => ({
      what: `${body.slice(0, 40)} instead of an object`,
      code: VALIDATION,
      field: 'body',
      body,
    })),
    { what: 'an unknown field', code: VALIDATION, field: 'colour', body: change('colour', 1) },
    { what: 'a prototype', code: VALIDATION, field: '__proto__', body: whole.replace('{', '{"__proto__":{},') },
    ...Object.keys(properties).flatMap((field) => [
      { what: `${field} twice`, code: VALIDATION, field, body: `{"${field}":1,${change(field, 1).slice(1)}` },
      { what: `${field}: 1e999`, code: VALIDATION, field, body: change(field, RAW).replace(`"${RAW}"`, '1e999') },
    ]),
    ...Object.keys(properties)
      .slice(0, 1)
      .map((field) => ({
        what: `${field}: deep`,
        code: VALIDATION,
        field,
        body: change(field, RAW).replace(`"${RAW}"`, DEEP),
      })),
    ...required.map((field) => ({
      what: `no ${field}`,
      code: VALIDATION,
      field,
      body: JSON.stringify({ ...example, [field]: undefined }),
    })),
    ...Object.entries(properties).flatMap(([field, property]) =>
      sampleOf(
        VALUES.filter((value) => !accepts(property, value)),
        4,
      ).map((value) => ({
        what: `${field}: ${JSON.stringify(value).slice(0, 40)}`,
        code: VALIDATION,
        field,
        body: change(field, value),
      })),
    ),
    TOO_LARGE,
  ]
}

const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=a',
  'application/json; charset=utf-16',
]

/** Wrong types of content, for operations with and without a body. An operation that takes a file names its types. */
const listTypeCases = (body: string, { requestBody }: DocumentedOperation): Case[] =>
  TYPES.filter((type) => type.startsWith(JSON_TYPE) || !requestBody?.content[type.split(';')[0] ?? '']).map((type) => ({
    what: `a body as ${type}`,
    code: 'BODY_TYPE_UNSUPPORTED',
    headers: { 'Content-Type': type },
    body,
  }))

const NO_BODY: Case[] = [
  { what: 'a field', code: 'VALIDATION_FAILED', field: 'colour', body: '{"colour":1}' },
  { what: 'a list', code: 'VALIDATION_FAILED', field: 'body', body: '[]' },
  { what: 'half of a body', code: 'BODY_NOT_JSON', body: '{' },
  TOO_LARGE,
]

function listQueryCases({ parameters }: DocumentedOperation): Case[] {
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const code = 'VALIDATION_FAILED'
  return [
    { what: 'an unknown parameter', code, field: 'colour', query: '?colour=1' },
    { what: 'a parameter without a value', code, field: 'colour', query: '?colour' },
    { what: 'a prototype', code, field: '__proto__', query: '?__proto__=1' },
    ...query.flatMap(({ name, schema, example }) => [
      { what: `${name} twice`, code, field: name, query: `?${name}=${String(example)}&${name}=${String(example)}` },
      { what: `${name} as a list`, code, field: `${name}[]`, query: `?${name}[]=${String(example)}` },
      ...sampleOf(
        TEXTS.filter(
          (text) => !accepts(schema, schema['type'] === 'integer' && /^\d+$/.test(text) ? Number(text) : text),
        ),
        3,
      ).map((text) => ({
        what: `${name}=${text.slice(0, 40)}`,
        code,
        field: name,
        query: `?${name}=${encodeURIComponent(text)}`,
      })),
    ]),
  ]
}

/** The example's path with hostile text in the place of each parameter. */
function listPathCases(path: string, operation: DocumentedOperation): Case[] {
  const named = operation.parameters.filter((parameter) => parameter.in === 'path')
  const example = operation.requestBody?.content[JSON_TYPE]?.example
  return named.flatMap(({ name }) =>
    ['\0', ' ', '../..', '%', '💩', "' or 1=1 --", '__proto__', 'a.com.tr\r\nX: 1', LONG].map((text) => ({
      what: `${name}: ${JSON.stringify(text).slice(0, 40)}`,
      target: fillPath(path.replace(`{${name}}`, encodeURIComponent(text)), operation),
      ...(example === undefined ? {} : { body: JSON.stringify(example) }),
    })),
  )
}

function listCases(method: string, path: string, operation: DocumentedOperation): Case[] {
  const content = operation.requestBody?.content[JSON_TYPE]
  const example = content?.example as Record<string, unknown> | undefined
  return [
    ...listPathCases(path, operation),
    ...listQueryCases(operation).map((one) => (example ? { ...one, body: JSON.stringify(example) } : one)),
    ...(content && example ? listBodyCases(content.schema, example) : []),
    ...(content && example ? listTypeCases(JSON.stringify(example), operation) : []),
    ...(method === 'get' || operation.requestBody ? [] : [...NO_BODY, ...listTypeCases('{"colour":1}', operation)]),
  ]
}

describe.each(operations)('$name', ({ method, path, operation }) => {
  const send = (at: string, { query = '', headers, body }: Case) =>
    api.call(method.toUpperCase(), `${at}${query}`, {
      key,
      headers: { 'X-Request-Id': 'refusal', ...headers },
      ...(body === undefined ? {} : { body }),
    })

  it('refuses what its contract refuses, names the field, does the same on both paths, and stores nothing', async () => {
    const before = await readStored(database.db)
    const wrong: unknown[] = []
    for (const one of listCases(method, path, operation)) {
      const target = one.target ?? fillPath(path, operation)
      const [answer, older] = [await send(target, one), await send(target.replace('/api/v1', ''), one)]
      const error: Partial<typeof answer.body.error> = answer.body.error ?? {}
      const { code = '', details = {} } = error
      const { fields = [], remedy } = details as {
        fields?: { field: string; message: string }[]
        remedy?: string
      }
      const named =
        one.field === undefined || fields.some(({ field }) => field === one.field || field.startsWith(`${one.field}.`))
      const isSame = older.status === answer.status && dropPageFields(older.text) === answer.text
      const documented = operation.responses[String(answer.status)]?.description.includes(`\`${code}\``) === true
      const isExpected = one.code === undefined ? answer.status >= 400 : code === one.code
      if (!isExpected || !named || !isSame || !documented || !remedy) {
        wrong.push([one.what, answer.status, code, fields, { named, isSame, documented }])
      }
    }
    expect(wrong).toEqual([])
    expect([await readStored(database.db), api.queue.sent, api.alerted, api.dns.asked, api.reported]).toEqual([
      before,
      [],
      [],
      [],
      [],
    ])
  })
})
