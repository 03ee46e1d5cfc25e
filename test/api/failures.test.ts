import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ERROR_TEXTS } from '#platform/error-texts'
import { AppError, ERROR_KINDS, type ErrorCode } from '#platform/errors'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { ERROR_DOCS, errorDocs } from '../support/write-error-docs.ts'

let database: HunterDatabase
let api: TestApi
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
})
afterAll(() => database.close())

it('documents every error code as the code defines it', async () => {
  const written = await readFile(ERROR_DOCS, 'utf8')
  expect(written, 'run: node test/support/write-error-docs.ts').toBe(await errorDocs())
  for (const code of Object.keys(ERROR_KINDS)) expect(written).toContain(`\`${code}\``)
})

it.each([
  'application/problem+json',
  'application/problem+json, application/json',
  'application/json;q=0.9, application/problem+json',
  '*/*;q=0.8, Application/Problem+JSON',
])('answers with problem+json to Accept: %s', async (Accept) => {
  const key = await api.key(['read'])
  const { status, headers, text } = await api.call('GET', '/api/v1/leads?limit=0', { key, headers: { Accept } })
  expect([status, headers.get('Content-Type')]).toEqual([422, 'application/problem+json'])
  expect(headers.get('Vary')).toMatch(/(^|, )Accept(,|$)/)
  expect(JSON.parse(text)).toEqual({
    type: '/docs#VALIDATION_FAILED',
    title: 'Validation failed',
    status: 422,
    detail: 'some fields are invalid',
    instance: `urn:hunter:request:${headers.get('X-Request-Id')}`,
    request_id: headers.get('X-Request-Id'),
    code: 'VALIDATION_FAILED',
    remedy: ERROR_TEXTS.VALIDATION_FAILED.api,
    fields: [{ field: 'limit', message: 'must be a whole number from 1 to 200' }],
  })
})

it.each([
  'application/json',
  '*/*',
  'application/json, application/problem+json;q=0.9',
  'application/problem+json;q=0',
])('answers with the envelope to Accept: %s', async (Accept) => {
  const { headers, body } = await api.call('GET', '/nothing', { headers: { Accept } })
  expect(headers.get('Content-Type')).toContain('application/json')
  expect(body).toMatchObject({ success: false, error: { code: 'ROUTE_NOT_FOUND' } })
})

it('names the methods that a path accepts, and accepts HEAD wherever GET works', async () => {
  const wrong = await api.call('DELETE', '/api/v1/leads')
  expect([wrong.status, wrong.body.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED'])
  expect(wrong.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
  const asked = await api.call('OPTIONS', '/api/v1/admin/provider-overrides/mx/a.com')
  expect([asked.status, asked.headers.get('Allow'), asked.text]).toEqual([204, 'PUT, DELETE, OPTIONS', ''])
  expect((await api.call('OPTIONS', '/nothing')).status).toBe(404)
  const head = await api.call('HEAD', '/healthz/live')
  expect([head.status, head.text]).toEqual([200, ''])
})

const AWAY = (Object.keys(ERROR_KINDS) as ErrorCode[]).filter((code) => ERROR_KINDS[code] === 'unavailable')

it.each(AWAY)('answers 503 %s with a Retry-After and a remedy', async (code) => {
  const isMigrated = () => Promise.reject(new AppError(code, 'away', { details: { job: 'a' } }))
  const readiness = { parts: [], isMigrated, timeoutMs: 1_000 }
  const { status, headers, body } = await createTestApi(database.db, { readiness }).call('GET', '/healthz/startup')
  expect([status, headers.get('Retry-After')]).toEqual([503, '10'])
  expect(body.error.details).toMatchObject({ job: 'a', retry_after_seconds: 10 })
  expect(body.error.details['remedy']).not.toMatch(/hunter |--|HUNTER_|check/i)
})
