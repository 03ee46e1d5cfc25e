/** Sessions of the page: a cookie stands for a key, ends with it, and is no good to another page. */
import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseEvent } from '#api/http/event'
import { auditLog, sessions } from '#db/tables'
import { revokeKey, rotateKey } from '#keys/lifecycle'
import { isEqual } from '#keys/match-secret'
import { endSession, SESSION_SECONDS, SESSIONS_PER_KEY_MAX } from '#keys/sessions/lifecycle'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, PEPPER, type TestApi } from '../support/test-api.ts'

const PATH = '/api/v1/session'
const LEADS = '/api/v1/leads'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

let database: HunterDatabase
let api: TestApi
let key: string
let keyid: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
  keyid = key.split('_')[2] ?? ''
})

/** Signs in as the page does, and returns the cookie that a browser would send from then on. */
async function signIn(by = key, headers: Record<string, string> = {}) {
  const answer = await api.call('POST', PATH, { key: by, headers: { 'User-Agent': FIREFOX, ...headers } })
  const set = answer.headers.get('Set-Cookie') ?? ''
  const cookie = set.split(';')[0] ?? ''
  return { answer, set, cookie, id: /=([^.]*)/.exec(cookie)?.[1] ?? '', secret: cookie.split('.')[1] ?? '' }
}
const read = (cookie: string, headers: Record<string, string> = {}) =>
  api.call('GET', LEADS, { headers: { Cookie: cookie, ...headers } })
const own = { 'Sec-Fetch-Site': 'same-origin' }
const keyDeps = () => ({ db: database.db, clock: api.clock, pepper: PEPPER, env: 'test', randomBytes })
const by = () => ({ keyid, actor: 'test' })
/** Trust in a verified key or session lasts that long. */
const TRUST_MS = 5_000

describe('signing in', () => {
  it('sets a cookie that no script and no other site can read or send, and that ends with the session', async () => {
    const { answer, set, secret } = await signIn()
    expect(answer.status).toBe(201)
    expect(set).toMatch(
      /^__Host-hunter=[\da-f-]{36}\.[\w-]{43}; Max-Age=43200; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    )
    expect(answer.body.data).toEqual({
      key: { keyid, name: 'test', scopes: ['read', 'write'], limit_per_minute: null },
      expires_at: new Date(api.clock.now().getTime() + SESSION_SECONDS * 1_000).toISOString(),
    })
    expect(answer.text).not.toContain(secret)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  it('makes a session with the scopes and the limit of its key, and says who is signed in', async () => {
    const { cookie, answer } = await signIn()
    expect((await read(cookie)).status).toBe(200)
    const who = await api.call('GET', PATH, { headers: { Cookie: cookie } })
    expect(who.body.data).toEqual(answer.body.data)
    const refused = await api.call('GET', '/api/v1/admin/keys', { headers: { Cookie: cookie } })
    expect([refused.status, refused.body.error.code]).toEqual([403, 'SCOPE_MISSING'])
    api.limits.push({ allowed: false, remaining: 0 })
    expect((await read(cookie)).status).toBe(429)
    const withKey = await api.call('GET', PATH, { key })
    expect(withKey.body.data).toMatchObject({ key: { keyid }, expires_at: null })
  })

  it('needs a key: neither nothing, nor a wrong key, nor a session opens one', async () => {
    const { cookie } = await signIn()
    for (const [sent, code] of [
      [{}, 'KEY_MISSING'],
      [{ key: 'hk_test_wrong' }, 'KEY_INVALID'],
      [{ headers: { Cookie: cookie, ...own } }, 'KEY_MISSING'],
    ] as const) {
      const answer = await api.call('POST', PATH, sent)
      expect([answer.status, answer.body.error.code, answer.headers.get('Set-Cookie')]).toEqual([401, code, null])
    }
  })

  it('takes no secret from the browser, so that a planted cookie is worth nothing, and ends the session that it replaces', async () => {
    const planted = `__Host-hunter=0190f0a0-0000-7000-8000-000000000000.${'A'.repeat(43)}`
    const first = await signIn(key, { Cookie: planted })
    expect(first.cookie).not.toBe(planted)
    expect((await read(planted)).status).toBe(401)
    const second = await signIn(key, { Cookie: first.cookie })
    api.clock.advanceMs(TRUST_MS)
    expect([(await read(first.cookie)).status, (await read(second.cookie)).status]).toEqual([401, 200])
    const guessed = `__Host-hunter=${second.id}.${'A'.repeat(43)}`
    await signIn(key, { Cookie: guessed })
    api.clock.advanceMs(TRUST_MS)
    expect((await read(second.cookie)).status).toBe(200)
  })

  it(`keeps at most ${SESSIONS_PER_KEY_MAX} sessions of a key, also of sign-ins at once, and removes expired ones`, async () => {
    const oldest = await signIn()
    api.clock.advanceMs(1_000)
    await Promise.all(Array.from({ length: SESSIONS_PER_KEY_MAX }, () => signIn()))
    const count = () => database.db.$count(sessions, eq(sessions.keyid, keyid))
    expect(await count()).toBe(SESSIONS_PER_KEY_MAX)
    api.clock.advanceMs(TRUST_MS)
    expect((await read(oldest.cookie)).status).toBe(401)
    api.clock.advanceMs(SESSION_SECONDS * 1_000)
    await signIn(await api.key(['read']))
    expect(await count()).toBe(0)
  })

  it('ends no session of a colleague for those that were signed out already', async () => {
    const colleague = await signIn()
    for (let i = 0; i < SESSIONS_PER_KEY_MAX; i += 1) {
      api.clock.advanceMs(TRUST_MS)
      const { cookie } = await signIn()
      await api.call('DELETE', PATH, { headers: { Cookie: cookie, ...own } })
    }
    api.clock.advanceMs(TRUST_MS)
    expect((await read(colleague.cookie)).status).toBe(200)
    expect(await database.db.$count(sessions, eq(sessions.keyid, keyid))).toBe(SESSIONS_PER_KEY_MAX)
  })
})

describe('a session ends', () => {
  const expectEnded = async (cookie: string) => {
    const answer = await read(cookie)
    expect([answer.status, answer.body.error.code]).toEqual([401, 'SESSION_EXPIRED'])
    expect(answer.headers.get('Set-Cookie')).toBe(
      '__Host-hunter=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict',
    )
  }

  it('twelve hours after the sign-in, however much it is used', async () => {
    const { cookie } = await signIn()
    api.clock.advanceMs(SESSION_SECONDS * 1_000 - 1)
    expect((await read(cookie)).status).toBe(200)
    api.clock.advanceMs(1)
    await expectEnded(cookie)
  })

  it('when its user signs out, and the browser drops the cookie', async () => {
    const { cookie, id } = await signIn()
    const ended = await api.call('DELETE', PATH, { headers: { Cookie: cookie, ...own } })
    expect(ended.body.data).toEqual({ session: id })
    expect(ended.headers.get('Set-Cookie')).toContain('__Host-hunter=; Max-Age=0;')
    api.clock.advanceMs(TRUST_MS)
    await expectEnded(cookie)
    expect((await api.call('GET', LEADS, { key })).status).toBe(200)
  })

  it('when an administrator revokes it, within five seconds, and other sessions of the key stay', async () => {
    const [admin, one, other] = [await api.key(['admin']), await signIn(), await signIn()]
    await read(one.cookie)
    const revoked = await api.call('DELETE', `/api/v1/admin/sessions/${one.id}`, { key: admin })
    expect(revoked.status).toBe(200)
    api.clock.advanceMs(TRUST_MS)
    await expectEnded(one.cookie)
    expect((await read(other.cookie)).status).toBe(200)
    const again = await api.call('DELETE', `/api/v1/admin/sessions/${one.id}`, { key: admin })
    expect([again.status, again.body.data]).toEqual([200, revoked.body.data])
    for (const id of ['x', '0190f0a0-0000-7000-8000-000000000000']) {
      const unknown = await api.call('DELETE', `/api/v1/admin/sessions/${id}`, { key: admin })
      expect([unknown.status, unknown.body.error.code]).toEqual([404, 'SESSION_NOT_FOUND'])
    }
  })

  it('with its key: revoked, or expired', async () => {
    const { cookie } = await signIn()
    await revokeKey(keyDeps(), { ...by(), force: true })
    api.clock.advanceMs(TRUST_MS)
    await expectEnded(cookie)
    const admin = await api.key(['admin'])
    const inAnHour = new Date(api.clock.now().getTime() + 3_600_000).toISOString()
    const body = { name: 'short', scopes: ['read'], expires_at: inAnHour }
    const made = await api.call('POST', '/api/v1/admin/keys', { key: admin, body })
    const short = await signIn(String(made.body.data['key']))
    expect(short.answer.body.data['expires_at']).toBe(inAnHour)
    expect(short.set).toContain('Max-Age=3600;')
    api.clock.advanceMs(3_600_000)
    await expectEnded(short.cookie)
  })

  it('with the secret that signed in: at the end of the grace period of a rotation, or at once without one', async () => {
    const { cookie } = await signIn()
    const rotated = await rotateKey({ ...keyDeps() }, { ...by(), graceSeconds: 60 })
    const next = await signIn(rotated.key)
    const late = await signIn(key) // the old secret, in its grace period
    expect(late.set).toContain('Max-Age=60;')
    api.clock.advanceMs(TRUST_MS)
    expect([(await read(cookie)).status, (await read(next.cookie)).status]).toEqual([200, 200])
    api.clock.advanceMs(60_000)
    await expectEnded(cookie)
    await expectEnded(late.cookie)
    expect((await read(next.cookie)).status).toBe(200)
    await rotateKey({ ...keyDeps() }, { ...by(), graceSeconds: 0 })
    api.clock.advanceMs(TRUST_MS)
    await expectEnded(next.cookie)
  })

  it.each([
    ['no token', 'x'],
    ['another secret', (id: string) => `${id}.${'A'.repeat(43)}`],
    ['another id', (_: string, secret: string) => `0190f0a0-0000-7000-8000-000000000000.${secret}`],
    ['SQL', (id: string) => `${id}.' or 1=1 --`],
    ['more text', (id: string, secret: string) => `${id}.${secret}A`],
  ])('and a forged cookie never begins one: %s', async (_, forge) => {
    const { id, secret } = await signIn()
    const answer = await read(`__Host-hunter=${typeof forge === 'string' ? forge : forge(id, secret)}`)
    expect([answer.status, answer.body.error.code]).toEqual([401, 'SESSION_EXPIRED'])
  })
})

describe('a request with a cookie', () => {
  const OWN = 'http://localhost'
  const CORS = 'https://app.example.com'
  type Sent = [site: string | undefined, origin: string | undefined, writes: boolean, reads: boolean]
  const MATRIX: Sent[] = [
    ['same-origin', OWN, true, true],
    ['same-origin', undefined, true, true],
    [undefined, OWN, true, true],
    [undefined, undefined, false, true],
    ['none', undefined, false, true],
    ['same-site', undefined, false, true],
    ['cross-site', undefined, false, false],
    ['cross-site', OWN, false, false],
    ['same-site', OWN, false, true],
    ['same-origin', CORS, false, false],
    ['same-site', CORS, false, false],
    [undefined, CORS, false, false],
    [undefined, 'null', false, false],
    [undefined, 'http://localhost:81', false, false],
    [undefined, 'https://localhost', false, false],
    [undefined, 'http://localhost.evil.example', false, false],
  ]

  it.each(MATRIX)(
    'from the site %s and the origin %s may change something: %s, and read: %s',
    async (site, origin, writes, reads) => {
      const { cookie } = await signIn(await api.key(['admin']))
      const headers = {
        Cookie: cookie,
        ...(site === undefined ? {} : { 'Sec-Fetch-Site': site }),
        ...(origin === undefined ? {} : { Origin: origin }),
      }
      const isAccepted = async (method: string, path: string) =>
        (await api.call(method, path, { headers })).status !== 403
      for (const [method, path] of [
        ['POST', '/api/v1/leads/lookup'],
        ['PUT', '/api/v1/rescan/schedule'],
        ['PATCH', '/api/v1/alerts/channels/x'],
        ['DELETE', '/api/v1/alerts/channels/x'],
      ] as const) {
        expect([method, await isAccepted(method, path)]).toEqual([method, writes])
      }
      expect([await isAccepted('GET', LEADS), await isAccepted('HEAD', LEADS)]).toEqual([reads, reads])
    },
  )

  it('is refused with two sessions, and reads its own among other cookies', async () => {
    const [one, other] = [await signIn(), await signIn()]
    const both = await read(`${one.cookie}; ${other.cookie}`)
    expect([both.status, both.body.error.code]).toEqual([400, 'KEYS_SEVERAL'])
    expect((await read(`theme=dark; x__Host-hunter=1; ${one.cookie}; __Host-hunter2=2`)).status).toBe(200)
  })

  it('runs with the key of a header where there is one, and never with the session instead of a wrong key', async () => {
    const { cookie } = await signIn()
    const admin = await api.key(['admin'])
    const keys = await api.call('GET', '/api/v1/admin/keys', { key: admin, headers: { Cookie: cookie } })
    expect(keys.status).toBe(200)
    for (const [headers, code] of [
      [{ Authorization: 'Bearer hk_test_wrong' }, 'KEY_INVALID'],
      [{ Authorization: 'Bearer ' }, 'KEY_MISSING'],
      [{ 'X-API-Key': '' }, 'KEY_MISSING'],
    ] as const) {
      expect((await read(cookie, headers)).body.error.code).toBe(code)
    }
  })

  it('asks the database once in five seconds, not with each request, and writes its use once a minute', async () => {
    const { cookie } = await signIn()
    await read(cookie)
    const queries = vi.spyOn(database.db.$client, 'query')
    const asked = () => queries.mock.calls.filter(([text]) => JSON.stringify(text).includes('sessions')).length
    for (let i = 0; i < 5; i += 1) await read(cookie)
    expect(asked()).toBe(0)
    api.clock.advanceMs(TRUST_MS)
    await read(cookie)
    expect(asked()).toBe(1)
    api.clock.advanceMs(60_000)
    await read(cookie)
    expect(asked()).toBe(3)
    queries.mockRestore()
  })

  /** An API whose callers' address has sent too many unknown keys. */
  const createGuessedApi = () => {
    const later = new Date(api.clock.now().getTime() + 60_000)
    const window = { limit: 1, windowMs: 60_000, resetAt: later, retryAt: later }
    const refusal = { allowed: false, remaining: 0, degraded: false, ...window }
    const failedKeyLimiter = {
      limit: async () => refusal,
      limitThenDecide: async () => () => refusal,
      knownBlock: () => refusal,
    }
    return createTestApi(database.db, { failedKeyLimiter })
  }

  it('still works behind an address that guesses, and the guesses cost no look-up each', async () => {
    const { cookie } = await signIn()
    api = createGuessedApi()
    expect((await read(cookie)).status).toBe(200)
    const guess = await read(`__Host-hunter=0190f0a0-0000-7000-8000-000000000000.${'A'.repeat(43)}`)
    expect([guess.status, guess.body.error.details['limit']]).toEqual([429, 'failed_key'])
  })

  it('ends within five seconds behind such an address, too', async () => {
    const [one, other] = [await signIn(), await signIn()]
    api = createGuessedApi()
    await read(other.cookie) // reads the list that the next requests find
    await endSession(keyDeps(), { id: one.id, own: false, actor: 'test' })
    api.clock.advanceMs(TRUST_MS - 1)
    await read(one.cookie)
    api.clock.advanceMs(1)
    expect([(await read(one.cookie)).status, (await read(other.cookie)).status]).toEqual([429, 200])
  })
})

describe('administrators', () => {
  it('see the open sessions of all keys, page by page, without what would open one', async () => {
    await database.db.execute(sql`truncate sessions`)
    const admin = await api.key(['admin'])
    const [first, second] = [await signIn(), await signIn()]
    const other = await api.key(['read'])
    await signIn(other) // its key ends, and the session with it
    await revokeKey(keyDeps(), { keyid: other.split('_')[2] ?? '', actor: 'test', force: true })
    const page = await api.call('GET', '/api/v1/admin/sessions?limit=1', { key: admin })
    expect(page.body.data['sessions']).toEqual([
      expect.objectContaining({ keyid, key_name: 'test', browser: 'Firefox on Linux' }),
    ])
    const rest = await api.call('GET', `/api/v1/admin/sessions?cursor=${String(page.body.data['next_cursor'])}`, {
      key: admin,
    })
    const ids = [page, rest].flatMap(({ body }) => (body.data['sessions'] as { id: string }[]).map(({ id }) => id))
    expect(ids.sort()).toEqual([first.id, second.id].sort())
    expect(page.text + rest.text).not.toContain(first.secret)
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', `/${first.id}`],
    ] as const) {
      expect((await api.call(method, `/api/v1/admin/sessions${path}`, { key })).status).toBe(403)
    }
  })
})

it('leaves each sign-in, sign-out and revocation in the audit log, and no secret in the log, the audit or the table', async () => {
  await database.db.execute(sql`truncate audit_log`)
  const admin = await api.key(['admin'])
  await database.db.execute(sql`truncate audit_log`)
  const [one, other] = [await signIn(), await signIn()]
  await api.call('DELETE', PATH, { headers: { Cookie: one.cookie, ...own } })
  await api.call('DELETE', `/api/v1/admin/sessions/${other.id}`, { key: admin })
  await read(`${one.cookie}x`)
  const entries = await database.db.select().from(auditLog).orderBy(auditLog.id)
  expect(entries.map(({ actor, action, object }) => [actor, action, object])).toEqual([
    [`key:${keyid}`, 'session.opened', `session:${one.id}`],
    [`key:${keyid}`, 'session.opened', `session:${other.id}`],
    [`key:${keyid}`, 'session.closed', `session:${one.id}`],
    [`key:${admin.split('_')[2]}`, 'session.revoked', `session:${other.id}`],
  ])
  const stored = await database.db.execute(sql`select to_jsonb(s) from sessions s`)
  const everything = JSON.stringify([api.lines, entries, stored.rows])
  for (const { secret } of [one, other]) expect(everything).not.toContain(secret)
  expect(everything).not.toContain(key.split('_')[3])
})

it('compares the secret of a cookie in constant time, also when there is no such session', () => {
  const kept = Buffer.alloc(32, 1)
  expect([
    isEqual(kept, Buffer.alloc(32, 1)),
    isEqual(kept, Buffer.alloc(32)),
    isEqual(undefined, Buffer.alloc(32)),
  ]).toEqual([true, false, false])
})

it('reads the cookies of an event once, whether the gateway also passes them on as a header or not', () => {
  const event = {
    rawPath: LEADS,
    cookies: ['a=1', '__Host-hunter=2'],
    headers: { Cookie: 'a=1; __Host-hunter=2' },
    requestContext: { http: { method: 'GET' } },
  }
  expect(parseEvent(event).request.headers.get('cookie')).toBe('a=1; __Host-hunter=2')
})
