import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { closeDatabase, createDatabase } from '#db/client'
import { readMigrations } from '#db/migration-files'
import type { Scope } from '#db/tables'
import type { handler as Handler } from '../../functions/api.ts'
import { keepChanges, keepChannel, sampleChange } from '../support/alert-channels.ts'
import { MIGRATIONS } from '../support/hunter-database.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { startStubReceiver, type StubReceiver } from '../support/stub-receiver.ts'

/** The deployed files, with links to a real database and a stub of SES: Redis, queue and bucket do not answer. */
let database: TestDatabase
let ses: StubReceiver
let handleApi: typeof Handler
let applied: string[]

beforeAll(async () => {
  database = await createTestDatabase()
  ses = await startStubReceiver()
  ses.answer = (response) => response.setHeader('Content-Type', 'application/json').end('{"MessageId":"1"}')
  const { hostname: host, port, username, password, pathname } = new URL(database.url)
  const link = (name: string, value: unknown) => (process.env[`SST_RESOURCE_${name}`] = JSON.stringify(value))
  link('App', { name: 'hunter', stage: 'test' })
  link('Database', { host, port: Number(port), username, password, database: pathname.slice(1) })
  link('Redis', { url: 'http://127.0.0.1:1', token: 'token' })
  link('ScanQueue', { url: 'http://127.0.0.1:1/000000000000/Scans' })
  link('Backups', { name: 'backups' })
  link('KeyPepper', { value: 'pepper' })
  Object.assign(process.env, {
    HUNTER_LOG_LEVEL: 'silent',
    HUNTER_DNS_SERVERS: '127.0.0.1:1',
    HUNTER_DNS_QUERY_TIMEOUT_MS: '100',
    HUNTER_IP_LIMIT_PER_MINUTE: '50',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_SESV2: `http://127.0.0.1:${ses.port}`,
    HUNTER_ALERT_FROM: 'alerts@hunter.example',
    HUNTER_PUBLIC_URL: 'https://hunter.example',
  })
  const migrate = await import('../../functions/migrate.ts')
  applied = (await migrate.handler()).applied
  handleApi = (await import('../../functions/api.ts')).handler
})
afterAll(async () => {
  await ses.close()
  await database.drop()
})

interface Answer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

interface Sent {
  key?: string
  body?: string
  type?: string
  sourceIp?: string
  forwarded?: string
}

async function call(method: string, path: string, sent: Sent = {}) {
  const { statusCode: status, body } = await send(method, path, sent)
  return { status, body: JSON.parse(body) as Record<string, Record<string, unknown>> }
}

async function send(method: string, path: string, sent: Sent): Promise<Answer> {
  const { key = '', body = '', type = 'application/json', sourceIp = '192.0.2.1', forwarded = '' } = sent
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      'content-type': type,
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(forwarded ? { 'x-forwarded-for': forwarded } : {}),
    },
    requestContext: { http: { method, path, sourceIp }, requestId: 'r', stage: '$default' },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  }
  return (await handleApi(event)) as unknown as Answer
}

async function newKey(scopes: Scope[] = ['read', 'write']): Promise<string> {
  const [{ createKey }, { createDatabase, closeDatabase }, { systemClock }, { randomBytes }] = await Promise.all([
    import('#keys/verify-key'),
    import('#db/client'),
    import('#platform/clock'),
    import('node:crypto'),
  ])
  const db = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 5_000 })
  const deps = {
    db,
    clock: systemClock,
    pepper: 'pepper',
    env: 'local',
    randomBytes: (count: number) => randomBytes(count),
  }
  const { key } = await createKey(deps, { name: 'one', scopes, actor: 'test' })
  await closeDatabase(db)
  return key
}

it('migrates once', async () => {
  expect(applied).toEqual((await readMigrations(MIGRATIONS)).map(({ name }) => name))
  const { handler } = await import('../../functions/migrate.ts')
  expect(await handler()).toEqual({ applied: [], ahead: [] })
})

it('reports which parts are down, and keeps working without them', async () => {
  const state = {
    status: 'degraded',
    parts: [
      { name: 'database', state: 'up' },
      { name: 'redis', state: 'down' },
      { name: 'shared limits', state: 'up' },
      { name: 'storage', state: 'down' },
      { name: 'queue', state: 'down' },
      { name: 'alerts', state: 'up' },
    ],
  }
  // a busy machine checks a part too late at first
  const look = () => call('GET', '/healthz/ready')
  await expect.poll(look, { interval: 1_000 }).toMatchObject({ status: 200, body: { data: state } })
  expect((await call('GET', '/healthz/startup')).status).toBe(200)
})

it('scans, saves and returns a domain, and refuses invalid input', async () => {
  const key = await newKey()
  const scan = await call('POST', '/api/v1/scan/domain', { key, body: '{"domain":"firma.com.tr"}' })
  const unanswered = expect.arrayContaining(['mx', 'spf', 'dmarc', 'registration']) as string[]
  expect(scan).toMatchObject({ status: 200, body: { data: { unanswered } } })
  const found = await call('GET', '/api/v1/leads/firma.com.tr', { key })
  expect(found.body['data']).toEqual(scan.body['data'])
  expect((await call('GET', '/api/v1/leads')).status).toBe(401)
})

it('tests an alert channel at once, and says why its message did not arrive', async () => {
  const key = await newKey(['admin'])
  const body = JSON.stringify({ name: 'Sales', kind: 'slack', address: 'https://hooks.slack.com/services/T0' })
  const made = await call('POST', '/api/v1/alerts/channels', { key, body })
  const tested = await call('POST', `/api/v1/alerts/channels/${String(made.body['data']?.['id'])}/test`, { key })
  expect(tested).toMatchObject({
    status: 200,
    body: {
      data: { sent: false, reason: 'The host of the address has no IP address, or its DNS does not answer.' },
    },
  })
})

it('keeps a job that the queue refused, and the worker finishes it', async () => {
  const key = await newKey()
  const made = await call('POST', '/api/v1/scan/bulk', { key, body: '{"domains":["firma.com.tr"]}' })
  expect(made).toMatchObject({ status: 503, body: { error: { code: 'QUEUE_UNAVAILABLE' } } })
  const details = made.body['error']?.['details'] as { job: string } | undefined
  const jobId = String(details?.job)
  const { handler } = await import('../../functions/bulk-worker.ts')
  const record = {
    messageId: 'm',
    body: JSON.stringify({ jobId, batch: 1 }),
    attributes: { ApproximateReceiveCount: '1' },
  }
  const event = { Records: [record] } as unknown as Parameters<typeof handler>[0]
  expect(await handler(event)).toEqual({ batchItemFailures: [] })
  const job = await call('GET', `/api/v1/scan/bulk/${jobId}`, { key })
  expect(job.body['data']).toMatchObject({ state: 'done', outcomes: [{ reason: 'DNS_UNANSWERED' }] })
})

it('counts each address that the gateway saw, in memory while Redis is down, and readiness reports that', async () => {
  const statuses = new Set<number>()
  // more than this instance's share of two minutes, should one end meanwhile
  for (let i = 0; i <= 100; i += 1) {
    const { status } = await call('GET', '/api/v1/leads', { sourceIp: '198.51.100.1', forwarded: `203.0.113.${i}` })
    statuses.add(status)
  }
  expect([...statuses]).toEqual([401, 429])
  expect((await call('GET', '/api/v1/leads', { sourceIp: '198.51.100.2' })).status).toBe(401)
  const ready = await call('GET', '/healthz/ready')
  expect(ready.body['data']?.['parts']).toContainEqual(
    expect.objectContaining({ name: 'shared limits', state: 'down' }),
  )
})

it('sends mails with a link to the API, which unsubscribes their reader', async () => {
  const key = await newKey(['admin'])
  const post = async (path: string, body: object = {}) =>
    (await call('POST', `/api/v1/alerts/channels${path}`, { key, body: JSON.stringify(body) })).body['data']
  const readMail = () => {
    const sent = JSON.parse(String(ses.received.pop()?.body)) as { Content: { Simple: object } }
    return sent.Content.Simple as { Headers: { Value: string }[]; Body: { Text: { Data: string } } }
  }
  const id = String((await post('', { name: 'Sales', kind: 'email', address: 'satis@firma.com.tr' }))?.['id'])
  await post(`/${id}/test`)
  const code = /[0-9a-f]{10}/.exec(readMail().Body.Text.Data)?.[0]
  expect(await post(`/${id}/confirm`, { code })).toMatchObject({ state: 'active' })
  const db = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 5_000 })
  await keepChanges(db, sampleLead({ domain: 'bir.com.tr' }), [sampleChange()])
  await closeDatabase(db)
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const deliver = await import('../../functions/deliver.ts')
  expect(await deliver.handler().finally(() => write.mockRestore())).toEqual({ sent: 1, failed: 0 })
  const link = /^<https:\/\/hunter\.example(\/unsubscribe\/[\w-]+)>$/.exec(String(readMail().Headers[0]?.Value))?.[1]
  const form = { type: 'application/x-www-form-urlencoded', body: 'List-Unsubscribe=One-Click' }
  expect(await send('POST', String(link), form)).toMatchObject({ statusCode: 200 })
  const shown = await call('GET', `/api/v1/alerts/channels/${id}`, { key })
  const reason = expect.stringMatching(/^Unsubscribed by its reader at /)
  expect(shown.body['data']).toMatchObject({ state: 'disabled', state_reason: reason })
})

it('reports the digests that it queued although another channel fails, and the first fault of a run that cannot begin', async () => {
  const db = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 5_000 })
  const digestFrom = new Date(Date.now() - 25 * 60 * 60_000)
  const daily = { digestHour: 8, digestFrom, digestMarks: { moves: 0, alerts: 0, entries: 0 } }
  await keepChannel(db, { name: 'broken', ...daily, timezone: 'Mars/Base' })
  await keepChannel(db, { name: 'works', ...daily, address: 'https://works.test/' })
  const { handler } = await import('../../functions/digest.ts')
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const readMetrics = () => JSON.parse(String(write.mock.lastCall?.[0])) as Record<string, unknown>
  try {
    await expect(handler()).rejects.toThrow('Mars/Base')
    await db.execute(sql`update alert_digests set opened_at = opened_at - interval '1 minute'`)
    await expect(handler()).rejects.toThrow('Mars/Base')
    expect(readMetrics()).toMatchObject({ DigestsQueued: 1, DigestDelaySeconds: expect.any(Number) })
    await db.execute(sql`alter table alert_channels rename to alert_channels_away`)
    await expect(handler()).rejects.toThrow(/^Failed query: select "id" from "alert_channels"/)
    expect(readMetrics()).toMatchObject({ DigestsQueued: 0 })
  } finally {
    write.mockRestore()
    await closeDatabase(db)
  }
})
