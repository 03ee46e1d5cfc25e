import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OPERATIONS } from '#api/contract/operations'
import { createExamples } from '../support/create-examples.ts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { readStored } from '../support/stored-rows.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { sampleOf } from '../support/thorough.ts'

const changing = Object.entries(OPERATIONS)
  .map(([name, operation]) => ({ name, ...operation }))
  .filter(({ name }) => !name.startsWith('get '))
const once = changing.filter(({ idempotent }) => idempotent === true)

let database: HunterDatabase
let api: TestApi
let key: string
let params: Record<string, string>
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
/** Creates what the contract's examples name, and gives each of them something to do. */
beforeEach(async () => {
  await database.db.execute(
    sql`truncate companies, imports, scan_jobs, api_keys, provider_overrides, alert_channels, audit_log cascade`,
  )
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  for (const [name, records] of Object.entries(googleCompany('acme.com.tr'))) api.dns.zone.set(name, records)
  await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' }))
  params = await createExamples(api, database.db, key)
  const override = OPERATIONS['put /api/v1/admin/provider-overrides/{signal}/{suffix}']?.example
  const path = `/api/v1/admin/provider-overrides/${override?.params?.['signal']}/${override?.params?.['suffix']}`
  await api.call('PUT', path, { key, body: override?.body })
})

type Changing = (typeof changing)[number]

/** Sends the contract's own example. */
function send({ name, example }: Changing, idempotencyKey: string, { by = key, spaces = 0 } = {}) {
  const [method = '', path = ''] = name.split(' ')
  const known = { ...example?.params, ...params }
  const target = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(known[part] ?? ''))
  const body = example?.body === undefined ? undefined : JSON.stringify(example.body, null, spaces)
  const headers = { 'Idempotency-Key': idempotencyKey, 'X-Request-Id': 'sent-twice' }
  return api.call(method.toUpperCase(), target, { key: by, headers, ...(body === undefined ? {} : { body }) })
}

const stored = async () => JSON.stringify([await readStored(database.db), api.queue.sent, api.alerted])

/** The same, and what was asked of the DNS. */
async function footprint(): Promise<string> {
  return JSON.stringify([await stored(), api.dns.asked.length])
}

it('every operation that changes something takes an Idempotency-Key or says why it needs none', () => {
  expect(changing.length).toBeGreaterThan(9)
  for (const { name, idempotent } of changing) {
    const reason = typeof idempotent === 'object' ? idempotent.not : ''
    expect([name, idempotent === true || reason.length > 20]).toEqual([name, true])
  }
})

describe.each(
  sampleOf(
    once.map((operation, at) => ({ ...operation, other: once.at(at - 1) as Changing })),
    5,
  ),
)('$name', ({ other, ...operation }) => {
  it('is done once: a repeated request gets the same bytes, or the same data when they were lost', async () => {
    const first = await send(operation, 'one')
    expect([first.status, first.text]).toEqual([operation.status ?? 200, expect.any(String)])
    const done = await footprint()
    api.clock.advanceMs(3_600_000)
    const second = await send(operation, 'one')
    expect([second.status, second.text]).toEqual([first.status, first.text])
    expect([first, second].map(({ headers }) => headers.get('Idempotency-Replayed'))).toEqual([null, 'true'])
    expect(second.headers.get('Location')).toBe(first.headers.get('Location'))
    await database.db.execute(sql`update idempotency_keys set status = null, body = null`)
    const third = await send(operation, 'one')
    expect([third.status, third.body.data]).toEqual([first.status, first.body.data])
    expect(await footprint()).toBe(done)
    await expectNoSecretKept(JSON.stringify(first.body.data))
  })

  it('is done by one of two concurrent requests, and never for a key that was used for another request', async () => {
    const both = await Promise.all([send(operation, 'one'), send(operation, 'one')])
    const done = await footprint()
    for (const answer of both) {
      if (answer.status < 300) continue
      expect([answer.status, answer.body.error.code]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT'])
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    }
    const first = both.find(({ status }) => status < 300)
    expect((await send(operation, 'one')).text).toBe(first?.text)
    const reused = [await send(other, 'one'), ...(operation.body ? [await send(operation, 'one', { spaces: 1 })] : [])]
    for (const { status, body } of reused) expect([status, body.error?.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    expect(await footprint()).toBe(done)
    const another = await send(operation, 'one', { by: await api.key(['admin']) })
    expect(another.headers.get('Idempotency-Replayed')).toBeNull()
  })
})

async function expectNoSecretKept(answer: string): Promise<void> {
  const { rows } = await database.db.execute(sql`select * from idempotency_keys`)
  expect(rows).toHaveLength(1)
  const kept = JSON.stringify([rows, await footprint()])
  for (const secret of answer.match(/hk_test_\w+|whsec_[\w+/=]+/g) ?? []) expect(kept).not.toContain(secret)
}

/** Each opens a session of its own; test/api/sessions.test.ts has how many a key can have. */
const SIGN_IN = 'post /api/v1/session'

it.each(changing.filter(({ idempotent, name }) => idempotent !== true && name !== SIGN_IN))(
  '$name may be sent twice without a key: the answer and the stored data stay the same',
  async (operation) => {
    const first = await send(operation, 'one')
    const done = await stored()
    const second = await send(operation, 'one')
    expect([second.status, second.text]).toEqual([first.status, first.text])
    expect(await stored()).toBe(done)
  },
)

const ROTATE = OPERATIONS['post /api/v1/admin/keys/{keyid}/rotate'] as Changing
const rotateOwn = (by: string, idempotencyKey?: string, body: object = {}) =>
  api.call('POST', `/api/v1/admin/keys/${by.split('_')[2]}/rotate`, {
    key: by,
    body,
    ...(idempotencyKey ? { headers: { 'Idempotency-Key': idempotencyKey } } : {}),
  })
const opens = async (text: string) => (await api.call('GET', '/api/v1/leads', { key: text })).status === 200

it('a key that rotated itself and lost the answer gets its new secret by repeating the request, with either secret', async () => {
  expect(ROTATE.idempotent).toBe(true)
  const first = await rotateOwn(key, 'rotation')
  const again = await rotateOwn(key, 'rotation')
  const next = String(again.body.data['key'])
  expect([again.text, await opens(key), await opens(next)]).toEqual([first.text, true, true])
  expect((await rotateOwn(next, 'rotation')).text).toBe(first.text)
})

it('a rotation sent twice without an Idempotency-Key ends no secret: the second is refused until the grace period ends', async () => {
  const first = await rotateOwn(key, undefined, { grace_seconds: 60 })
  const second = await rotateOwn(key, undefined, { grace_seconds: 60 })
  expect([second.status, second.body.error.code]).toEqual([409, 'KEY_IN_GRACE'])
  expect(second.body.error.details['previous_until']).toBe(first.body.data['previous_until'])
  const next = String(first.body.data['key'])
  expect([await opens(key), await opens(next)]).toEqual([true, true])
  api.clock.advanceMs(60_000)
  expect((await rotateOwn(next, undefined, { grace_seconds: 60 })).status).toBe(200)
})

it('a failure is not recorded: a refused request can be repeated with its key once the reason is gone', async () => {
  await rotateOwn(key, undefined, { grace_seconds: 60 })
  expect((await rotateOwn(key, 'one', { grace_seconds: 30 })).body.error.code).toBe('KEY_IN_GRACE')
  api.clock.advanceMs(59_999)
  expect((await rotateOwn(key, 'one', { grace_seconds: 30 })).body.error.code).toBe('KEY_IN_GRACE')
  const { rows } = await database.db.execute(sql`select from idempotency_keys`)
  expect(rows).toHaveLength(0)
})

it('an encrypted answer decrypts only in its own row', async () => {
  const operation = once.find(({ name }) => name === 'post /api/v1/admin/keys') as Changing
  await send(operation, 'one')
  await send(operation, 'two')
  await database.db.execute(
    sql`update idempotency_keys set body = (select body from idempotency_keys where key = 'one') where key = 'two'`,
  )
  const moved = await send(operation, 'two')
  expect([moved.status, moved.body.error.code]).toEqual([500, 'INTERNAL'])
  expect(moved.text).not.toContain('hk_')
})
