import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashSync } from 'bcryptjs'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { apiKeys } from '#db/tables'
import { createUnknownKeyCheck } from '#keys/check-unknown-key'
import { type CompareBcrypt, createBcryptThread } from '#keys/compare-bcrypt'
import { importedKeys, importKeys } from '#keys/import'
import { generateKey, formatKey } from '#keys/key-format'
import { createKey, createKeyVerifier } from '#keys/verify-key'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { recordingLog } from '../support/recording-log.ts'
import { TestClock } from '../support/test-clock.ts'

/** The lowest cost of bcrypt. */
const COST = 4
/** Shortest time of a comparison in the test that measures times. */
const SLOW_MS = 40
const refusal = { code: 'KEY_INVALID', message: 'this key is unknown, expired or revoked' }
const thread = createBcryptThread()
let database: HunterDatabase
let clock: TestClock
let compared: string[]
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  clock = new TestClock()
  compared = []
  await database.db.delete(apiKeys)
})

/** Compares as the thread does, and counts the comparisons. */
const counted: CompareBcrypt = (text, hash) => {
  if (text !== '') compared.push(text)
  return thread(text, hash)
}
const deps = (env = 'test') => ({ db: database.db, clock, pepper: 'pepper', env, randomBytes })
const instance = (log = recordingLog()) => createKeyVerifier({ ...deps(), compare: counted, log })

async function keepImported(hash?: string, text = generateKey('test', randomBytes)) {
  const key = formatKey(text)
  const row = { keyid: text.keyid, name: 'old', scopes: ['read' as const], bcryptHash: hash ?? hashSync(key, COST) }
  await database.db.insert(apiKeys).values(row)
  return { key, keyid: text.keyid }
}
const guessAt = (keyid: string) => formatKey({ ...generateKey('test', randomBytes), keyid })
const outcomeOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    ({ code }: { code: string }) => code,
  )

it.each([
  ['04', true],
  ['12', true],
  ['13', false],
  ['14', false],
  ['31', false],
])('a list of keys with a bcrypt hash of cost %s may be imported: %s', (cost, taken) => {
  const entry = { keyid: 'aaaaaaaaaaaa', name: 'x', scopes: ['read'], bcrypt_hash: `$2b$${cost}$${'a'.repeat(53)}` }
  expect(importedKeys.safeParse([entry]).success).toBe(taken)
})

it('never compares a hash above the highest cost, even for the right key, and logs it once', async () => {
  const { key, keyid } = await keepImported(`$2b$13$${'a'.repeat(53)}`)
  const log = recordingLog()
  const verifier = instance(log)
  for (let i = 0; i < 3; i += 1) await expect(verifier.verify(key)).rejects.toMatchObject(refusal)
  expect(compared).toEqual([])
  expect(log.lines.map(({ event, fields }) => [event, fields])).toEqual([
    ['imported_key_too_dear', { keyid, cost: 13, costMax: 12 }],
  ])
})

it('compares a guess once in ten minutes, and remembers it without the key', async () => {
  const { keyid, key } = await keepImported()
  const verifier = instance()
  const guess = guessAt(keyid)
  for (let i = 0; i < 3; i += 1) await expect(verifier.verify(guess)).rejects.toMatchObject(refusal)
  expect(compared).toEqual([guess])
  clock.advanceMs(600_000)
  await expect(verifier.verify(guess)).rejects.toMatchObject(refusal)
  expect(compared).toEqual([guess, guess])
  expect(await verifier.verify(key)).toMatchObject({ keyid })
})

it('compares a key again once its id has another hash', async () => {
  const { keyid } = await keepImported()
  const verifier = instance()
  const key = guessAt(keyid)
  await expect(verifier.verify(key)).rejects.toMatchObject(refusal)
  await database.db
    .update(apiKeys)
    .set({ bcryptHash: hashSync(key, COST) })
    .where(eq(apiKeys.keyid, keyid))
  expect(await verifier.verify(key)).toMatchObject({ keyid })
})

it('answers an unknown id, a wrong secret, a revoked key and a remembered failure alike, and none of them sooner', async () => {
  const imported = await keepImported()
  const revoked = await keepImported()
  const ours = await createKey(deps(), { name: 'one', scopes: ['read'], actor: 'test' })
  const ended = await createKey(deps(), { name: 'two', scopes: ['read'], actor: 'test' })
  for (const { keyid } of [revoked, ended]) {
    await database.db.update(apiKeys).set({ revokedAt: clock.now() }).where(eq(apiKeys.keyid, keyid))
  }
  const compare: CompareBcrypt = async (text, hash) => {
    await sleep(SLOW_MS)
    return counted(text, hash)
  }
  const verifier = createKeyVerifier({ ...deps(), compare })
  const guess = guessAt(imported.keyid)
  const unknown = formatKey(generateKey('test', randomBytes))
  const answers = []
  for (const text of [unknown, guess, guess, guessAt(ours.keyid), ended.key, revoked.key]) {
    const startedMs = performance.now()
    const thrown = await verifier.verify(text).catch((error: unknown) => error)
    answers.push({ thrown, waited: performance.now() - startedMs >= 1.5 * SLOW_MS - 2 })
  }
  const [first] = answers
  expect(first).toMatchObject({ thrown: refusal, waited: true })
  for (const answer of answers) expect(answer).toEqual(first)
  expect(compared).toEqual([guess])
})

it('spends no comparison and no wait on guesses when no imported key waits for its first use', async () => {
  const imported = await keepImported()
  await instance().verify(imported.key)
  compared = []
  const verifier = instance()
  const guesses = Array.from({ length: 100 }, () => verifier.verify(guessAt(imported.keyid), 'one'))
  expect(new Set(await Promise.all(guesses.map(outcomeOf)))).toEqual(new Set(['KEY_INVALID']))
  expect(compared).toEqual([])
})

it('lets eight guesses of one address wait, whether their ids exist or not, and tells others to retry later', async () => {
  const parts = { clock, log: recordingLog(), compare: counted, readHighestCost: async () => COST }
  const outcomesOf = async (sources: string[], bcryptHash?: string) => {
    const check = createUnknownKeyCheck(parts)
    const guesses = sources.map((source) => check({ ...strangerFrom(source), bcryptHash }))
    const outcomes = await Promise.all(guesses.map(outcomeOf))
    return ['answered', 'RATE_LIMITED'].map((outcome) => outcomes.filter((other) => other === outcome).length)
  }
  const sameAddress = Array.from({ length: 20 }, () => 'one')
  const hash = hashSync('another', COST)
  expect(await outcomesOf(sameAddress)).toEqual([8, 12])
  expect(compared).toEqual([])
  expect(await outcomesOf(sameAddress, hash)).toEqual([8, 12])
  expect(compared).toHaveLength(8)
  const addresses = Array.from({ length: 100 }, (_, at) => `address ${at}`)
  expect(await outcomesOf(addresses, hash)).toEqual([64, 36])
})

function strangerFrom(source: string) {
  const text = generateKey('test', randomBytes)
  return { source, keyid: text.keyid, text: formatKey(text), hmac: randomBytes(32) }
}

it('compares once for a client that opens many connections with its imported key at once', async () => {
  const { key, keyid } = await keepImported()
  const verifier = instance()
  const keys = await Promise.all(Array.from({ length: 30 }, () => verifier.verify(key, 'one')))
  expect(new Set(keys.map((opened) => opened.keyid))).toEqual(new Set([keyid]))
  expect(compared).toEqual([key])
})

it('compares no second time for a request that read the imported key before its first use upgraded it', async () => {
  const check = createUnknownKeyCheck({
    clock,
    log: recordingLog(),
    compare: counted,
    readHighestCost: async () => COST,
  })
  const stranger = strangerFrom('one')
  const first = { ...stranger, bcryptHash: hashSync(stranger.text, COST) }
  expect([await check(first), await check(first)]).toEqual([true, true])
  expect(compared).toEqual([stranger.text])
  expect(await check({ ...first, bcryptHash: hashSync('another', COST) })).toBe(false)
})

it('refuses a text longer than bcrypt reads, and one with a NUL', async () => {
  const long = formatKey(generateKey('longername', randomBytes))
  const hash = hashSync(long, 4)
  expect(Buffer.byteLength(long)).toBeGreaterThan(72)
  expect(await thread(long, hash)).toBe(false)
  expect(await thread('a\0b', hashSync('a\0b', 4))).toBe(false)
  expect(await thread('a', hashSync('a', 4))).toBe(true)
})

it('accepts hashes of another bcrypt library, and answers in the order of the requests', async () => {
  const text = generateKey('test', randomBytes)
  const bcrypt_hash = hashSync(formatKey(text), 4).replace('$2b$', '$2y$')
  const keys = [{ keyid: text.keyid, name: 'old', scopes: ['read' as const], bcrypt_hash }]
  await importKeys(deps(), { actor: 'test', keys })
  const answers = ['a', 'b', 'c'].map((word) => thread(word, hashSync('b', 4)))
  expect(await Promise.all(answers)).toEqual([false, true, false])
  expect(await instance().verify(formatKey(text))).toMatchObject({ keyid: text.keyid })
})
