import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signMessage } from '#keys/webhooks/signature'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let admin: string
let key: string
let secret: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

/** Empties the database, and makes a key with a webhook. */
async function startAfresh(): Promise<void> {
  await database.db.execute(sql`truncate companies, raw_leads, imports, scan_jobs, api_keys, audit_log cascade`)
  api = createTestApi(database.db)
  admin = await api.key(['admin'])
  key = await api.key(['write'])
  secret = (await create(key)).secret
}

const LEAD = { data: { domain: 'acme.com.tr' } }

async function create(by: string, name = 'Website form') {
  const answer = await manage('POST', '', { name, keyid: by.split('_')[2] })
  return answer.body.data as { id: string; secret: string }
}

const manage = (method: string, path: string, body?: object) =>
  api.call(method, `/api/v1/admin/webhooks${path}`, { key: admin, ...(body ? { body } : {}) })

interface Sent {
  id?: string
  /** Seconds from now. */
  at?: number
  secrets?: string[]
  by?: string
  query?: string
  headers?: Record<string, string>
}

/** Signs and sends a delivery; text travels as it is. */
async function deliver(body: unknown, { id = 'msg_1', at = 0, secrets = [secret], by = key, ...sent }: Sent = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const timestamp = String(Math.floor(api.clock.now().getTime() / 1_000) + at)
  const message = { id, timestamp, body: Buffer.from(text) }
  const signature = secrets.map((one) => signMessage(one, message)).join(' ')
  const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  const headers = { ...signed, ...sent.headers }
  return api.call('POST', `/api/v1/ingest/webhook${sent.query ?? ''}`, { key: by, body: text, headers })
}

const codeOf = async (answer: ReturnType<typeof deliver>): Promise<string | number> => {
  const { status, body } = await answer
  return body.error?.code ?? status
}

async function readRows() {
  const { rows } = await database.db.execute(sql`
    select line, source, input, domain, rejected
      from raw_leads left join companies on companies.id = company_id order by raw_leads.id`)
  return rows
}

async function countStored(): Promise<unknown> {
  const { rows } = await database.db.execute(sql`
    select (select count(*)::int from raw_leads) as leads, (select count(*)::int from imports) as imports,
           (select count(*)::int from webhook_deliveries) as deliveries, (select count(*)::int from scan_jobs) as scans,
           (select count(*)::int from audit_log where action = 'webhook.received') as audited`)
  return rows[0]
}
const NOTHING = { leads: 0, imports: 0, deliveries: 0, scans: 0, audited: 0 }
const ONCE = { leads: 1, imports: 1, deliveries: 1, scans: 0, audited: 1 }

describe('a delivery', () => {
  beforeEach(startAfresh)

  it('brings one lead, which is kept as it came', async () => {
    const lead = { domain: 'https://acme.com.tr/', company: 'Acme A.Ş.', employees: 40, partner: false, note: null }
    const { status, body, headers } = await deliver({ type: 'lead.created', data: lead })
    expect([status, body.data]).toMatchObject([
      202,
      { state: 'done', rows: 1, accepted: 1, refused: 0, created: 1, duplicates: 0, created_by: `key:${keyid()}` },
    ])
    expect(body.data['recognised']).toMatchObject({ format: 'json', columns: { domain: 'domain', company: 'company' } })
    expect(await readRows()).toEqual([
      { line: 1, source: 'Website form', input: lead, domain: 'acme.com.tr', rejected: null },
    ])
    const listed = await database.db.execute(sql`select company, fields from listed_companies`)
    expect(listed.rows).toMatchObject([{ company: 'Acme A.Ş.', fields: [{ name: 'employees', value: '40' }, {}] }])
    const again = await api.call('GET', String(headers.get('Location')), { key })
    expect(again.body.data).toEqual(body.data)
  })

  it('brings a list, in which a row that means no company is kept and refused with its place', async () => {
    const data = [
      { email: 'a@acme.com.tr' },
      { email: 'b@gmail.com' },
      { website: 'instagram.com/x' },
      { domain: 'ACME.com.tr' },
      { name: 'Acme' },
    ]
    const { status, body } = await deliver({ data })
    expect([status, body.data]).toMatchObject([202, { rows: 5, accepted: 2, refused: 3, created: 1, duplicates: 1 }])
    expect(body.data['refusals']).toMatchObject([
      { line: 2, value: 'b@gmail.com', reason: 'not a company: gmail.com is a mail provider' },
      { line: 3, reason: 'not a company: instagram.com is a social network' },
      { line: 5, reason: 'the lead has no field such as domain, website or email' },
    ])
    expect((await readRows()).map((row) => row['input'])).toEqual(data)
  })

  it('may hold a thousand leads', async () => {
    const data = Array.from({ length: 1_000 }, (_, n) => ({ domain: `f${n}.com.tr`, company: `Firma ${n}` }))
    expect((await deliver({ data })).body.data).toMatchObject({ rows: 1_000, accepted: 1_000, created: 1_000 })
    expect(await codeOf(deliver({ data: [...data, LEAD.data] }, { id: 'msg_2' }))).toBe('VALIDATION_FAILED')
  })

  it('has its companies scanned when the address asks for it', async () => {
    const { body } = await deliver(LEAD, { query: '?scan=true' })
    expect(body.data).toMatchObject({ state: 'done', scan: { requested: true, jobs: [expect.any(String)] } })
    expect(api.queue.sent).toHaveLength(1)
  })

  it('is in the audit log with its webhook, its id and what the sender says of the event', async () => {
    const sent = { type: 'contact.created', timestamp: '2026-11-19T23:59:59Z', ...LEAD }
    const { body } = await deliver(sent)
    const { rows } = await database.db.execute(
      sql`select actor, object, details from audit_log where action = 'webhook.received'`,
    )
    const { rows: webhooks } = await database.db.execute(sql`select id, last_delivery_at from webhook_sources`)
    expect(rows).toEqual([
      {
        actor: `key:${keyid()}`,
        object: `webhook:${String(webhooks[0]?.['id'])}`,
        details: {
          delivery: 'msg_1',
          type: 'contact.created',
          timestamp: '2026-11-19T23:59:59.000Z',
          import: body.data['id'],
          rows: 1,
          scan: false,
        },
      },
    ])
    const listed = await manage('GET', '')
    expect(listed.body.data['webhooks']).toMatchObject([{ last_delivery_at: api.clock.now().toISOString() }])
  })
})

const keyid = () => key.split('_')[2]

describe('a signature', () => {
  beforeEach(startAfresh)

  it('covers the bytes as they travel: the same JSON in other bytes is refused', async () => {
    const spaced = '{ "data" : {"company":"Ac\\u006de A.Ş.",\n"domain":"acme.com.tr"} }\n'
    const signed = await deliver(spaced)
    expect(signed.status).toBe(202)
    const rewritten = JSON.stringify(JSON.parse(spaced))
    const timestamp = String(Math.floor(api.clock.now().getTime() / 1_000))
    const signature = signMessage(secret, { id: 'msg_2', timestamp, body: Buffer.from(spaced) })
    const headers = { 'webhook-signature': signature }
    expect(await codeOf(deliver(rewritten, { id: 'msg_2', headers }))).toBe('SIGNATURE_INVALID')
  })

  it.each([-300, 300])('is good %i seconds from now', async (at) => {
    expect((await deliver(LEAD, { at })).status).toBe(202)
    api.clock.advanceMs(999)
    expect((await deliver(LEAD, { at })).status).toBe(202)
  })

  it("is checked with the secrets of the key's own webhooks", async () => {
    const other = await api.key(['write'])
    expect(await codeOf(deliver(LEAD, { by: other }))).toBe('SIGNATURE_INVALID')
    const { secret: second } = await create(other)
    expect(await codeOf(deliver(LEAD, { by: other }))).toBe('SIGNATURE_INVALID')
    expect(await codeOf(deliver(LEAD, { secrets: [second] }))).toBe('SIGNATURE_INVALID')
    expect(await codeOf(deliver(LEAD, { by: other, secrets: [second] }))).toBe(202)
    expect(api.lines.filter(({ fields }) => fields['security'] === true)).toHaveLength(3)
  })

  it('is no key: without one, or with one that cannot write, nothing is taken', async () => {
    const headers = { Authorization: '' }
    expect(await codeOf(deliver(LEAD, { headers }))).toBe('KEY_MISSING')
    expect(await codeOf(deliver(LEAD, { by: await api.key(['read']) }))).toBe('SCOPE_MISSING')
  })
})

describe('a refused signature', () => {
  beforeAll(startAfresh)

  it.each([-301, 301, -86_400, 86_400, -1_795_132_800, 999_999_999_999 - 1_795_132_800])(
    'is one of %i seconds from now, although the secret is right',
    async (at) => {
      expect(await codeOf(deliver(LEAD, { at }))).toBe('SIGNATURE_STALE')
      expect(await countStored()).toEqual(NOTHING)
    },
  )

  it.each<[string, Sent, string]>([
    ['without a signature', { headers: { 'webhook-signature': '' } }, 'SIGNATURE_MISSING'],
    ['without an id', { headers: { 'webhook-id': '' } }, 'SIGNATURE_MISSING'],
    ['with two ids', { headers: { 'webhook-id': 'msg_1, msg_2' } }, 'SIGNATURE_MISSING'],
    ['with an id of 256 characters', { id: 'x'.repeat(256) }, 'SIGNATURE_MISSING'],
    ['with a time that is no number', { headers: { 'webhook-timestamp': 'now' } }, 'SIGNATURE_MISSING'],
    ['with a negative time', { headers: { 'webhook-timestamp': '-5' } }, 'SIGNATURE_MISSING'],
    ['with the time in ISO 8601', { headers: { 'webhook-timestamp': '2026-11-20T00:00:00Z' } }, 'SIGNATURE_MISSING'],
    ['signed for another id', { headers: { 'webhook-id': 'msg_2' } }, 'SIGNATURE_INVALID'],
    ['signed with another secret', { secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }, 'SIGNATURE_INVALID'],
    ['signed with no secret', { secrets: ['whsec_'] }, 'SIGNATURE_INVALID'],
    ['in another scheme', { headers: { 'webhook-signature': 'v1a,AAAA' } }, 'SIGNATURE_INVALID'],
  ])('leaves nothing of a delivery %s', async (_, sent, code) => {
    expect(await codeOf(deliver(LEAD, sent))).toBe(code)
    expect(await countStored()).toEqual(NOTHING)
  })
})

describe('a delivery that is repeated', () => {
  beforeEach(startAfresh)

  it('gets the answer of the first and changes nothing, with a new signature and days later too', async () => {
    const first = await deliver(LEAD)
    for (const hours of [0, 1, 74, 93]) {
      api.clock.advanceMs(hours * 3_600_000)
      const repeated = await deliver(LEAD)
      expect([repeated.status, repeated.body.data]).toEqual([202, first.body.data])
    }
    expect(await countStored()).toEqual(ONCE)
  })

  it('is refused with another body, and a failed one may be sent again with a better body', async () => {
    expect(await codeOf(deliver({ data: [] }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(deliver(LEAD))).toBe(202)
    expect(await codeOf(deliver({ data: { domain: 'bir.com.tr' } }))).toBe('DELIVERY_ID_REUSED')
    expect(await codeOf(deliver(`${JSON.stringify(LEAD)} `))).toBe('DELIVERY_ID_REUSED')
    expect(await countStored()).toEqual(ONCE)
  })

  it('has an id of its own webhook: another webhook may use the same', async () => {
    const { secret: second } = await create(key, 'CRM')
    expect(await codeOf(deliver(LEAD))).toBe(202)
    expect(await codeOf(deliver({ data: { domain: 'bir.com.tr' } }, { secrets: [second] }))).toBe(202)
  })

  it('is stored once when several copies arrive at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => deliver(LEAD)))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202])
    expect(new Set(answers.map(({ body }) => body.data['id'])).size).toBe(1)
    expect(await countStored()).toEqual(ONCE)
  })

  it('is stored once when another body arrives at the same time', async () => {
    const codes = await Promise.all(
      ['bir', 'iki', 'uc'].map((name) => codeOf(deliver({ data: { domain: `${name}.com.tr` } }))),
    )
    expect(codes.map(String).sort()).toEqual(['202', 'DELIVERY_ID_REUSED', 'DELIVERY_ID_REUSED'])
    expect(await countStored()).toEqual(ONCE)
  })

  it('is stored by the next try when the first was killed in its transaction', async () => {
    const other = await database.db.$client.connect()
    try {
      await other.query('begin; lock table audit_log') // holds the delivery back behind its leads
      const killed = codeOf(deliver(LEAD))
      const { $client } = database.db
      const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into "audit_log"%'`
      await expect.poll(async () => (await $client.query(waiting)).rowCount).toBe(1)
      await $client.query(`select pg_terminate_backend(pid) from (${waiting}) waiting`)
      expect(await killed).toBe('DATABASE_UNAVAILABLE')
    } finally {
      await other.query('rollback')
      other.release()
    }
    expect(await countStored()).toEqual(NOTHING)
    expect(await codeOf(deliver(LEAD))).toBe(202)
    expect(await countStored()).toEqual(ONCE)
  })

  it('starts the scan that a try left out which was killed after its transaction', async () => {
    const first = await deliver(LEAD, { query: '?scan=true' })
    await database.db.execute(sql`truncate scan_jobs cascade`)
    await database.db.execute(
      sql`update imports set state = 'running', finished_at = null, scan_jobs = '{}', scanned_line = 0`,
    )
    for (let tries = 0; tries < 2; tries += 1) {
      const { body } = await deliver(LEAD, { query: '?scan=true' })
      expect(body.data).toMatchObject({
        id: first.body.data['id'],
        state: 'done',
        scan: { jobs: [expect.any(String)] },
      })
    }
    expect(await countStored()).toEqual({ ...ONCE, scans: 1 })
  })

  it('is forgotten after seven days, a hundred at a time', async () => {
    await deliver(LEAD)
    await database.db.execute(sql`
      insert into webhook_deliveries select source_id, 'old_' || n, body_hash, import_id, received_at
        from webhook_deliveries, generate_series(1, 149) n`)
    api.clock.advanceMs(7 * 24 * 3_600_000)
    await deliver(LEAD, { id: 'msg_2' })
    expect(await countStored()).toMatchObject({ deliveries: 151 })
    api.clock.advanceMs(1_000)
    await deliver(LEAD, { id: 'msg_3' })
    expect(await countStored()).toMatchObject({ deliveries: 52 })
    await deliver(LEAD, { id: 'msg_4' })
    expect(await countStored()).toMatchObject({ deliveries: 3 })
  })
})

describe('bad input', () => {
  beforeAll(startAfresh)

  const deep = `{"data":${'['.repeat(1e4)}${']'.repeat(1e4)}}`
  it.each<[string, unknown, string, string | undefined]>([
    ['no JSON', 'domain=acme.com.tr', 'BODY_NOT_JSON', undefined],
    ['nothing', '', 'BODY_NOT_JSON', undefined],
    ['no data', { type: 'lead.created' }, 'VALIDATION_FAILED', 'data'],
    ['a lead in the place of the payload', { domain: 'acme.com.tr' }, 'VALIDATION_FAILED', 'data'],
    ['an empty list', { data: [] }, 'VALIDATION_FAILED', 'data'],
    ['an empty lead', { data: {} }, 'VALIDATION_FAILED', 'data'],
    ['text', { data: 'acme.com.tr' }, 'VALIDATION_FAILED', 'data'],
    ['no field for a company', { data: [{ name: 'Acme' }] }, 'VALIDATION_FAILED', 'data'],
    ['an object in a field', { data: { domain: { name: 'a' } } }, 'VALIDATION_FAILED', 'data.domain'],
    ['a list in a field', { data: [LEAD.data, { domain: ['a'] }] }, 'VALIDATION_FAILED', 'data.1.domain'],
    ['a long text', { data: { domain: 'x'.repeat(2_001) } }, 'VALIDATION_FAILED', 'data.domain'],
    ['a line break in a name', { data: { 'a\nb': 'x', domain: 'a.com.tr' } }, 'VALIDATION_FAILED', 'data.a\nb'],
    [
      '51 fields',
      { data: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, n])) },
      'VALIDATION_FAILED',
      'data',
    ],
    ['an unknown field', { ...LEAD, leads: [] }, 'VALIDATION_FAILED', 'leads'],
    ['a prototype', '{"data":{"__proto__":"x","domain":"a.com.tr"}}', 'VALIDATION_FAILED', '__proto__'],
    ['a repeated name', '{"data":{"domain":"a.com.tr","domain":"b.com.tr"}}', 'VALIDATION_FAILED', 'domain'],
    ['an impossible time', { ...LEAD, timestamp: '2026-02-30T00:00:00Z' }, 'VALIDATION_FAILED', 'timestamp'],
    ['deep lists', deep, 'VALIDATION_FAILED', 'data.0'],
  ])('refuses %s by the name of the field, and stores nothing', async (_, body, code, field) => {
    const { error } = (await deliver(body)).body
    const fields = (error.details['fields'] ?? []) as { field: string }[]
    expect([error.code, fields[0]?.field]).toEqual([code, field])
    expect(await countStored()).toEqual(NOTHING)
  })

  it.each<[string, Sent, string]>([
    ['another type', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, 'BODY_TYPE_UNSUPPORTED'],
    ['a compressed body', { headers: { 'Content-Encoding': 'gzip' } }, 'BODY_TYPE_UNSUPPORTED'],
    ['an unknown parameter', { query: '?secret=x' }, 'VALIDATION_FAILED'],
  ])('refuses %s', async (_, sent, code) => {
    expect(await codeOf(deliver(LEAD, sent))).toBe(code)
  })

  it('refuses more than 1 MiB before it checks the signature', async () => {
    expect(await codeOf(deliver({ data: { note: 'x'.repeat(2 ** 20) } }, { secrets: [] }))).toBe('BODY_TOO_LARGE')
  })

  it('stores texts that Postgres cannot hold as it stores those of lists', async () => {
    const { status } = await deliver({ data: { domain: 'acme.com.tr', note: 'a\0b' } })
    expect([status, (await readRows())[0]?.['input']]).toEqual([202, { domain: 'acme.com.tr', note: 'a\uFFFDb' }])
  })
})

describe('a secret', () => {
  beforeEach(startAfresh)

  const idOf = async () => {
    const { rows } = await database.db.execute<{ id: string }>(sql`select id from webhook_sources`)
    return rows[0]?.id ?? ''
  }
  const works = async (...secrets: string[]) => (await codeOf(deliver(LEAD, { secrets }))) === 202
  const rotate = async (body: object) => {
    const answer = await manage('POST', `/${await idOf()}/rotate`, body)
    return { ...(answer.body.data as { secret: string; previous_until: string | null }), code: answer.body.error?.code }
  }

  it('works until its rotation has ended, and the new one from the start', async () => {
    const { secret: next, previous_until: until } = await rotate({ grace_seconds: 60 })
    expect([await works(secret), await works(next), await works(next, secret)]).toEqual([true, true, true])
    expect((await manage('GET', '')).body.data['webhooks']).toMatchObject([{ previous_until: until, state: 'active' }])
    api.clock.advanceMs(59_999)
    expect([await works(secret), await works(next)]).toEqual([true, true])
    api.clock.advanceMs(1)
    expect([await works(secret), await works(next)]).toEqual([false, true])
    expect((await manage('GET', '')).body.data['webhooks']).toMatchObject([{ previous_until: null }])
  })

  it('works for 24 hours unless the rotation says otherwise, and ends at once with no grace', async () => {
    const { previous_until: until } = await rotate({})
    expect(until).toBe('2026-11-21T00:00:00.000Z')
    expect((await rotate({ grace_seconds: 1 })).code).toBe('WEBHOOK_IN_GRACE')
    const last = await rotate({ grace_seconds: 0 })
    expect([last.previous_until, await works(secret), await works(last.secret)]).toEqual([null, false, true])
  })

  it('of before the rotation can be ended early, which leaves the new one alone', async () => {
    const { secret: next } = await rotate({})
    const ended = await manage('DELETE', `/${await idOf()}?secret=previous`)
    expect(ended.body.data).toMatchObject({ state: 'active', previous_until: null })
    expect([await works(secret), await works(next)]).toEqual([false, true])
  })

  it('ends with its webhook, and with its key', async () => {
    const id = await idOf()
    const second = await create(key)
    expect((await manage('DELETE', `/${id}`)).body.data).toMatchObject({ id, state: 'revoked' })
    expect([await works(secret), await works(second.secret)]).toEqual([false, true])
    expect(await manage('POST', `/${id}/rotate`, {})).toMatchObject({ status: 409 })
    await api.call('DELETE', `/api/v1/admin/keys/${keyid()}`, { key: admin })
    expect((await manage('GET', '')).body.data['webhooks']).toMatchObject([
      { state: 'revoked' },
      { state: 'key-ended' },
    ])
    api.clock.advanceMs(5_000)
    expect(await codeOf(deliver(LEAD, { secrets: [second.secret] }))).toBe('KEY_INVALID')
  })

  it('is shown once, and is neither in the database, nor in the log, nor in another answer', async () => {
    const { secret: next } = await rotate({})
    const answers = [await manage('GET', ''), await deliver(LEAD), await manage('DELETE', `/${await idOf()}`)]
    const { rows } = await database.db.execute(sql`
      select (select jsonb_agg(to_jsonb(s)) from webhook_sources s) as sources, (select jsonb_agg(to_jsonb(a)) from audit_log a) as audit`)
    const seen = JSON.stringify([rows, api.lines, answers.map(({ text }) => text)])
    for (const one of [secret, next]) expect(seen).not.toContain(one.slice('whsec_'.length))
    expect(rows[0]?.['sources']).toMatchObject([{ secret: null, previous_secret: null }])
  })

  it('that was copied to the row of another webhook does not decrypt there', async () => {
    const { id } = await create(key)
    await database.db.execute(
      sql`update webhook_sources set secret = (select secret from webhook_sources where id <> ${id}) where id = ${id}`,
    )
    await database.db.execute(sql`update webhook_sources set revoked_at = now(), secret = null where id <> ${id}`)
    expect(await codeOf(deliver(LEAD))).toBe('INTERNAL')
  })
})

describe('a new webhook', () => {
  beforeEach(startAfresh)

  it('needs an active key that can write', async () => {
    const reader = await api.key(['read'])
    const cases: [string, string, number][] = [
      ['nobody000000', 'KEY_NOT_FOUND', 404],
      ['\0', 'KEY_NOT_FOUND', 404],
      [String(reader.split('_')[2]), 'VALIDATION_FAILED', 422],
    ]
    for (const [id, code, status] of cases) {
      const answer = await manage('POST', '', { name: 'x', keyid: id })
      expect([answer.status, answer.body.error.code]).toEqual([status, code])
    }
    await api.call('DELETE', `/api/v1/admin/keys/${keyid()}`, { key: admin })
    expect((await manage('POST', '', { name: 'x', keyid: keyid() })).body.error.code).toBe('KEY_NOT_ACTIVE')
  })

  it('is refused when the key has ten, however many are created at a time', async () => {
    const all = Array.from({ length: 12 }, () => manage('POST', '', { name: 'x', keyid: keyid() }))
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses.sort((one, other) => one - other)).toEqual([...Array<number>(9).fill(201), 422, 422, 422])
  })

  it('is for administrators', async () => {
    const answer = await api.call('POST', '/api/v1/admin/webhooks', { key, body: { name: 'x', keyid: keyid() } })
    expect([answer.status, answer.body.error.code]).toEqual([403, 'SCOPE_MISSING'])
  })
})
