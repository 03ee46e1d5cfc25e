import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ApiError, type ClientOptions, createClient } from '#client/client'
import { FILE_BYTES_MAX } from '#api/http/file-body'
import type { ClientOperations } from '#client/operations'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'
import { startTransferBucket } from '../support/transfer-bucket.ts'

let database: HunterDatabase
let store: Awaited<ReturnType<typeof startTransferBucket>>
let api: TestApi
let key: string
const pauses: number[] = []

beforeAll(async () => {
  database = await createHunterDatabase()
  store = await startTransferBucket(new TestClock())
  api = createTestApi(database.db, { openTransfers: async () => store.bucket })
  key = await api.key(['read', 'write', 'admin'])
  for (const domain of ['bir.com.tr', 'iki.com.tr', 'uc.com.tr']) api.dns.zone.set(domain, { mx: ['mx.yandex.net'] })
})
afterAll(() => Promise.all([database.close(), store.close()]))
beforeEach(() => void pauses.splice(0))

const connect = (options: Partial<ClientOptions> = {}) =>
  createClient({
    url: 'http://hunter.example/',
    key,
    fetch: async (url, init) => api.app.request(url, init),
    pause: async (ms) => pauses.push(ms),
    ...options,
  })

/** Answers in turn; the last one for good. */
function answering(...answers: (Response | Error)[]) {
  const asked: [string, RequestInit][] = []
  const fetch = async (url: string, init: RequestInit) => {
    asked.push([url, init])
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return answer!.clone()
  }
  return { asked, client: connect({ fetch }) }
}

const failure = (code: string, status: number, headers: Record<string, string> = {}) =>
  Response.json({ success: false, error: { code, message: 'no', details: { request_id: 'r1' } } }, { status, headers })
const success = (data: unknown) => Response.json({ success: true, data, message: 'ok' })
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error as ApiError,
  )

/** Every operation once: one more in the contract, or one less, does not compile. */
const ALL: Record<keyof ClientOperations, true> = {
  'get /': true,
  'get /healthz/live': true,
  'get /healthz/ready': true,
  'get /healthz/startup': true,
  'get /healthz/metrics': true,
  'post /ingest/domain': true,
  'post /ingest/csv': true,
  'post /ingest/webhook': true,
  'get /ingest/{import}': true,
  'post /ingest/{import}/scan': true,
  'post /scan/domain': true,
  'post /scan/bulk': true,
  'get /scan/bulk': true,
  'get /scan/bulk/{job}': true,
  'post /scan/bulk/{job}/retry': true,
  'post /scan/bulk/{job}/cancel': true,
  'post /scan/dead-letters/redrive': true,
  'get /leads': true,
  'post /leads/lookup': true,
  'get /leads/export': true,
  'get /leads/{domain}': true,
  'delete /leads/{domain}': true,
  'get /leads/{domain}/sales-summary': true,
  'get /leads/{domain}/fixes': true,
  'get /leads/{domain}/summary.pdf': true,
  'get /leads/{domain}/score-breakdown': true,
  'get /leads/{domain}/history': true,
  'post /leads/{domain}/rescan': true,
  'post /rescan/bulk': true,
  'get /rescan/schedule': true,
  'put /rescan/schedule': true,
  'post /referrals/sync': true,
  'get /dashboard': true,
  'post /leads/{domain}/notes': true,
  'put /leads/{domain}/notes/{note}': true,
  'delete /leads/{domain}/notes/{note}': true,
  'get /leads/{domain}/notes': true,
  'post /leads/{domain}/tags': true,
  'delete /leads/{domain}/tags/{tag}': true,
  'get /leads/{domain}/tags': true,
  'post /leads/{domain}/favorite': true,
  'delete /leads/{domain}/favorite': true,
  'post /ingest/uploads': true,
  'get /alerts': true,
  'get /alerts/channels': true,
  'post /alerts/channels': true,
  'get /alerts/channels/{channel}': true,
  'patch /alerts/channels/{channel}': true,
  'delete /alerts/channels/{channel}': true,
  'get /alerts/config': true,
  'put /alerts/config': true,
  'post /alerts/channels/{channel}/test': true,
  'post /alerts/channels/{channel}/confirm': true,
  'post /alerts/channels/{channel}/rotate': true,
  'post /alerts/channels/{channel}/disable': true,
  'get /alerts/channels/{channel}/deliveries': true,
  'get /alerts/channels/{channel}/digest': true,
  'get /unsubscribe/{token}': true,
  'post /unsubscribe/{token}': true,
  'post /alerts/deliveries/{delivery}/resend': true,
  'get /moves': true,
  'post /email-tools/generate': true,
  'post /email-tools/validate': true,
  'get /admin/provider-overrides': true,
  'put /admin/provider-overrides/{signal}/{suffix}': true,
  'delete /admin/provider-overrides/{signal}/{suffix}': true,
  'post /session': true,
  'get /session': true,
  'delete /session': true,
  'get /admin/sessions': true,
  'delete /admin/sessions/{session}': true,
  'get /admin/keys': true,
  'post /admin/keys': true,
  'post /admin/keys/{keyid}/rotate': true,
  'delete /admin/keys/{keyid}': true,
  'get /admin/webhooks': true,
  'post /admin/webhooks': true,
  'post /admin/webhooks/{webhook}/rotate': true,
  'delete /admin/webhooks/{webhook}': true,
  'get /admin/audit': true,
  'get /admin/backups': true,
  'get /admin/backups/stats': true,
  'post /admin/backups': true,
  'post /admin/backups/{id}/verify': true,
  'get /admin/backups/plan': true,
  'get /admin/backups/{id}': true,
}

it('has the operations of the document, under the paths of the document', async () => {
  const { paths } = JSON.parse((await api.call('GET', '/openapi.json')).text) as { paths: Record<string, object> }
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replace('/api/v1', '')}`),
  )
  expect(Object.keys(ALL).sort()).toEqual(documented.sort())
})

it('scans, reads and lists over the real API, with the types of the contract', async () => {
  const client = connect()
  for (const domain of ['bir.com.tr', 'iki.com.tr', 'uc.com.tr'])
    await client.post('/scan/domain', { body: { domain } })
  const { data, status, headers } = await client.get('/leads/{domain}', { params: { domain: 'bir.com.tr' } })
  expect([data.provider.mailbox.id, status, headers.has('ETag')]).toEqual(['yandex', 200, true])
  const cold = await client.get('/leads', { query: { segment: data.segment, score_max: data.score, limit: 1 } })
  expect(cold.data.leads.map(({ segment }) => segment)).toEqual([data.segment])
  const summary = await client.get('/leads/{domain}/sales-summary', {
    params: { domain: 'bir.com.tr' },
    language: 'tr',
  })
  expect(summary.data.metadata.language).toBe('tr')
})

it('walks all pages of a list', async () => {
  const seen: string[] = []
  for await (const { leads } of connect().pages('/leads', { query: { limit: 2, sort: '-score' } })) {
    seen.push(...leads.map(({ domain }) => domain))
  }
  expect(seen.sort()).toEqual(['bir.com.tr', 'iki.com.tr', 'uc.com.tr'])
})

it('answers plain text as text, and calls the paths outside of /api/v1 as they are', async () => {
  const { asked, client } = answering(new Response('hunter_scans 1', { headers: { 'Content-Type': 'text/plain' } }))
  expect((await client.get('/healthz/metrics')).data).toBe('hunter_scans 1')
  expect(asked[0]?.[0]).toBe('http://hunter.example/healthz/metrics')
})

it('throws an error with the code, the status, the request id and the remedy', async () => {
  const error = await failureOf(connect().get('/leads/{domain}', { params: { domain: 'yok.com.tr' } }))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({
    code: 'LEAD_NOT_FOUND',
    status: 404,
    details: { request_id: expect.any(String), remedy: expect.stringContaining('Scan the domain') },
  })
})

it('distinguishes failures of a proxy and of the network from answers of the API', async () => {
  const between = answering(new Response('<h1>Bad Gateway</h1>', { status: 502 }))
  expect(await failureOf(between.client.get('/leads'))).toMatchObject({ code: 'ANSWER_UNREADABLE', status: 502 })
  const dead = answering(new TypeError('fetch failed'))
  expect(await failureOf(dead.client.get('/leads'))).toMatchObject({ code: 'UNREACHABLE', status: 0 })
})

it('retries a read after Retry-After, or after doubling delays', async () => {
  const { client } = answering(failure('RATE_LIMITED', 429, { 'Retry-After': '7' }), new TypeError('reset'), success(1))
  expect((await client.get('/leads')).data).toBe(1)
  expect(pauses).toEqual([7_000, 500])
})

it('retries a call that changes something only with an Idempotency-Key, the same in every try', async () => {
  const bare = answering(failure('NOT_READY', 503))
  await failureOf(bare.client.post('/scan/domain', { body: { domain: 'bir.com.tr' } }))
  expect(bare.asked).toHaveLength(1)
  const safe = answering(failure('NOT_READY', 503), success({}))
  await safe.client.post('/scan/domain', { body: { domain: 'bir.com.tr' }, idempotencyKey: 'once' })
  expect(safe.asked.map(([, init]) => new Headers(init.headers).get('Idempotency-Key'))).toEqual(['once', 'once'])
})

it.each([
  ['what trying again cannot help', () => failure('LEAD_NOT_FOUND', 404)],
  ['a wait that is longer than a caller expects', () => failure('RATE_LIMITED', 429, { 'Retry-After': '31' })],
])('does not retry after %s', async (_what, answer) => {
  const { asked, client } = answering(answer())
  await failureOf(client.get('/leads'))
  expect([asked.length, pauses]).toEqual([1, []])
})

it('fails after the given number of tries', async () => {
  const { asked, client } = answering(failure('NOT_READY', 503))
  expect(await failureOf(client.get('/leads'))).toMatchObject({ code: 'NOT_READY' })
  expect([asked.length, pauses]).toEqual([3, [250, 500]])
})

it('stops at once when the caller aborts', async () => {
  const { asked, client } = answering(new DOMException('stop', 'AbortError'))
  await failureOf(client.get('/leads', { signal: AbortSignal.abort() }))
  expect(asked).toHaveLength(1)
})

it.each(['..', '.', ''])('refuses the path parameter %j, which would call another operation', async (domain) => {
  await expect(connect().get('/leads/{domain}', { params: { domain } })).rejects.toThrow('cannot be a part of a path')
})

it('encodes a slash and a question mark in a parameter', async () => {
  const { asked, client } = answering(success({}))
  await client.get('/leads/{domain}', { params: { domain: 'a/b?c=ğ' } })
  expect(asked[0]?.[0]).toBe('http://hunter.example/api/v1/leads/a%2Fb%3Fc%3D%C4%9F')
})

/** A list in Windows-1254: `Şirket;bir.com.tr`, padded to a size. */
function turkishList(size = 0): Blob {
  const rows = Buffer.from('Firma;Web\n\xDEirket;bir.com.tr\n', 'latin1')
  return new Blob([rows, Buffer.alloc(Math.max(0, size - rows.length), '\n')], { type: 'text/csv' })
}

it('sends a file as its bytes, or in a form', async () => {
  const form = new FormData()
  form.append('file', turkishList(), 'list.csv')
  for (const body of [turkishList(), form]) {
    const { data } = await connect().post('/ingest/csv', { body, query: { dry_run: true } })
    expect(data).toMatchObject({ accepted: 1, recognised: { encoding: 'windows-1254', columns: { company: 'Firma' } } })
  }
  const { asked, client } = answering(success({}))
  await client.post('/ingest/csv', { body: turkishList() }) // as text, API Gateway would break the letters
  expect(new Headers(asked[0]?.[1].headers).get('Content-Type')).toBe('application/octet-stream')
})

/** Passes on what is for the storage. `fails` answers instead as often as it has an answer. */
function connectToStorage(fails: () => Response | undefined = () => undefined) {
  const targets: string[] = []
  const client = connect({
    fetch: async (url, init) => {
      const isApi = url.startsWith('http://hunter.example')
      targets.push(isApi ? new URL(url).pathname : 'storage')
      return isApi ? api.app.request(url, init) : (fails() ?? fetch(url, init))
    },
  })
  return { client, targets }
}

it('imports a list in the request up to its limit, and by way of an upload above it', async () => {
  const small = connectToStorage()
  const checked = await small.client.importList(turkishList(FILE_BYTES_MAX), { query: { dry_run: true } })
  expect(checked.data).toMatchObject({ state: 'done', accepted: 1 })
  expect(small.targets).toEqual(['/api/v1/ingest/csv'])
  const refusals = [new Response('<Error/>', { status: 503 })]
  const large = connectToStorage(() => refusals.pop())
  const { data } = await large.client.importList(turkishList(FILE_BYTES_MAX + 1), { idempotencyKey: 'list-1' })
  expect([data.state, api.queue.imports]).toEqual(['queued', [data.id]])
  expect(large.targets).toEqual(['/api/v1/ingest/uploads', 'storage', 'storage', '/api/v1/ingest/csv'])
  expect((await large.client.importList(turkishList(FILE_BYTES_MAX + 1), { idempotencyKey: 'list-1' })).data.id).toBe(
    data.id,
  )
})

it('refuses a file that the storage would refuse before it sends it', async () => {
  const place = { upload_id: 'a', url: 'http://storage.example', fields: {}, bytes_max: FILE_BYTES_MAX }
  const { asked, client } = answering(success(place))
  expect(await failureOf(client.importList(turkishList(FILE_BYTES_MAX + 1)))).toMatchObject({ code: 'FILE_TOO_LARGE' })
  expect(asked).toHaveLength(1)
})
