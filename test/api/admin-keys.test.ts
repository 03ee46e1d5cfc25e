import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let admin: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  api = createTestApi(database.db)
  admin = await api.key(['admin'])
})

const call = (method: string, path: string, body?: unknown) =>
  api.call(method, `/api/v1/admin/keys${path}`, { key: admin, ...(body === undefined ? {} : { body }) })
const opens = async (key: string) => (await api.call('GET', '/api/v1/leads', { key })).status

it('creates a working key, shows its text once, rotates it and revokes it', async () => {
  const made = await call('POST', '', { name: 'Sales', scopes: ['read'], limit_per_minute: 5 })
  expect(made.status).toBe(201)
  const { key, keyid } = made.body.data as { key: string; keyid: string }
  expect(await opens(key)).toBe(200)
  const listed = await call('GET', '')
  expect(listed.body.data['keys']).toContainEqual(
    expect.objectContaining({ keyid, name: 'Sales', scopes: ['read'], limit_per_minute: 5, state: 'active' }),
  )
  expect(listed.text).not.toContain(key.split('_')[3])
  const rotated = await call('POST', `/${keyid}/rotate`, { grace_seconds: 0 })
  expect(rotated.status).toBe(200)
  api.clock.advanceMs(5_000)
  expect(await opens(key)).toBe(401)
  expect(await opens(String(rotated.body.data['key']))).toBe(200)
  expect((await call('DELETE', `/${keyid}`)).body.data).toMatchObject({ keyid, state: 'revoked' })
  api.clock.advanceMs(5_000)
  expect(await opens(String(rotated.body.data['key']))).toBe(401)
})

it('is for administrators alone', async () => {
  const key = await api.key(['read', 'write'])
  const calls = [
    ['GET', ''],
    ['POST', ''],
    ['POST', '/a/rotate'],
    ['DELETE', '/a'],
  ] as const
  for (const [method, path] of calls) {
    const answer = await api.call(method, `/api/v1/admin/keys${path}`, { key })
    expect([answer.status, answer.body.error.code]).toEqual([403, 'SCOPE_MISSING'])
  }
})

it.each([
  [{}, ['name', 'scopes']],
  [{ name: ' ', scopes: [] }, ['name', 'scopes']],
  [{ name: 'a', scopes: ['root'] }, ['scopes.0']],
  [{ name: 'a', scopes: ['read'], limit_per_minute: 0 }, ['limit_per_minute']],
  [{ name: 'a', scopes: ['read'], limit_per_minute: 1.5, expires_at: 'soon' }, ['limit_per_minute', 'expires_at']],
  [{ name: 'a', scopes: ['read'], keyid: 'chosen' }, ['keyid']],
  [{ name: 'a', scopes: ['read'], expires_at: '0000-01-01T00:00:00Z' }, ['expires_at']],
  [{ name: 'a', scopes: ['read'], expires_at: '9999-12-31T23:59:59-01:00' }, ['expires_at']],
  [{ name: 'a', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' }, ['expires_at']],
  [{ name: 'a\nb', scopes: ['read'] }, ['name']],
  [{ name: 'a\u0085b', scopes: ['read'] }, ['name']],
  [{ name: 'a\u200Bb', scopes: ['read'] }, ['name']],
  [{ name: '\u3164', scopes: ['read'] }, ['name']],
  [{ name: '👍'.repeat(201), scopes: ['read'] }, ['name']],
  [{ name: 'a\u202Eb', scopes: ['read'] }, ['name']],
  [{ name: 'a\uD800', scopes: ['read'] }, ['name']],
])('refuses %j and names its fields', async (body, fields) => {
  const answer = await call('POST', '', body)
  expect(answer.status).toBe(422)
  const named = answer.body.error.details['fields'] as { field: string }[]
  expect(named.map(({ field }) => field)).toEqual(fields)
})

it('revokes the last administrator only when forced', async () => {
  const { keyid } = (
    await api.call('POST', '/api/v1/admin/keys', { key: admin, body: { name: 'a', scopes: ['admin'] } })
  ).body.data as { keyid: string }
  const all = (await call('GET', '')).body.data['keys'] as { keyid: string; scopes: string[]; state: string }[]
  const own = admin.split('_')[2] ?? ''
  const others = all.filter((key) => key.scopes.includes('admin') && key.state === 'active' && key.keyid !== own)
  expect(others.map((key) => key.keyid)).toContain(keyid)
  for (const other of others) expect((await call('DELETE', `/${other.keyid}`)).status).toBe(200)
  const kept = await call('DELETE', `/${own}`)
  expect([kept.status, kept.body.error.code]).toEqual([409, 'KEY_LAST_ADMIN'])
  expect((await call('DELETE', `/${own}?force=true`)).status).toBe(200)
})

it('stores each scope once', async () => {
  const made = await call('POST', '', { name: 'twice', scopes: ['write', 'read', 'write'] })
  const listed = await call('GET', '')
  expect(listed.body.data['keys']).toContainEqual(
    expect.objectContaining({ keyid: made.body.data['keyid'], scopes: ['write', 'read'] }),
  )
})

it('answers 404 for an id that no key can have', async () => {
  for (const keyid of ['%00', 'a%00b', 'x'.repeat(5_000)]) {
    const { status, body } = await call('DELETE', `/${keyid}`)
    expect([status, body.error.code]).toEqual([404, 'KEY_NOT_FOUND'])
  }
})
