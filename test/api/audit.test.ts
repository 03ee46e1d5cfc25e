import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATIONS } from '#api/contract/operations'
import { AUDIT_ACTIONS } from '#db/audit'
import { type AuditFilters, listAudit } from '#db/audit-list'
import { auditLog } from '#db/tables'
import { createExamples } from '../support/create-examples.ts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  for (const [name, records] of Object.entries(googleCompany('acme.com.tr'))) api.dns.zone.set(name, records)
})
afterAll(() => database.close())

/** Operations that send a body and store nothing: why each leaves no entry. The test below proves it. */
const NOT_AUDITED: Record<string, string> = {
  'post /api/v1/email-tools/generate': 'it computes its answer from the request alone',
  'post /api/v1/email-tools/validate': 'it asks the DNS and stores no row',
  'post /api/v1/ingest/uploads': 'it signs a form; what is sent with it goes to the bucket',
  'delete /api/v1/session': 'it ends the session of a cookie, and a key has none; sessions.test.ts has the entry',
  'post /api/v1/leads/lookup': 'it reads up to a hundred leads',
}
/** Retired operations only ever answer 410, and `retired.test.ts` holds that. */
const sending = Object.entries(OPERATIONS).flatMap(([name, { answer }]) =>
  name.startsWith('get ') || answer === 'gone' ? [] : [name],
)
const changing = sending.filter((name) => !(name in NOT_AUDITED))
const DELETED_OVERRIDE = 'put /api/v1/admin/provider-overrides/{signal}/{suffix}'

/** Creates what the example names, and answers the request that the example sends. */
async function prepare(name: string): Promise<() => Promise<{ status: number; requestId: string | null }>> {
  await keepLead(database.db, sampleLead({ domain: 'acme.com.tr' }))
  const known = await createExamples(api, database.db, key)
  const send = async (operation: string) => {
    const [method = '', path = ''] = operation.split(' ')
    const { example } = OPERATIONS[operation] ?? {}
    const params: Record<string, string> = { ...example?.params, ...known }
    const target = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(params[part] ?? ''))
    const body = example?.body === undefined ? {} : { body: example.body }
    const { status, headers } = await api.call(method.toUpperCase(), target, { key, ...body })
    return { status, requestId: headers.get('X-Request-Id') }
  }
  await send(DELETED_OVERRIDE)
  return () => send(name)
}

async function countRows(): Promise<unknown> {
  const { rows } = await database.db.execute<{ name: string }>(
    sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  const counts = rows.map(({ name }) => sql`(select count(*) from ${sql.identifier(name)})`)
  return (await database.db.execute(sql`select jsonb_build_array(${sql.join(counts, sql`, `)}) as counts`)).rows
}

describe('every operation that changes something leaves exactly one entry', () => {
  it.each(changing)('%s', async (name) => {
    const send = await prepare(name)
    await database.db.execute(sql`truncate audit_log`)
    const { status, requestId } = await send()
    expect(status).toBeLessThan(300)
    const entries = await database.db.select().from(auditLog)
    const actor = OPERATIONS[name]?.scopes ? `key:${key.split('_')[2]}` : 'unsubscribe-link'
    expect(entries.map((entry) => entry.actor)).toEqual([actor])
    expect(entries[0]?.requestId).toBe(requestId)
    expect(AUDIT_ACTIONS).toContain(entries[0]?.action)
  })

  it.each(Object.keys(NOT_AUDITED))('but %s, which stores no row in any table', async (name) => {
    const send = await prepare(name)
    const before = await countRows()
    expect((await send()).status).toBeLessThan(300)
    expect(await countRows()).toEqual(before)
  })

  it('and a refused one leaves none', async () => {
    const before = await database.db.select().from(auditLog)
    expect((await api.call('POST', '/api/v1/leads/yok.com.tr/rescan', { key })).status).toBe(404)
    expect(await database.db.select().from(auditLog)).toHaveLength(before.length)
  })
})

const ACTIONS = AUDIT_ACTIONS.slice(0, 20)

/** 30,000 entries: five actors, twenty actions, nine objects of ten are one key's, four share each moment. */
async function fillLog(): Promise<void> {
  await database.db.execute(sql`truncate audit_log`)
  await database.db.execute(sql`
    insert into audit_log (at, actor, action, object)
    select timestamptz '2026-11-01' + (n / 4) * interval '1 second', 'key:k' || n % 5, (${sql.param(ACTIONS)}::text[])[1 + n % 20],
           case when n % 10 = 0 then 'lead:' || n else 'key:one' end
      from generate_series(1, 30000) n`)
  await database.db.execute(sql`analyze audit_log`)
}

describe('the list', () => {
  beforeAll(fillLog)

  const ask = async (query: string) => {
    const { status, body } = await api.call('GET', `/api/v1/admin/audit?${query}`, { key })
    const data = body.data as unknown as { entries: Record<string, string>[]; next_cursor: string | null }
    return { status, ...data, code: body.error?.code }
  }

  it('comes newest first, in pages that neither repeat nor leave out one of several entries of one moment', async () => {
    const query = `actor=key:k2&action=${ACTIONS[2]}&since=2026-11-01T02:00:00Z`
    const seen: number[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await ask(`${query}&limit=7${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.entries.map(({ id }) => Number(id)))
      cursor = page.next_cursor
    }
    const { rows } = await database.db.execute<{ id: string }>(
      sql`select id from audit_log where actor = 'key:k2' and action = ${ACTIONS[2]} and at >= '2026-11-01T02:00:00Z' order by at desc, id desc`,
    )
    expect(seen.length).toBeGreaterThan(20)
    expect(seen).toEqual(rows.map(({ id }) => Number(id)))
  })

  it('takes the first moment into the time span and leaves out the last', async () => {
    const page = await ask('since=2026-11-01T00:00:01Z&until=2026-11-01T00:00:02Z')
    expect(page.entries.map(({ at }) => at)).toEqual(Array(4).fill('2026-11-01T00:00:01.000Z'))
    expect((await ask('object=lead:20')).entries).toMatchObject([{ actor: 'key:k0', object: 'lead:20' }])
    expect((await ask('object=lead:21')).entries).toEqual([])
  })

  it.each(['since=yesterday', 'actor=', 'limit=0', 'cursor=e30', 'object=a%00b', 'who=me'])(
    'refuses %s',
    async (query) => {
      expect(await ask(query)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED' })
    },
  )

  it.each([
    ['lead.delte', 'lead.erased'],
    ['laed.erased', 'lead.erased'],
    ['KEY.CREATED', 'key.created'],
    ['key.create', 'key.created'],
    ['alert_chanel.rotated', 'alert_channel.rotated'],
    ['restore.finished', 'restore.completed'],
  ])('refuses the action %s, which the log never names, and suggests %s', async (action, meant) => {
    const { status, body } = await api.call('GET', `/api/v1/admin/audit?action=${action}`, { key })
    expect([status, body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
    expect(body.error.details['fields']).toEqual([{ field: 'action', message: expect.stringContaining(meant) }])
  })

  it('says of an action that resembles none what an action looks like', async () => {
    const { body } = await api.call('GET', '/api/v1/admin/audit?action=zzz', { key })
    const message = 'must be a known action, such as key.created'
    expect(body.error.details['fields']).toEqual([{ field: 'action', message }])
  })

  it('says how to write the + of a time zone in a URL, where it means a space', async () => {
    const refuse = async (time: string) =>
      (await api.call('GET', `/api/v1/admin/audit?since=${time}`, { key })).body.error.details['fields']
    const message = 'must be a time of the years 1 to 9999, such as 2027-01-31T00:00:00Z'
    expect(await refuse('2026-11-01T00:00:00+03:00')).toEqual([
      { field: 'since', message: `${message}; write its + as %2B in a URL` },
    ])
    expect(await refuse('2026-11-01')).toEqual([{ field: 'since', message }])
    expect(await ask('since=2026-11-01T00:00:00%2B03:00')).toMatchObject({ status: 200 })
  })

  it('needs the scope admin', async () => {
    const reader = await api.key(['read', 'write'])
    expect((await api.call('GET', '/api/v1/admin/audit', { key: reader })).status).toBe(403)
  })

  const some = { actor: 'key:k1', action: ACTIONS[1], object: 'key:one', since: new Date('2026-11-01T01:00:00Z') }
  const names = Object.keys(some) as (keyof typeof some)[]
  const combinations: AuditFilters[] = Array.from({ length: 2 ** names.length }, (_, bits) =>
    Object.fromEntries(names.filter((_, at) => bits & (1 << at)).map((name) => [name, some[name]])),
  )
  it.each(combinations.map((filters) => ({ filters, named: Object.keys(filters).join(' and ') || 'nothing' })))(
    'filtered by $named reads an index in the order of the page, without a sort',
    async ({ filters }) => {
      const statements: { sql: string; params: unknown[] }[] = []
      const logger = { logQuery: (text: string, params: unknown[]) => void statements.push({ sql: text, params }) }
      await listAudit(drizzle(database.db.$client, { logger }), { ...filters, limit: 50 })
      expect(statements).toHaveLength(1)
      const [statement] = statements as [(typeof statements)[0]]
      const { rows } = await database.db.$client.query<{ 'QUERY PLAN': string }>(
        `explain ${statement.sql}`,
        statement.params,
      )
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).toMatch(/Index Scan using audit_log_by_/)
      expect(plan).not.toMatch(/Seq Scan|Sort/)
    },
  )
})
