/** Habits that every operation has. The operations come from the contract, so a new one is held to them by itself. */
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HEADERS } from '#api/contract/headers'
import { OPERATIONS, type RoutedOperation } from '#api/contract/operations'
import { PAGE_PARAMETERS } from '#api/http/page-links'
import type { Database } from '#db/client'
import { createExamples, keepExampleChannel } from '../support/create-examples.ts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { type Answer, createTestApi, type TestApi } from '../support/test-api.ts'

interface Case extends RoutedOperation {
  name: string
  method: string
  /** `/api/v1/leads/{domain}` */
  path: string
}

const ALL = Object.entries(OPERATIONS).map(([name, operation]): Case => {
  const [method = '', path = ''] = name.split(' ')
  return { ...operation, name, method: method.toUpperCase(), path }
})
const KEYED = ALL.filter(({ scopes }) => scopes !== undefined)
const READS = ALL.filter(({ method }) => method === 'GET')
/** Reads in the envelope; a file and a text have none. */
const CACHED = READS.filter(
  ({ scopes, answer }) => scopes !== undefined && typeof answer === 'string' && answer !== 'text',
)
const LISTS = READS.filter(({ query }) => PAGE_PARAMETERS.some((parameter) => query && parameter in query.shape))

const ORIGIN = 'https://app.example.com'

let database: HunterDatabase
let api: TestApi
let key: string
let params: Record<string, string>
/** What each operation answers to the contract's example, to a page of an allowed origin. */
let answers: { one: Case; answer: Answer }[]
/** What each operation answers to a request that it refuses. */
let refusals: { one: Case; answer: Answer }[]

beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  for (const [name, records] of Object.entries(googleCompany('acme.com.tr'))) api.dns.zone.set(name, records)
  await keepLeads()
  params = { ...(await createExamples(api, database.db, key)), ...(await keepExampleChannel(database.db)) }
  answers = []
  refusals = []
  for (const one of ALL) {
    answers.push({ one, answer: await send(one) })
    refusals.push({ one, answer: await send(one, { headers: { 'If-Match': '*' } }) })
    if (one.path.includes('{')) await keepLeads() // it may have removed what others need
    if (one.path.includes('{')) await keepExampleChannel(database.db)
  }
})
afterAll(() => database.close())

async function keepLeads(): Promise<void> {
  for (const domain of ['acme.com.tr', 'bir.com.tr', 'iki.com.tr']) await keepLead(database.db, sampleLead({ domain }))
}

interface Changes {
  method?: string
  query?: string
  headers?: Record<string, string>
  /** Empty: none. */
  by?: string
  to?: TestApi
}

/** Sends the contract's example. */
function send(one: Case, changes: Changes = {}): Promise<Answer> {
  const { name, method: own, example } = one
  const { method = own, query = '', headers = {}, by = key, to = api } = changes
  return to.call(method, `${fillPath(one)}${query}`, {
    ...(by === '' ? {} : { key: by }),
    headers: { 'X-Request-Id': toRequestId(name), Origin: ORIGIN, ...headers },
    ...(example?.body === undefined || method !== own ? {} : { body: example.body }),
  })
}

function fillPath({ path, example }: Case): string {
  const known: Record<string, string> = { ...example?.params, ...params }
  return path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(known[part] ?? ''))
}

const toRequestId = (name: string) => name.replace(/[^a-z0-9]/gi, '.')

/** Names the operations whose answer breaks a habit, with what it has instead. */
function findBreaches(all: { one: Case; answer: Answer }[], find: (answer: Answer, one: Case) => unknown[]): unknown[] {
  return all.flatMap(({ one, answer }) => find(answer, one).map((breach) => [one.name, answer.status, breach]))
}

async function collectBreaches(all: Case[], find: (one: Case) => Promise<unknown[]>): Promise<unknown[]> {
  const breaches: unknown[] = []
  for (const one of all) for (const breach of await find(one)) breaches.push([one.name, breach])
  return breaches
}

/** Returns the headers that differ from what they should be. */
function compareHeaders({ headers }: Answer, wanted: Record<string, string | RegExp>): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const sent = headers.get(name) ?? ''
    const isRight = typeof value === 'string' ? sent === value : value.test(sent)
    return isRight ? [] : [`${name}: ${sent}`]
  })
}

it('answers the contract’s example, or 410 where it is retired, and refuses a condition that it cannot check', () => {
  expect(
    findBreaches(answers, ({ status, text }, { answer, status: wanted = 200 }) =>
      status === (answer === 'gone' ? 410 : wanted) ? [] : [text],
    ),
  ).toEqual([])
  expect(findBreaches(refusals, ({ status, body }) => (status === 412 ? [] : [body.error?.code]))).toEqual([])
})

it('says the id of the request, its limits, and how to protect a browser, whatever the answer', () => {
  const find = (answer: Answer, { name }: Case) =>
    compareHeaders(answer, {
      'X-Request-Id': toRequestId(name),
      RateLimit: /^"(?:key|ip|health)";r=\d+;t=\d+$/,
      'RateLimit-Policy': /^"(?:key|ip|health)";q=\d+;w=60$/,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Content-Security-Policy': /default-src 'none'/,
      'Strict-Transport-Security': /^max-age=\d{8}/,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': /^(?:no-store|private, no-cache)$/,
      'Access-Control-Allow-Origin': ORIGIN,
      Vary: /Origin/,
    })
  expect(findBreaches([...answers, ...refusals], find)).toEqual([])
})

it('logs each request under its id, with its route and nothing of its path', () => {
  const logged = new Set(api.lines.map(({ fields }) => `${String(fields['request_id'])} ${String(fields['route'])}`))
  const missing = ALL.filter(
    ({ name, path }) => !logged.has(`${toRequestId(name)} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  expect(missing.map(({ name }) => name)).toEqual([])
})

it('counts one thing in the singular', () => {
  expect(findBreaches(answers, ({ body }) => (/\b1 \w+s\b/.test(body.message ?? '') ? [body.message] : []))).toEqual([])
})

it('sends a failure as problem+json to a client that asks for it', async () => {
  const breaches = await collectBreaches(ALL, async (one) => {
    const answer = await send(one, { headers: { 'If-Match': '*', Accept: 'application/problem+json' } })
    const { type, status, code, request_id: id, remedy } = JSON.parse(answer.text) as Record<string, unknown>
    const problem = [type, status, code, id, typeof remedy]
    const wanted = ['/docs#PRECONDITION_UNSUPPORTED', 412, 'PRECONDITION_UNSUPPORTED', toRequestId(one.name), 'string']
    const isRight = JSON.stringify(problem) === JSON.stringify(wanted)
    return [
      ...(isRight ? [] : [problem]),
      ...compareHeaders(answer, { 'Content-Type': 'application/problem+json', Vary: /Accept(?:,|$)/ }),
    ]
  })
  expect(breaches).toEqual([])
})

it('refuses a request without a key, with two keys, and with a key of another scope', async () => {
  const keys = {
    read: await api.key(['write']),
    write: await api.key(['read']),
    admin: await api.key(['read', 'write']),
  }
  const breaches = await collectBreaches(KEYED, async (one) => {
    const { scopes = [] } = one
    const scope = scopes.length === 1 ? scopes[0] : undefined
    const sent = [
      { wanted: '401 KEY_MISSING Bearer', answer: await send(one, { by: '' }) },
      { wanted: '400 KEYS_SEVERAL ', answer: await send(one, { headers: { 'X-API-Key': 'hk_test_x_y' } }) },
      ...(scope ? [{ wanted: '403 SCOPE_MISSING ', answer: await send(one, { by: keys[scope] }) }] : []),
    ]
    return sent
      .map(({ wanted, answer: { status, body, headers } }) => [
        wanted,
        `${status} ${body.error?.code} ${headers.get('WWW-Authenticate') ?? ''}`,
      ])
      .filter(([wanted, got]) => wanted !== got)
  })
  expect(breaches).toEqual([])
})

it('answers 429 with a Retry-After once the limit is used up', async () => {
  const breaches = await collectBreaches(KEYED, async (one) => {
    const retryAt = new Date(api.clock.now().getTime() + 12_000)
    api.limits.push({ allowed: false, remaining: 0, retryAt })
    const answer = await send(one)
    const { code, details } = answer.body.error ?? {}
    const isRight = answer.status === 429 && code === 'RATE_LIMITED' && details?.['retry_after_seconds'] === 12
    return [
      ...(isRight ? [] : [answer.text]),
      ...compareHeaders(answer, { 'Retry-After': '12', RateLimit: /^"key";r=0;/, 'Cache-Control': 'no-store' }),
    ]
  })
  expect(breaches).toEqual([])
})

it('tags a read, answers 304 while the tag is current, and answers HEAD like GET without the body', async () => {
  const breaches = await collectBreaches(CACHED, async (one) => {
    const first = await send(one)
    const etag = first.headers.get('ETag') ?? ''
    const same = await send(one, { headers: { 'If-None-Match': `"other", ${etag}` } })
    const head = await send(one, { method: 'HEAD' })
    const wanted = { ETag: etag, 'Cache-Control': 'private, no-cache' }
    return [
      ...compareHeaders(first, { ...wanted, ETag: /^W\/"[\w-]{22}"$/ }),
      ...(same.status === 304 && same.text === '' ? [] : [same.status]),
      ...compareHeaders(same, { ...wanted, Vary: /Accept-Encoding/, 'X-Request-Id': toRequestId(one.name) }),
      ...(head.status === 200 && head.text === '' ? [] : [head.status]),
      ...compareHeaders(head, { ...wanted, 'Content-Type': 'application/json' }),
    ]
  })
  expect(breaches).toEqual([])
})

it('tags and keeps nothing but reads', () => {
  const others = answers.filter(({ one }) => !CACHED.includes(one))
  const find = (answer: Answer) => compareHeaders(answer, { ETag: '', 'Cache-Control': 'no-store' })
  expect(findBreaches([...others, ...refusals], find)).toEqual([])
})

it('answers a HEAD to any read, also to one that is a file or a text', async () => {
  const breaches = await collectBreaches(READS, async (one) => {
    const [get, head] = [await send(one), await send(one, { method: 'HEAD' })]
    const types = [get, head].map(({ status, headers }) => `${status} ${headers.get('Content-Type')}`)
    return head.text === '' && types[0] === types[1] ? [] : [types]
  })
  expect(breaches).toEqual([])
})

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

it('answers 405 to any other method of a path, and names the methods that it has, on both paths', async () => {
  const paths = new Map(ALL.map((one) => [one.path, one]))
  const breaches = await collectBreaches([...paths.values()], async (one) => {
    const there = ALL.filter(({ path }) => path === one.path).map(({ method }) => method)
    const allowed = [...there, ...(there.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort().join()
    const readAllowed = ({ headers }: Answer) => headers.get('Allow')?.split(', ').sort().join()
    const found: unknown[] = []
    for (const path of [one.path, one.path.replace('/api/v1', '')]) {
      const options = await send({ ...one, path }, { method: 'OPTIONS', by: '' })
      if (options.status !== 204 || readAllowed(options) !== allowed) found.push([path, 'OPTIONS', options.status])
      const others = METHODS.filter((method) => !allowed.split(',').includes(method))
      for (const method of path === one.path ? others : others.slice(0, 1)) {
        const answer = await send({ ...one, path }, { method, by: '' })
        const isRight = answer.status === 405 && readAllowed(answer) === allowed
        if (!isRight) found.push([path, method, answer.status, readAllowed(answer)])
      }
    }
    return found
  })
  expect(breaches).toEqual([])
})

/** Any page may read and send these (fetch.spec.whatwg.org). A webhook's sender is a program with a secret. */
const SAFE_TO_READ = ['Content-Language', 'Content-Type', 'Cache-Control']
const SAFE_TO_SEND = ['Accept-Language']
const OF_PROGRAMS = /^webhook-/

it('lets a page of an allowed origin send what an operation takes, and read what it says', async () => {
  const list = (value: string | null) => (value ?? '').toLowerCase().split(/, ?/)
  const breaches = await collectBreaches(KEYED, async (one) => {
    const { method, headers } = one
    const takes = [
      'Authorization',
      'X-API-Key',
      'X-Request-Id',
      ...(one.body ? ['Content-Type'] : []),
      ...(one.idempotent === true ? ['Idempotency-Key'] : []),
      ...(CACHED.includes(one) ? ['If-None-Match'] : []),
      ...(one.inLanguage ? ['Accept-Language'] : []),
      ...Object.keys(headers?.shape ?? {}).filter((name) => !OF_PROGRAMS.test(name)),
    ].filter((name) => !SAFE_TO_SEND.includes(name))
    const preflight = await send(one, {
      method: 'OPTIONS',
      by: '',
      headers: { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': takes.join() },
    })
    const [methods, named] = ['Methods', 'Headers'].map((what) =>
      list(preflight.headers.get(`Access-Control-Allow-${what}`)),
    )
    return [
      ...(preflight.status === 204 && methods?.includes(method.toLowerCase()) ? [] : [preflight.status, methods]),
      ...takes.filter((name) => !named?.includes(name.toLowerCase())),
    ]
  })
  expect(breaches).toEqual([])
  const exposed = list(answers[0]!.answer.headers.get('Access-Control-Expose-Headers'))
  const said = [...Object.keys(HEADERS), 'Allow', 'Deprecation', 'Sunset'].filter(
    (name) => !SAFE_TO_READ.includes(name),
  )
  expect(said.filter((name) => !exposed.includes(name.toLowerCase()))).toEqual([])
})

it('compresses any long answer in JSON, and the content stays the same', async () => {
  let compressed = 0
  const breaches = await collectBreaches(
    READS.filter(({ answer }) => typeof answer === 'string'),
    async (one) => {
      const plain = answers.find((each) => each.one === one)!.answer
      const headers = { Authorization: `Bearer ${key}`, 'Accept-Encoding': 'gzip' }
      const response = await api.app.request(fillPath(one), { headers })
      const isLong = Number(response.headers.get('Content-Length') ?? 1_024) >= 1_024
      if (!isLong) return []
      compressed += 1
      const text = gunzipSync(Buffer.from(await response.arrayBuffer())).toString()
      const isRight = response.headers.get('Content-Encoding') === 'gzip' && text.startsWith(plain.text.slice(0, 20))
      return isRight ? [] : [response.headers.get('Content-Encoding')]
    },
  )
  expect(breaches).toEqual([])
  expect(compressed).toBeGreaterThan(5)
})

it('links each page of a list to the first and to the next one, and the pages hold each item once', async () => {
  const breaches = await collectBreaches(LISTS, async (one) => {
    const whole = await send(one)
    const countItems = ({ body }: Answer) => (Object.values(body.data ?? {}).find(Array.isArray) ?? []).length
    const items = countItems(whole)
    const limit = Math.max(1, Math.ceil(items / 3))
    let page = await send(one, { query: `?limit=${limit}` })
    let walked = countItems(page)
    for (let pages = 1; pages < 9; pages += 1) {
      const { first, next } = readLinks(page)
      if (first === undefined) return ['no first page']
      const { next_cursor: cursor, next_after: after } = page.body.data
      const isLast = (cursor ?? after ?? null) === null
      if (isLast !== (next === undefined)) return [`next_cursor ${String(cursor)}, link ${next}`]
      if (next === undefined) return walked === items ? [] : [`${walked} of ${items}`]
      page = await api.call('GET', next, { key })
      walked += countItems(page)
    }
    return ['no last page']
  })
  expect(breaches).toEqual([])
})

function readLinks({ headers }: Answer): Record<string, string> {
  const links = headers.get('Link')?.matchAll(/<([^>]+)>; rel="(\w+)"/g) ?? []
  return Object.fromEntries([...links].map(([, address = '', relation = '']) => [relation, address]))
}

it('writes in the language that the request asks for, and says which', async () => {
  const breaches = await collectBreaches(
    ALL.filter(({ inLanguage }) => inLanguage),
    async (one) => {
      const found: string[] = []
      for (const language of ['tr', 'en']) {
        const answer = await send(one, { headers: { 'Accept-Language': `${language}-XX, de;q=0.5` } })
        found.push(...compareHeaders(answer, { 'Content-Language': language, Vary: /Accept-Language/ }))
      }
      return found
    },
  )
  expect(breaches).toEqual([])
})

it('creates nothing without saying where it is, where there is a path for it', async () => {
  const breaches: unknown[] = []
  for (const { one, answer } of answers.filter(({ answer: { status } }) => [201, 202].includes(status))) {
    const place = answer.headers.get('Location')
    if ((place !== null) !== (one.hasLocation === true)) breaches.push([one.name, place])
    if (place === null) continue
    const there = await api.call('GET', place, { key })
    if (there.status !== 200) breaches.push([one.name, place, there.status])
  }
  expect(breaches).toEqual([])
})

const RANGES = [
  ['score_min', 'score_max', '61', '60'],
  ['since', 'until', '2026-11-30T00:00:01Z', '2026-11-30T00:00:00Z'],
] as const
/** Fields that begin or end a range, but for those whose other end is the present. */
const OF_RANGE = /^(?:since|until|from|to|before|.+_(?:min|max|from|to|until|before))$/

it('refuses a range that ends before it begins, and names both ends, on both paths', async () => {
  const breaches = await collectBreaches(READS, async (one) => {
    const names = Object.keys(one.query?.shape ?? {})
    const found: unknown[] = []
    for (const [from, to, above, below] of RANGES.filter(
      (range) => names.includes(range[0]) && names.includes(range[1]),
    )) {
      for (const path of [one.path, one.path.replace('/api/v1', '')]) {
        const answer = await send({ ...one, path }, { query: `?${from}=${encodeURIComponent(above)}&${to}=${below}` })
        const fields = (answer.body.error?.details['fields'] ?? []) as { field: string }[]
        if (answer.status !== 422 || fields.map(({ field }) => field).join() !== `${from},${to}`) {
          found.push([path, answer.status, fields])
        }
        const equal = await send({ ...one, path }, { query: `?${from}=${below}&${to}=${below}` })
        if (equal.status !== 200) found.push([path, equal.status])
      }
    }
    const known = RANGES.flatMap((range) => (names.includes(range[0]) ? [range[0], range[1]] : []))
    const pairs = names.filter((name) => OF_RANGE.test(name) && !known.includes(name as never))
    return [...found, ...pairs]
  })
  expect(breaches).toEqual([])
  const filter = { score_min: 61, score_max: 60 }
  const { body } = await api.call('POST', '/api/v1/rescan/bulk', { key, body: { filter } })
  expect(body.error.details['fields']).toMatchObject([{ field: 'filter.score_min' }, { field: 'filter.score_max' }])
})

it('shows nothing but the id of the request when something breaks inside', async () => {
  const SECRET = 'relation "secret_table" of 10.1.2.3'
  const broken = new Proxy({} as Database, {
    get: () => () => {
      throw new Error(SECRET)
    },
  })
  const dark = createTestApi(database.db, { db: broken })
  let failed = 0
  const breaches = await collectBreaches(KEYED, async (one) => {
    const answer = await send(one, { to: dark })
    if (answer.status < 500) return []
    failed += 1
    const { code, message, details } = answer.body.error
    const shown = [code, message, Object.keys(details).sort().join(), details['request_id']]
    const wanted = ['INTERNAL', 'something went wrong on our side', 'remedy,request_id', toRequestId(one.name)]
    return JSON.stringify(shown) === JSON.stringify(wanted) ? [] : [shown]
  })
  expect(breaches).toEqual([])
  expect(failed).toBeGreaterThan(KEYED.length / 3)
})
