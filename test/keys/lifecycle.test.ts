import { randomBytes } from 'node:crypto'
import { hash } from 'bcryptjs'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createBcryptThread } from '#keys/compare-bcrypt'
import { importKeys } from '#keys/import'
import { listKeys, revokeKey, rotateKey } from '#keys/lifecycle'
import { generateKey, parseKey, formatKey } from '#keys/key-format'
import { createKey, createKeyVerifier, type NewKey } from '#keys/verify-key'
import { apiKeys, auditLog } from '#db/tables'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { TestClock } from '../support/test-clock.ts'

const actor = 'test'
const refusal = { code: 'KEY_INVALID', message: 'this key is unknown, expired or revoked' }
const compare = createBcryptThread()
let database: HunterDatabase
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  clock = new TestClock()
  await database.db.delete(apiKeys)
})

const deps = () => ({ db: database.db, clock, pepper: 'pepper', env: 'test', randomBytes })
const list = async () => (await listKeys(deps(), { limit: 100 })).items
/** A new instance of the API, which trusts no key yet. */
const verify = (key: string) => createKeyVerifier({ ...deps(), compare }).verify(key)
const make = (over: Partial<NewKey> = {}) => createKey(deps(), { name: 'one', scopes: ['read'], actor, ...over })
const stored = async (keyid: string) =>
  (await database.db.select().from(apiKeys).where(eq(apiKeys.keyid, keyid)))[0] as typeof apiKeys.$inferSelect

async function makeImported() {
  const text = generateKey('test', randomBytes)
  const key = formatKey(text)
  const bcrypt_hash = await hash(key, 4)
  await importKeys(deps(), { actor, keys: [{ keyid: text.keyid, name: 'old', scopes: ['write'], bcrypt_hash }] })
  return { keyid: text.keyid, key, bcrypt_hash }
}

it('rotates: the new secret works at once, the old one until the grace period ends, under one id', async () => {
  const old = await make({ limitPerMinute: 7 })
  const rotated = await rotateKey(deps(), { keyid: old.keyid, actor, graceSeconds: 60 })
  expect(parseKey(rotated.key)?.keyid).toBe(old.keyid)
  expect(await verify(rotated.key)).toEqual({ keyid: old.keyid, scopes: ['read'], limitPerMinute: 7 })
  expect(await verify(old.key)).toMatchObject({ keyid: old.keyid })
  clock.advanceMs(59_000)
  const trusting = createKeyVerifier(deps())
  await trusting.verify(old.key)
  clock.advanceMs(1_000)
  await expect(trusting.verify(old.key)).rejects.toMatchObject(refusal) // not trusted past the grace period
  expect(await verify(rotated.key)).toMatchObject({ keyid: old.keyid })
})

it('refuses a second rotation during a grace period, and ends both old secrets with a grace of 0', async () => {
  const first = await make()
  const second = await rotateKey(deps(), { keyid: first.keyid, actor, graceSeconds: 600 })
  const again = { keyid: first.keyid, actor, graceSeconds: 1 }
  await expect(rotateKey(deps(), again)).rejects.toMatchObject({
    code: 'KEY_IN_GRACE',
    details: { previous_until: second.previousUntil?.toISOString() },
  })
  for (const { key } of [first, second]) await verify(key)
  const third = await rotateKey(deps(), { ...again, graceSeconds: 0 })
  for (const { key } of [first, second]) await expect(verify(key)).rejects.toMatchObject(refusal)
  await verify(third.key)
})

it('rotates again from the moment the grace period ends', async () => {
  const first = await make()
  const second = await rotateKey(deps(), { keyid: first.keyid, actor, graceSeconds: 60 })
  const again = { keyid: first.keyid, actor, graceSeconds: 60 }
  clock.advanceMs(59_999)
  await verify(first.key)
  await expect(rotateKey(deps(), again)).rejects.toMatchObject({ code: 'KEY_IN_GRACE' })
  clock.advanceMs(1)
  await expect(verify(first.key)).rejects.toMatchObject(refusal)
  await rotateKey(deps(), again)
  await verify(second.key)
})

it('a revoked key stops working everywhere after five seconds, with its new secret and its old one', async () => {
  const { keyid, key } = await make()
  const rotated = await rotateKey(deps(), { keyid, actor, graceSeconds: 600 })
  const instances = Array.from({ length: 8 }, () => createKeyVerifier(deps()))
  for (const instance of instances) await instance.verify(rotated.key)
  const revoked = await revokeKey(deps(), { keyid, actor, force: false })
  expect(revoked).toMatchObject({ state: 'revoked', revokedAt: clock.now() })
  clock.advanceMs(5_000)
  for (const instance of instances) {
    await expect(instance.verify(rotated.key)).rejects.toMatchObject(refusal)
    await expect(instance.verify(key)).rejects.toMatchObject(refusal)
  }
  await expect(rotateKey(deps(), { keyid, actor, graceSeconds: 0 })).rejects.toMatchObject({ code: 'KEY_NOT_ACTIVE' })
  expect(await revokeKey(deps(), { keyid, actor, force: false })).toEqual(revoked)
})

it('a key expires on time, even while an instance trusts it', async () => {
  const { key, keyid } = await make({ expiresAt: new Date(clock.now().getTime() + 3_000) })
  const trusting = createKeyVerifier(deps())
  await trusting.verify(key)
  clock.advanceMs(3_000)
  await expect(trusting.verify(key)).rejects.toMatchObject(refusal)
  expect(await list()).toMatchObject([{ keyid, state: 'expired' }])
})

it('keeps the last administrator key unless forced, even when two administrators revoke each other at once', async () => {
  const [a, b] = [await make({ scopes: ['admin'] }), await make({ scopes: ['admin'] })]
  await make({ scopes: ['admin'], expiresAt: new Date(clock.now().getTime() + 1) })
  clock.advanceMs(1) // expired, so it does not count as an administrator
  const outcomes = await Promise.allSettled(
    [a, b].map(({ keyid }) => revokeKey(deps(), { keyid, actor, force: false })),
  )
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused).toHaveLength(1)
  expect(refused[0]?.reason).toMatchObject({ code: 'KEY_LAST_ADMIN' })
  const last = (await list()).find(({ state }) => state === 'active')
  expect(await revokeKey(deps(), { keyid: last?.keyid ?? '', actor, force: true })).toMatchObject({ state: 'revoked' })
})

it('answers KEY_NOT_FOUND for a key that does not exist', async () => {
  const change = { keyid: 'nothere', actor }
  await expect(rotateKey(deps(), { ...change, graceSeconds: 0 })).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
  await expect(revokeKey(deps(), { ...change, force: true })).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
})

it('an imported key works, and is stored as an HMAC from its first use on', async () => {
  const { keyid, key } = await makeImported()
  expect(await list()).toMatchObject([{ keyid, imported: true }])
  const others = Array.from({ length: 5 }, () => formatKey({ ...generateKey('test', randomBytes), keyid }))
  for (const other of others) await expect(verify(other)).rejects.toMatchObject(refusal)
  const atOnce = await Promise.all([verify(key), verify(key), verify(key)])
  expect(atOnce[0]).toEqual({ keyid, scopes: ['write'], limitPerMinute: null })
  expect(await stored(keyid)).toMatchObject({
    bcryptHash: null,
    secretHmac: expect.any(Buffer),
    lastUsedAt: clock.now(),
  })
  expect(await verify(key)).toMatchObject({ keyid })
  const upgrades = await database.db
    .select()
    .from(auditLog)
    .where(eq(auditLog.object, `key:${keyid}`))
  expect(upgrades.map(({ action }) => action).sort()).toEqual(['key.imported', 'key.upgraded'])
})

it('an imported key rotated before its first use has a grace period, and is upgraded during it', async () => {
  const { keyid, key } = await makeImported()
  const rotated = await rotateKey(deps(), { keyid, actor, graceSeconds: 60 })
  for (let use = 0; use < 2; use += 1) expect(await verify(key)).toMatchObject({ keyid })
  expect(await stored(keyid)).toMatchObject({ bcryptHash: null, previousHmac: expect.any(Buffer) })
  await verify(rotated.key)
  clock.advanceMs(60_000)
  await expect(verify(key)).rejects.toMatchObject(refusal)
})

it('imports a whole list or nothing', async () => {
  const { keyid, bcrypt_hash } = await makeImported()
  const entry = { name: 'x', scopes: ['read' as const], bcrypt_hash }
  const keys = [
    { ...entry, keyid: 'aaaaaaaaaaaa' },
    { ...entry, keyid },
  ]
  await expect(importKeys(deps(), { actor, keys })).rejects.toMatchObject({
    code: 'KEY_EXISTS',
    details: { keyids: [keyid] },
  })
  const [twice = entry] = keys
  const both = [
    { ...entry, ...twice, keyid: 'bbbbbbbbbbbb' },
    { ...entry, ...twice, keyid: 'bbbbbbbbbbbb' },
  ]
  await expect(importKeys(deps(), { actor, keys: both })).rejects.toMatchObject({ code: 'KEY_EXISTS' })
  expect(await list()).toHaveLength(1)
})

it('refuses to import an expired key', async () => {
  const entry = { name: 'x', scopes: ['read' as const], bcrypt_hash: `$2b$10$${'a'.repeat(53)}` }
  const keys = [
    { ...entry, keyid: 'aaaaaaaaaaaa', expires_at: new Date(clock.now().getTime() + 1) },
    { ...entry, keyid: 'bbbbbbbbbbbb', expires_at: clock.now() },
  ]
  const details = { fields: [{ field: '1.expires_at', message: 'must be in the future' }] }
  await expect(importKeys(deps(), { actor, keys })).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details })
  expect(await list()).toEqual([])
  expect(await importKeys(deps(), { actor, keys: keys.slice(0, 1) })).toEqual(['aaaaaaaaaaaa'])
})

it('lists and audits keys without secrets, in the order of their creation', async () => {
  const first = await make({ name: 'first' })
  clock.advanceMs(1_000)
  const second = await make({ name: 'second' })
  const rotated = await rotateKey(deps(), { keyid: second.keyid, actor, graceSeconds: 60 })
  const listed = await list()
  expect(listed.map(({ name, state }) => [name, state])).toEqual([
    ['first', 'active'],
    ['second', 'active'],
  ])
  const text = JSON.stringify([listed, await database.db.select().from(auditLog)])
  for (const { key } of [first, second, rotated]) expect(text).not.toContain(parseKey(key)?.secret)
  expect(text).not.toMatch(/hmac|bcrypt|\$2[aby]\$/i)
})
