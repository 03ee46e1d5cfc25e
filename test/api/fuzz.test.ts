import * as fc from '../support/seeded.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildApiDocument, type DocumentedOperation } from '#api/contract/document'
import type { JsonSchema } from '#api/contract/schemas'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { isThorough } from '../support/thorough.ts'

/** Runs per parameter. Raise it by hand: HUNTER_FUZZ_RUNS=500 vitest run test/api/fuzz.test.ts */
const RUNS = Number(process.env['HUNTER_FUZZ_RUNS'] ?? (isThorough ? 30 : 2))

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['admin'])
})
afterAll(() => database.close())
beforeEach(() => void (api.reported.length = 0))

/** The ends of what Postgres, JavaScript and JSON can represent. */
const TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-23:59',
  '+010000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2027-02-30T00:00:00Z',
  '2027-01-01T24:00:00Z',
  `2027-01-01T00:00:00.${'9'.repeat(400)}Z`,
  'infinity',
]
const NUMBERS = [
  -1,
  -0,
  1.5,
  Number.MAX_VALUE,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  '9223372036854775807',
  '9223372036854775808',
]
const TEXTS = ['\0', 'a\0b', '\uD800', '\u202E', "'; drop table companies --", '../..', '__proto__', '%', '%00', '\\']
/** Placeholder for a value nested deeper than JavaScript can write. */
const DEEP = 'nested deeply'
const DEPTH = 100_000

const limits = fc.constantFrom<unknown>(...TIMES, ...NUMBERS, ...TEXTS)
const hostile = fc.oneof(
  { weight: 3, arbitrary: limits },
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.jsonValue(),
  fc.constant(DEEP),
)
const time = fc.constantFrom<unknown>(...TIMES)

const companyId = fc.oneof({ weight: 3, arbitrary: fc.constant<unknown>(1) }, fc.constantFrom<unknown>(...NUMBERS))

/** Cursors have six digits of a second. */
const moment = time.map((text) => String(text).replace(/(:\d\d)(Z|[+-]\d\d:\d\d)$/, '$1.000001Z'))

const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
/** Cursors in our format, with places where no page can end. */
const forgedCursors: Record<string, fc.Arbitrary<string>> = {
  '/api/v1/leads': fc
    .oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(fc.constantFrom('scanned_at', '-scanned_at', 'created', '-created'), moment, companyId),
      },
      fc.tuple(fc.constantFrom('score', '-score', 'domain', '-domain'), limits, companyId),
    )
    .map(([sort, ...place]) => `${forge(`leads by ${sort}`, ...place)}&sort=${sort}`),
  '/api/v1/leads/{domain}/history': limits.map((id) => forge('history of acme.com.tr', id)),
  '/api/v1/alerts': limits.map((id) => forge('alerts', id)),
  '/api/v1/scan/bulk': fc
    .tuple(moment, fc.oneof(limits, fc.constant('0190f0a0-0000-7000-8000-000000000000')))
    .map((place) => forge('jobs by creation', ...place)),
  '/api/v1/admin/keys': fc
    .tuple(moment, fc.oneof(limits, fc.constant('3kTMd92aXb0Q')))
    .map((place) => forge('keys by creation', ...place)),
  '/api/v1/admin/webhooks': fc
    .tuple(moment, fc.oneof(limits, fc.constant('0190f0a0-0000-7000-8000-000000000000')))
    .map((place) => forge('webhooks by creation', ...place)),
  '/api/v1/admin/provider-overrides': fc
    .tuple(fc.constantFrom<unknown>('mx', 'MX', 1), limits)
    .map((place) => forge('overrides by name', ...place)),
}

interface Field {
  place: string
  name: string
  required: boolean
  schema: JsonSchema
  example: unknown
}

function fieldsOf({ parameters, requestBody }: DocumentedOperation): Field[] {
  const { schema = {}, example = {} } = requestBody?.content['application/json'] ?? {}
  const examples = example as Record<string, unknown>
  return [
    ...parameters.map(({ in: place, name, required, schema, example }) => ({ place, name, required, schema, example })),
    ...Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>).map(([name, property]) => ({
      place: 'body',
      name,
      required: name in examples,
      schema: property,
      example: examples[name],
    })),
  ]
}

/** Valid input for the operation, except for one field that contains anything. */
function requestOf(path: string, fields: Field[], attacked: Field) {
  const { name, schema } = attacked
  const forged = name === 'cursor' ? forgedCursors[path] : undefined
  const fit = schema['format'] === 'date-time' ? time : hostile
  return (forged ?? fit).map((sent) => {
    const others = fields.filter((field) => field !== attacked && field.required)
    const all = [...others.map((field) => ({ ...field, sent: field.example })), { ...attacked, sent }]
    const of = (wanted: string) => all.filter((field) => field.place === wanted)
    const filled = of('path').reduce((text, field) => text.replace(`{${field.name}}`, () => encoded(field.sent)), path)
    const query = of('query').map((field) => `${field.name}=${forged ? textOf(field.sent) : encoded(field.sent)}`)
    const headers = of('header').map((field) => [field.name, headerText(field.sent)])
    const body = of('body').map((field) => [field.name, field.sent])
    return {
      target: query.length > 0 ? `${filled}?${query.join('&')}` : filled,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: fields.some((field) => field.place === 'body') ? (Object.fromEntries(body) as unknown) : undefined,
    }
  })
}

function bodyText(body: unknown): string {
  return JSON.stringify(body).replace(`"${DEEP}"`, `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`)
}

function encoded(sent: unknown): string {
  return encodeURIComponent(textOf(sent).toWellFormed())
}

function headerText(sent: unknown): string {
  return textOf(sent).replace(/[^\x20-\x7e]/g, '')
}

function textOf(sent: unknown): string {
  return typeof sent === 'string' ? sent : JSON.stringify(sent)
}

const attacks = Object.entries(buildApiDocument('0').paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => {
    const fields = fieldsOf(operation)
    return fields.map((field) => ({ request: `${method} ${path}`, name: field.name, method, path, fields, field }))
  }),
)

it.each(attacks)('never answers 500 to $request, whatever $name contains', async ({ method, path, fields, field }) => {
  await fc.assert(
    fc.asyncProperty(requestOf(path, fields, field), async ({ target, headers, body }) => {
      const sent = body === undefined ? {} : { body: bodyText(body) }
      const { status } = await api.call(method.toUpperCase(), target, { key, headers, ...sent })
      expect(api.reported).toEqual([])
      expect(status).not.toBe(500)
    }),
    { numRuns: RUNS },
  )
})

it('never answers 500 to a body that is not JSON', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('domain', 'bulk'), fc.string({ unit: 'binary' }), async (route, sent) => {
      const answer = await api.call('POST', `/api/v1/scan/${route}`, { key, body: sent.toWellFormed() })
      expect(answer.status).toBeLessThan(500)
      expect(answer.body).toHaveProperty('timestamp')
    }),
    { numRuns: RUNS },
  )
})
