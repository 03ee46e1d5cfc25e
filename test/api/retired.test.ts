import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildApiDocument } from '#api/contract/document'
import { createMetrics, createTally } from '#platform/metrics/metrics'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const tally = createTally()
let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db, { metrics: createMetrics([tally]) })
  key = await api.key(['read', 'write'])
  await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' }))
})
afterAll(() => database.close())
beforeEach(() => void tally.take())

const counted = (feature: string) => tally.counts.get(`hunter_deprecated_calls_total{feature="${feature}"}`)

const WRITES = [
  ['POST', '/leads/acme.com.tr/notes', 'notes', '/api/v1/leads/acme.com.tr/history'],
  ['PUT', '/leads/acme.com.tr/notes/7', 'notes', '/api/v1/leads/acme.com.tr/history'],
  ['DELETE', '/leads/acme.com.tr/notes/7', 'notes', '/api/v1/leads/acme.com.tr/history'],
  ['POST', '/leads/acme.com.tr/tags', 'tags', '/api/v1/leads/acme.com.tr'],
  ['DELETE', '/leads/acme.com.tr/tags/7', 'tags', '/api/v1/leads/acme.com.tr'],
  ['POST', '/leads/acme.com.tr/favorite', 'favorites', '/api/v1/leads?sort=-score'],
  ['DELETE', '/leads/acme.com.tr/favorite', 'favorites', '/api/v1/leads?sort=-score'],
] as const

it.each(WRITES)('%s %s answers 410 with its successor, whatever the body, and is counted', async (...write) => {
  const [method, path, feature, successor] = write
  for (const [at, body] of [undefined, '{', { note: 'call back' }].entries()) {
    const answer = await api.call(method, `/api/v1${path}`, { key, body })
    expect([answer.status, answer.body.error.code]).toEqual([410, 'GONE'])
    expect(answer.body.error.details).toMatchObject({ feature, successor })
    expect(answer.headers.get('Link')).toBe(`<${successor}>; rel="successor-version"`)
    expect(answer.headers.get('Deprecation')).toMatch(/^@\d+$/)
    expect([counted(feature), counted('legacy-path')]).toEqual([at + 1, undefined])
  }
  expect((await api.call('GET', successor, { key })).status).toBe(200)
  expect((await api.call(method, path, { key })).status).toBe(410)
  expect([counted(feature), counted('legacy-path')]).toEqual([4, 1])
})

it.each([
  ['/leads/acme.com.tr/notes', 'notes', { domain: 'acme.com.tr', notes: [] }],
  ['/leads/yok.com.tr/tags', 'tags', { domain: 'yok.com.tr', tags: [] }],
  ['/leads?favorite=true', 'favorites', { leads: [], next_cursor: null, total: { value: 0, exact: true } }],
])('GET %s answers an empty list that says it is retired, and is counted', async (path, feature, data) => {
  const { status, body, headers } = await api.call('GET', `/api/v1${path}`, { key })
  expect([status, body.data, body.message]).toEqual([200, data, `${feature} are retired`])
  expect([headers.has('Deprecation'), headers.has('Sunset'), headers.has('Link')]).toEqual([true, true, true])
  expect(counted(feature)).toBe(1)
})

it('refuses the filter on favourites for a file, which would otherwise hold every lead', async () => {
  const { status, body } = await api.call('GET', '/api/v1/leads/export?favorite=true', { key })
  expect([status, body.error.details['fields']]).toEqual([422, [expect.objectContaining({ field: 'favorite' })]])
})

it('still needs a key with the right scope', async () => {
  const reader = await api.key(['read'])
  expect((await api.call('POST', '/api/v1/leads/acme.com.tr/notes')).status).toBe(401)
  expect((await api.call('POST', '/api/v1/leads/acme.com.tr/notes', { key: reader })).status).toBe(403)
})

it('marks seven writes and two reads as deprecated in the contract, and the third read is a deprecated parameter', () => {
  const { paths } = buildApiDocument('0')
  const deprecated = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { deprecated }]) => (deprecated ? [`${method} ${path}`] : [])),
  )
  expect(deprecated.filter((name) => !name.startsWith('get ')).length).toBe(WRITES.length)
  expect(deprecated.filter((name) => name.startsWith('get '))).toEqual([
    'get /api/v1/leads/{domain}/notes',
    'get /api/v1/leads/{domain}/tags',
  ])
  const parameters = paths['/api/v1/leads']?.['get']?.parameters ?? []
  expect(parameters.filter(({ deprecated }) => deprecated).map(({ name }) => name)).toEqual(['favorite'])
})
