import { gunzipSync } from 'node:zlib'
import { answerEvent, type HttpEvent } from '#api/http/event'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway } from '#local/gateway'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const LEAD = '/api/v1/leads/firma.com.tr'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
  await keepLead(database.db, sampleLead({ domain: 'firma.com.tr' }))
})
afterAll(() => database.close())

it('answers 304 without a body to a client that already has the lead, until the lead changes', async () => {
  const first = await api.call('GET', LEAD, { key })
  const etag = String(first.headers.get('ETag'))
  expect(etag).toMatch(/^W\/"[\w-]{22}"$/)
  expect(first.headers.get('Cache-Control')).toBe('private, no-cache')
  api.clock.advanceMs(60_000)
  for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
    const again = await api.call('GET', LEAD, { key, headers: { 'If-None-Match': known } })
    expect([again.status, again.text, again.headers.get('ETag')]).toEqual([304, '', etag])
  }
  const other = await api.call('GET', LEAD, { key, headers: { 'If-None-Match': '"other", W/"' } })
  expect(other.status).toBe(200)
  await api.call('POST', `${LEAD}/rescan`, { key })
  const changed = await api.call('GET', LEAD, { key, headers: { 'If-None-Match': etag } })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('ETag')).not.toBe(etag)
})

it('gives each language of a URL its own ETag, and failures and writes none', async () => {
  const summary = (language: string) =>
    api.call('GET', `${LEAD}/sales-summary`, { key, headers: { 'Accept-Language': language } })
  const [tr, en] = [await summary('tr'), await summary('en')]
  expect(tr.headers.get('ETag')).not.toBe(en.headers.get('ETag'))
  expect(tr.headers.get('Vary')).toContain('Accept-Language')
  const missing = await api.call('GET', '/api/v1/leads/yok.com.tr', { key, headers: { 'If-None-Match': '*' } })
  expect([missing.status, missing.headers.get('ETag')]).toEqual([404, null])
  const scan = await api.call('POST', `${LEAD}/rescan`, { key })
  expect([scan.status, scan.headers.get('ETag'), scan.headers.get('Cache-Control')]).toEqual([200, null, 'no-store'])
})

it('compresses long answers for clients that accept it, through the gateway and the events of Lambda', async () => {
  let encoded: unknown
  const answer = (event: HttpEvent) => answerEvent(api.app, event)
  const gateway = await startGateway({
    port: 0,
    invoke: async (event) => {
      const result = await answer(event)
      encoded = result.isBase64Encoded
      return result
    },
    onProblem: () => undefined,
    onAnswer: () => undefined,
  })
  const get = async (path: string, accepted: string) => {
    const headers = { Authorization: `Bearer ${key}`, 'Accept-Encoding': accepted }
    const response = await fetch(gateway.url + path, { headers })
    return { encoding: response.headers.get('Content-Encoding'), encoded, text: await response.text(), response }
  }
  const plain = await get(LEAD, 'identity')
  const zipped = await get(LEAD, 'br, gzip;q=0.5')
  const short = await get('/healthz/live', 'gzip')
  const refused = await get(LEAD, 'gzip;q=0, *;q=0')
  const page = await get('/docs', 'gzip')
  await gateway.close()
  expect([plain.encoding, plain.encoded]).toEqual([null, false])
  expect([zipped.encoding, zipped.encoded]).toEqual(['gzip', true])
  expect(zipped.response.headers.get('Vary')).toContain('Accept-Encoding')
  expect(JSON.parse(zipped.text)).toEqual(JSON.parse(plain.text))
  expect(zipped.response.headers.get('ETag')).toBe(plain.response.headers.get('ETag'))
  expect([short.encoding, refused.encoding, page.encoding]).toEqual([null, null, 'gzip'])
  expect(page.text).toContain('</html>')
})

it('sends the same content in fewer bytes when compressed', async () => {
  const response = await api.app.request(LEAD, { headers: { 'X-API-Key': key, 'Accept-Encoding': 'gzip' } })
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = gunzipSync(bytes).toString()
  expect(bytes.length).toBeLessThan(text.length / 2)
  expect(response.headers.get('Content-Length')).toBeNull()
  expect(JSON.parse(text)).toMatchObject({ success: true, data: { domain: 'firma.com.tr' } })
})

it('lets pages of the allowed origins call the API, and no others', async () => {
  const preflight = (Origin: string) =>
    api.call('OPTIONS', '/api/v1/scan/domain', { headers: { Origin, 'Access-Control-Request-Method': 'POST' } })
  const allowed = await preflight('https://app.example.com')
  expect([allowed.status, allowed.headers.get('Access-Control-Allow-Origin')]).toEqual([204, 'https://app.example.com'])
  expect(allowed.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
  expect(allowed.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  const failed = await api.call('GET', LEAD, { headers: { Origin: 'https://app.example.com' } })
  expect([failed.status, failed.headers.get('Access-Control-Allow-Origin')]).toEqual([401, 'https://app.example.com'])
  for (const origin of [
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'null',
  ]) {
    expect((await preflight(origin)).headers.get('Access-Control-Allow-Origin')).toBeNull()
    const read = await api.call('GET', LEAD, { key, headers: { Origin: origin } })
    expect(read.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(read.headers.get('Vary')).toContain('Origin')
  }
})

it('sends no CORS headers when no origin is allowed', async () => {
  const closed = createTestApi(database.db, { corsOrigins: [] })
  const answer = await closed.call('GET', '/', { headers: { Origin: 'https://app.example.com' } })
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
})
