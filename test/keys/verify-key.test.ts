import { randomBytes } from 'node:crypto'
import { drizzle } from 'drizzle-orm/node-postgres'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { generateKey, parseKey, formatKey } from '#keys/key-format'
import { createKey, createKeyVerifier, type KeyVerifier } from '#keys/verify-key'
import type { Database } from '#db/client'
import { apiKeys, auditLog } from '#db/tables'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
let clock: TestClock
let statements = 0
let verifier: KeyVerifier
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(() => {
  clock = new TestClock()
  verifier = createKeyVerifier(depsWith('pepper'))
  statements = 0
})

function depsWith(pepper: string, env = 'test') {
  const db: Database = drizzle(database.db.$client, { logger: { logQuery: () => void (statements += 1) } })
  return { db, clock, pepper, env }
}
const make = (scopes: ('read' | 'write')[] = ['read']) =>
  createKey({ ...depsWith('pepper'), randomBytes }, { name: 'one', scopes, actor: 'test' })
const refusal = { code: 'KEY_INVALID', message: 'this key is unknown, expired or revoked' }

it('verifies the key that was shown, and stores no secret', async () => {
  const { key, keyid } = await make(['read', 'write'])
  expect(key).toMatch(/^hk_test_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  expect(await verifier.verify(key)).toEqual({ keyid, scopes: ['read', 'write'], limitPerMinute: null })
  const rows = await database.db.select().from(apiKeys).where(eq(apiKeys.keyid, keyid))
  expect(JSON.stringify(rows)).not.toContain(parseKey(key)?.secret)
  const log = await database.db.select().from(auditLog)
  expect(log.at(-1)).toMatchObject({ action: 'key.created', object: `key:${keyid}` })
})

it('detects every single typing error without asking the database', async () => {
  const { key } = await make()
  statements = 0
  for (let at = 3; at < key.length; at += 1) {
    const typo = key.slice(0, at) + (key[at] === 'x' ? 'y' : 'x') + key.slice(at + 1)
    await expect(verifier.verify(typo)).rejects.toMatchObject(refusal)
  }
  expect(statements).toBe(0)
})

it.each(['', 'hk', 'nonsense', 'hk_test_a_b', `hk_test_${'a'.repeat(200_000)}`, 'hk_test_\0_\uD800'])(
  'refuses %.20j without asking the database',
  async (text) => {
    await expect(verifier.verify(text)).rejects.toMatchObject(refusal)
    expect(statements).toBe(0)
  },
)

it('refuses a well-formed key that does not exist, and an existing id with a wrong secret', async () => {
  const { keyid } = await make()
  const forged = generateKey('test', randomBytes)
  await expect(verifier.verify(formatKey(forged))).rejects.toMatchObject(refusal)
  await expect(verifier.verify(formatKey({ ...forged, keyid }))).rejects.toMatchObject(refusal)
})

it('refuses a key of another environment or of another pepper', async () => {
  const { key } = await make()
  await expect(createKeyVerifier(depsWith('pepper', 'live')).verify(key)).rejects.toMatchObject(refusal)
  await expect(createKeyVerifier(depsWith('other pepper')).verify(key)).rejects.toMatchObject(refusal)
})

it('trusts a verified key for a few seconds only, so that a revoked one soon stops working', async () => {
  const { key, keyid } = await make()
  await verifier.verify(key)
  statements = 0
  await verifier.verify(key)
  expect(statements).toBe(0)
  await database.db.update(apiKeys).set({ revokedAt: clock.now() }).where(eq(apiKeys.keyid, keyid))
  clock.advanceMs(5_001)
  await expect(verifier.verify(key)).rejects.toMatchObject(refusal)
})

it('records the use of a key at most once a minute', async () => {
  const { key, keyid } = await make()
  const lastUsed = async () => {
    const [row] = await database.db.select().from(apiKeys).where(eq(apiKeys.keyid, keyid))
    return row?.lastUsedAt?.toISOString()
  }
  await verifier.verify(key)
  const first = clock.now().toISOString()
  expect(await lastUsed()).toBe(first)
  clock.advanceMs(10_000)
  await verifier.verify(key)
  expect(await lastUsed()).toBe(first)
  clock.advanceMs(60_000)
  await verifier.verify(key)
  expect(await lastUsed()).toBe(clock.now().toISOString())
})

it('generates keys with 256 random bits, whatever the bits are', () => {
  for (const byte of [0, 255]) {
    const text = formatKey(generateKey('live', (count) => new Uint8Array(count).fill(byte)))
    expect(parseKey(text)?.secret).toHaveLength(43)
  }
})
