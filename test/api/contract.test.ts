import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApiDocument, type DocumentedOperation } from '#api/contract/document'
import { HEADERS } from '#api/contract/headers'
import type { JsonSchema } from '#api/contract/schemas'
import { ERROR_TEXTS } from '#platform/error-texts'
import { createExamples, keepExampleChannel } from '../support/create-examples.ts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type Answer, type TestApi } from '../support/test-api.ts'

const document = buildApiDocument('0.0.0')
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation })),
)
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

let database: HunterDatabase
let api: TestApi
let key: string
let params: Record<string, string>
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  for (const [name, records] of Object.entries(googleCompany('acme.com.tr'))) api.dns.zone.set(name, records)
  await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' }))
  params = await createExamples(api, database.db, key)
})
afterAll(() => database.close())

it('is served, valid, and the same for everybody', async () => {
  const served = await api.call('GET', '/openapi.json')
  expect([served.status, served.headers.get('Content-Type')]).toEqual([200, 'application/json'])
  expect(JSON.parse(served.text)).toEqual(JSON.parse(JSON.stringify(document)))
  const { valid, errors } = await new Validator().validate(JSON.parse(served.text))
  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
})

it('describes every route of the API, and nothing else', () => {
  const about = ['get /openapi.json', 'get /docs', 'get /app', 'get /app/*']
  const routes = new Set(api.routes().filter((route) => !about.includes(route)))
  expect(operations.map(({ name }) => name).sort()).toEqual([...routes].sort())
})

it('gives every operation a unique id', () => {
  const names = operations.map(({ operation }) => operation.operationId)
  expect(new Set(names).size).toBe(names.length)
})

it('describes every operation, every parameter and every field of a body and of an answer, with an example', () => {
  const lacking = operations.flatMap(({ name, operation }) => [
    ...(operation.description ? [] : [`${name}: description`]),
    ...operation.parameters
      .filter(({ description, example }) => !description || example === undefined)
      .map((parameter) => `${name}: ${parameter.name}`),
    ...Object.entries(operation.requestBody?.content ?? {}).flatMap(([, { schema }]) =>
      listBareFields(`${name}: body`, schema),
    ),
  ])
  const bare = Object.entries(document.components.schemas).flatMap(([name, schema]) => listBareFields(name, schema))
  // describeField(schema, description, example) in contract.ts, z.meta in inputs.ts, or the operation's example
  expect([...lacking, ...bare]).toEqual([])
})

it('says how: a field without a description, and a number without an example, are found wherever they are', () => {
  const field = { type: 'integer', description: 'A number' }
  const schema = {
    type: 'object',
    properties: {
      a: {
        type: 'array',
        description: 'x',
        items: {
          anyOf: [
            { type: 'object', properties: { b: field, c: { $ref: '#/components/schemas/signals' }, d: { const: 1 } } },
          ],
        },
      },
    },
  }
  expect(listBareFields('answer', schema)).toEqual([
    'answer.a.b: example',
    'answer.d: description'.replace('.d', '.a.d'),
  ])
})

it('gives examples that its own schemas accept', () => {
  const wrong = operations.flatMap(({ name, operation }) => {
    const { parameters, requestBody, responses } = operation
    const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)]
    const pairs = [
      ...parameters.map(({ schema, example }) => ({ schema, example })),
      ...contents.flatMap((content) => Object.values(content ?? {})).filter((one) => one.example !== undefined),
    ]
    return pairs
      .filter(({ schema, example }) => !validatorOf(schema)(example))
      .map(({ schema, example }) => `${name}: ${JSON.stringify({ schema, example })}`)
  })
  expect(wrong).toEqual([])
})

const isFile = (content: object) => Object.keys(content).includes('application/pdf')

it('gives an example of every answer but a file, of success and of failure', () => {
  const lacking = operations.flatMap(({ name, operation }) =>
    Object.entries(operation.responses)
      .filter(
        ([status, { content = {} }]) =>
          !['303', '304'].includes(status) && !isFile(content) && Object.values(content)[0]?.example === undefined,
      )
      .map(([status]) => `${name}: ${status}`),
  )
  expect(lacking).toEqual([])
})

describe.each(operations)('$name', ({ method, path, operation }) => {
  const isForEveryKey = ['read', 'write'].every((scope) => operation['x-scopes'].includes(scope))
  const call = async (changes: { key?: string; query?: string; body?: unknown } = {}) => {
    const example = operation.requestBody?.content['application/json']?.example
    const body = 'body' in changes ? changes.body : example
    const target = pathOf(path, operation) + (changes.query ?? '')
    return api.call(method.toUpperCase(), target, { key: changes.key ?? key, ...(body === undefined ? {} : { body }) })
  }

  it('answers its example as documented', async () => {
    await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' })) // one operation erases it
    await keepExampleChannel(database.db) // another deletes it
    const answer = await call()
    expect(answer.text).toBeDefined()
    const works = Object.keys(operation.responses).some((status) => status.startsWith('2'))
    expect(answer.status < 300 ? 'works' : answer.status).toBe(works ? 'works' : 410)
    expectDocumented(operation, answer)
  })

  it('refuses invalid requests as documented', async () => {
    const refusals = [
      ...(operation.security.length > 0 ? [await call({ key: 'hk_test_wrong' })] : []),
      ...(operation.security.length > 0 && !isForEveryKey
        ? [await call({ key: await api.key([scopeWithout(operation)]) })]
        : []),
      ...(operation.requestBody ? [await call({ body: '{' }), await call({ body: { nothing: 1 } })] : []),
      ...(operation.parameters.some((parameter) => parameter.in === 'query')
        ? [await call({ query: '?nothing=1' })]
        : []),
    ]
    for (const answer of refusals) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expectDocumented(operation, answer)
    }
  })
})

it('checks answers against their schema: a missing field, a wrong type and an undocumented field fail', async () => {
  await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' }))
  const { data } = (await api.call('GET', '/api/v1/leads/acme.com.tr', { key })).body
  const validate = validatorOf({ $ref: '#/components/schemas/lead' })
  expect(validate(data)).toBe(true)
  const { score, ...without } = data
  expect(validate(without)).toBe(false)
  expect(validate({ ...data, score: String(score) })).toBe(false)
  expect(validate({ ...data, extra: 1 })).toBe(false)
})

it('renders the contract as a page with every operation and error code, without scripts or external resources', async () => {
  const page = await api.call('GET', '/docs')
  expect([page.status, page.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=UTF-8'])
  for (const { method, path } of operations) expect(page.text).toContain(`<code>${method.toUpperCase()} ${path}</code>`)
  for (const [code, entry] of Object.entries(ERROR_TEXTS)) {
    expect([code, page.text.includes(`<tr id="${code}">`)]).toEqual([code, 'api' in entry])
  }
  expect(page.text).not.toMatch(/<script|<link|src=|href="(?!\/openapi\.json"|#)|@import|url\(/)
  const policy = page.headers.get('Content-Security-Policy')
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; frame-ancestors 'none'$/,
  )
  expect(page.headers.get('X-Content-Type-Options')).toBe('nosniff')
})

function pathOf(path: string, { parameters }: DocumentedOperation): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const example = params[name] ?? parameters.find((parameter) => parameter.name === name)?.example
    return encodeURIComponent(String(example))
  })
}

/** A scope that is not enough: read for an operation that writes, and the other way round. */
function scopeWithout(operation: DocumentedOperation) {
  return operation['x-scopes'][0] === 'read' ? ('write' as const) : ('read' as const)
}

function expectDocumented(operation: DocumentedOperation, answer: Answer): void {
  const response = operation.responses[String(answer.status)]
  expect(response, `${answer.status} is not documented: ${answer.text}`).toBeDefined()
  const code: string = answer.body.error?.code ?? ''
  expect(response?.description).toContain(code)
  const sent = Object.keys(HEADERS).filter((name) => answer.headers.has(name))
  const missing = sent.filter((name) => response?.headers[name] === undefined)
  expect(missing, 'headers that the document lacks').toEqual([])
  const [type = ''] = answer.headers.get('Content-Type')?.split(';') ?? []
  expect(Object.keys(response?.content ?? {})).toContain(type)
  const validate = validatorOf(response?.content?.['application/json']?.schema ?? {})
  validate(answer.body)
  expect(validate.errors).toBeNull()
}

/** Lists fields without a description, and text and numbers without an example, at any depth. */
function listBareFields(path: string, schema: JsonSchema): string[] {
  const { properties, items, anyOf, additionalProperties } = schema as Record<string, never>
  const fields = Object.entries<JsonSchema>(properties ?? {}).flatMap(([name, property]) => [
    ...(findInField('description', property) ? [] : [`${path}.${name}: description`]),
    ...(isLeaf(property) && !findInField('examples', property) ? [`${path}.${name}: example`] : []),
    ...listBareFields(`${path}.${name}`, property),
  ])
  const inner = [items, additionalProperties, ...(anyOf ?? [])].filter((one) => typeof one === 'object')
  return [...fields, ...inner.flatMap((one) => listBareFields(path, one))]
}

/** Looks in the field, in what it refers to, and in its alternatives. */
function findInField(key: string, schema: JsonSchema): boolean {
  if (schema[key] !== undefined) return true
  const { $ref, anyOf, items } = schema as { $ref?: string; anyOf?: JsonSchema[]; items?: JsonSchema }
  const named = document.components.schemas[$ref?.split('/').at(-1) ?? '']
  if (named) return findInField(key, named)
  return key === 'examples' && [items, ...(anyOf ?? [])].some((one) => one && findInField(key, one))
}

/** True for text and numbers, and for lists of them. */
function isLeaf({ type, items, anyOf, ...schema }: JsonSchema): boolean {
  if (Array.isArray(anyOf)) return anyOf.some((one: JsonSchema) => isLeaf(one))
  if (type === 'array') return isLeaf(items as JsonSchema)
  return ['string', 'number', 'integer'].includes(String(type)) && schema['const'] === undefined
}

/** Compiles the document's schema and refuses fields that it does not name. */
function validatorOf(schema: JsonSchema): ValidateFunction {
  const text = JSON.stringify(closed(schema)).replaceAll('"#/components', `"${DOCUMENT}#/components`)
  const known = validators.get(text)
  const made = known ?? ajv.compile(JSON.parse(text) as JsonSchema)
  validators.set(text, made)
  return made
}

const validators = new Map<string, ValidateFunction>()
/** Each schema with a name is compiled once, however many others refer to it. */
const DOCUMENT = 'https://contract.test/document'
ajv.addSchema({ $id: DOCUMENT, components: { schemas: closed(document.components.schemas) } })

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (schema === null || typeof schema !== 'object') return schema
  const copy: JsonSchema = Object.fromEntries(Object.entries(schema).map(([name, inner]) => [name, closed(inner)]))
  const isClosed = copy['type'] === 'object' && copy['properties'] !== undefined && !('additionalProperties' in copy)
  return isClosed ? { ...copy, additionalProperties: false } : copy
}
