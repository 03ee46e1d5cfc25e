import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
})
afterAll(() => database.close())

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('%00', '%', '%E0%A4%A', '\0', '\uD800', "'; drop table companies --", '../..', '__proto__'),
)
const field = fc.oneof(text, fc.constantFrom('0', '101', '-1', '1e9', 'NaN', 'Migration', 'domain'))
const value = fc.oneof(field, fc.jsonValue())
const views = fc.constantFrom('', '/sales-summary', '/score-breakdown', '/history')
const path = fc.oneof(
  fc.tuple(text, views).map(([part, view]) => `/api/v1/leads/${encodeURIComponent(part.toWellFormed())}${view}`),
  fc
    .tuple(fc.constantFrom('alerts', 'leads/firma.com.tr/history'), fc.constantFrom('type', 'limit', 'cursor'), field)
    .map(([list, name, given]) => `/api/v1/${list}?${name}=${encodeURIComponent(given.toWellFormed())}`),
  text.map((part) => `/api/v1/scan/bulk/${encodeURIComponent(part.toWellFormed())}`),
  fc
    .tuple(fc.constantFrom('segment', 'provider', 'score_min', 'text', 'sort', 'limit', 'cursor'), field)
    .map(([name, given]) => `/api/v1/leads?${name}=${encodeURIComponent(given.toWellFormed())}`),
)
const body = fc.oneof(
  text,
  fc.jsonValue(),
  fc.record({ domain: value }),
  fc.record({ domains: fc.oneof(fc.array(value, { maxLength: 20 }), value) }),
)

it('never answers 500 to a path or a query, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(path, async (target) => {
      const { status } = await api.call('GET', target, { key })
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 300 },
  )
})

it('never answers 500 to a body, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('domain', 'bulk'), body, async (route, sent) => {
      const answer = await api.call('POST', `/api/v1/scan/${route}`, { key, body: sent })
      expect(answer.status).toBeLessThan(500)
      expect(answer.body).toHaveProperty('timestamp')
    }),
    { numRuns: 300 },
  )
})

it('never answers 500 to an override, whatever it holds, and keeps none that it refused', async () => {
  const admin = await api.key(['admin'])
  const sent = fc.oneof(body, fc.record({ provider_id: value, note: value }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('mx', 'spf', 'ns', 'x'), text, sent, async (signal, suffix, given) => {
      const target = `/api/v1/admin/provider-overrides/${signal}/${encodeURIComponent(suffix.toWellFormed())}`
      const { status } = await api.call('PUT', target, { key: admin, body: given })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 300 },
  )
  const { body: kept } = await api.call('GET', '/api/v1/admin/provider-overrides', { key: admin })
  expect(kept.data['overrides']).toEqual([])
})
