import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chooseTag } from '#api/contract/guide'
import { OPERATIONS } from '#api/contract/operations'
import { createMetrics, createTally } from '#platform/metrics/metrics'
import { createExamples, keepExampleChannel } from '../support/create-examples.ts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, dropPageFields, type TestApi } from '../support/test-api.ts'

const operations = Object.entries(OPERATIONS).map(([name, operation]) => {
  const [method = '', path = ''] = name.split(' ')
  return { name, group: chooseTag(path), method: method.toUpperCase(), path, ...operation }
})
const versioned = operations.filter(({ path }) => path.startsWith('/api/v1/'))
const service = operations.filter(({ path }) => !path.startsWith('/api/v1/')).map(({ path }) => path)

const tally = createTally()
let database: HunterDatabase
let api: TestApi
let key: string
let params: Record<string, string>
/** One operation erases a lead. */
async function keepLeads(): Promise<void> {
  for (const domain of ['acme.com.tr', 'bir.com.tr', 'iki.com.tr']) await keepLead(database.db, sampleLead({ domain }))
}

beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db, { metrics: createMetrics([tally]) })
  key = await api.key(['admin'])
  for (const [name, records] of Object.entries(googleCompany('acme.com.tr'))) api.dns.zone.set(name, records)
  await keepLeads()
  params = await createExamples(api, database.db, key)
})
afterAll(() => database.close())
beforeEach(() => void tally.take())

type Versioned = (typeof versioned)[number]
const unversioned = (path: string) => path.replace('/api/v1', '')

interface Changes {
  query?: string
  headers?: Record<string, string>
  /** The key; empty: none. */
  by?: string
  body?: unknown
}

/** Sends the contract's own example to one of the two families. */
function send({ method, path, example }: Versioned, family: 'v1' | 'legacy', changes: Changes = {}) {
  const known: Record<string, string> = { ...example?.params, ...params }
  const target = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(known[part] ?? ''))
  const { query = '', headers = {}, by = key, body = example?.body } = changes
  return api.call(method, `${family === 'v1' ? target : unversioned(target)}${query}`, {
    ...(by ? { key: by } : {}),
    headers: { 'X-Request-Id': 'walk', ...headers },
    ...(body === undefined ? {} : { body }),
  })
}

describe.each(versioned)('$group: $name', (operation) => {
  it('gives the same bytes on both paths, and says on the older one where to go and until when it answers', async () => {
    const headers = operation.method === 'GET' ? {} : { 'Idempotency-Key': `walk ${operation.name}` }
    const [one, other] = [await send(operation, 'v1', { headers }), await send(operation, 'legacy', { headers })]
    const shape = typeof operation.answer === 'object' ? /^(?:Domain,|%PDF)/ : /"timestamp":/
    const status = operation.answer === 'gone' ? 410 : (operation.status ?? 200)
    expect([one.status, one.text]).toEqual([status, expect.stringMatching(shape)])
    expect([other.status, other.text]).toEqual([one.status, one.text])
    for (const name of ['ETag', 'Location', 'Cache-Control', 'Content-Type', 'RateLimit-Policy', 'Content-Language']) {
      expect([name, other.headers.get(name)]).toEqual([name, one.headers.get(name)])
    }
    expect(other.headers.get('Sunset')).toBe('Sat, 29 May 2027 00:00:00 GMT')
    expect(other.headers.get('Deprecation')).toBe('@1795910400')
    expect(other.headers.get('Link')).toMatch(/(?:^|, )<\/api\/v1\/[^>]+>; rel="successor-version"$/)
    const own = operation.deprecated ? other.headers.get('Deprecation') : null
    expect(one.headers.get('Deprecation')).toBe(own)
    expect(tally.counts.get('hunter_deprecated_calls_total{feature="legacy-path"}')).toBe(1)
    expect(api.lines.slice(-2).map(({ fields }) => fields['legacy_path'])).toEqual([undefined, true])
  })

  it('refuses bad requests with the same bytes on both paths', async () => {
    const refused = [
      { by: '' },
      { by: 'hk_test_wrong' },
      { headers: { 'If-Match': '*' } },
      ...(operation.query ? [{ query: '?nothing=1' }, { query: '?limit=x' }, { query: '?limit=1&limit=1' }] : []),
      ...(operation.body ? [{ body: '{' }, { body: { nothing: 1 } }] : []),
    ]
    for (const changes of refused) {
      const [one, other] = [await send(operation, 'v1', changes), await send(operation, 'legacy', changes)]
      expect(one.status).toBeGreaterThanOrEqual(400)
      expect([other.status, dropPageFields(other.text)]).toEqual([one.status, one.text])
      expect(other.headers.has('Deprecation')).toBe(true)
    }
  })
})

it('leaves the paths of the service itself alone: none of them is below /api/v1, and none is deprecated', async () => {
  for (const one of [...service, '/docs', '/openapi.json']) {
    const path = one.replace('{token}', params['token'] ?? '')
    const [own, below] = [await api.call('GET', path, { key }), await api.call('GET', `/api/v1${path}`, { key })]
    expect([path, own.status, below.status]).toEqual([path, 200, 404])
    expect(own.headers.has('Deprecation')).toBe(false)
  }
  const roots = new Set(versioned.map(({ path }) => path.split('/')[3]))
  for (const path of [...service, '/docs', '/openapi.json', '/api']) expect(roots).not.toContain(path.split('/')[1])
})

it.each(['/nothing', '//leads', '/api/leads', '/v1/leads', '/leads/a/b/c', '/api/v1/api/v1/leads', '/LEADS'])(
  'answers 404 to %s, and names no successor',
  async (path) => {
    const { status, headers, body } = await api.call('GET', path, { key })
    expect([status, body.error.code]).toEqual([404, 'ROUTE_NOT_FOUND'])
    expect([headers.get('Deprecation'), headers.get('Link'), tally.counts.size]).toEqual([null, null, 1])
  },
)

it('answers HEAD, OPTIONS and a wrong method as below /api/v1', async () => {
  for (const method of ['HEAD', 'OPTIONS', 'DELETE']) {
    const both = [await api.call(method, '/api/v1/leads', { key }), await api.call(method, '/leads', { key })]
    const seen = both.map(({ status, headers }) => [status, headers.get('Allow'), headers.get('ETag')])
    expect(seen[1]).toEqual(seen[0])
  }
  expect(tally.counts.get('hunter_deprecated_calls_total{feature="legacy-path"}')).toBe(2) // a preflight is no call
})

it('does work once when a client changes the family between two tries with one Idempotency-Key', async () => {
  const sent = { key, body: { domains: ['bir.com.tr'] }, headers: { 'Idempotency-Key': 'moved' } }
  const first = await api.call('POST', '/scan/bulk', sent)
  const second = await api.call('POST', '/api/v1/scan/bulk', sent)
  expect([second.status, second.text, second.headers.get('Idempotency-Replayed')]).toEqual([202, first.text, 'true'])
})

describe('page and page_size', () => {
  // some operations erase what the examples name
  beforeAll(() => Promise.all([keepLeads(), keepExampleChannel(database.db)]))

  const lists = versioned.filter(({ query }) => query && 'cursor' in query.shape)

  it('are taken by every list that has cursors', async () => {
    expect(lists.length).toBeGreaterThan(5)
    for (const list of lists) {
      const known: Record<string, string> = { ...list.example?.params, ...params }
      const path = list.path.replace(/\{(\w+)\}/g, (_, part: string) => known[part] ?? '')
      const answer = await api.call('GET', `${unversioned(path)}?page=2&page_size=1`, { key })
      expect([list.name, answer.status]).toEqual([list.name, 200])
      const refused = await api.call('GET', `${path}?page=2&page_size=1`, { key })
      expect([list.name, refused.status]).toEqual([list.name, 422])
    }
  })

  it('walk the same items as cursors do, in every list', async () => {
    for (const list of ['/leads?sort=domain', '/leads?text=com&sort=-domain', '/admin/keys?', '/scan/bulk?']) {
      const pages: unknown[] = []
      let cursor: string | null = ''
      for (let page = 1; cursor !== null; page += 1) {
        const byCursor = await api.call('GET', `/api/v1${list}&limit=1${cursor ? `&cursor=${cursor}` : ''}`, {
          key,
        })
        const byNumber = await api.call('GET', `${list}&page=${page}&page_size=1`, { key })
        expect(byNumber.body.data).toEqual(byCursor.body.data)
        pages.push(byNumber.text)
        cursor = byCursor.body.data['next_cursor'] as string | null
      }
      expect(pages.length).toBeGreaterThan(1)
      const behind = await api.call('GET', `${list}&page=${pages.length + 1}&page_size=1`, { key })
      expect(behind.body.data).toMatchObject({ next_cursor: null })
    }
    expect((await api.call('GET', '/leads/acme.com.tr/history?page=9', { key })).status).toBe(200)
  })

  it.each([
    ['page=0', 'page'],
    ['page=x', 'page'],
    ['page_size=201', 'page_size'],
    ['page=2&cursor=x', 'page'],
    ['page_size=2&limit=2', 'page_size'],
    ['page=10000&page_size=200', 'page'],
    ['page=1&page=2', 'page'],
  ])('refuse %s by the name of the field', async (query, field) => {
    const { status, body } = await api.call('GET', `/leads?${query}`, { key })
    expect([status, body.error.details['fields']]).toEqual([422, [expect.objectContaining({ field })]])
  })
})
