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
const path = fc.oneof(
  text.map((part) => `/api/v1/leads/${encodeURIComponent(part.toWellFormed())}`),
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
