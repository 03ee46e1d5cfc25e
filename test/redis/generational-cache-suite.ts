/** What a cache of subjects holds to, whichever Redis is behind it. */
import { randomUUID } from 'node:crypto'
import type { Redis } from '@upstash/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import type { CacheKind } from '#redis/cache'
import { createRedis } from '#redis/client'
import { createGenerationalCache, type NewEntry, GENERATION_MS } from '#redis/generational-cache'
import { recordingLog } from '../support/recording-log.ts'
import { TestClock } from '../support/test-clock.ts'

interface Place {
  url: string
  token: string
  close(): Promise<void>
}

interface Text {
  text: string
}
interface Count {
  count: number
}

const HOUR_MS = 3_600_000
const text: CacheKind<Text> = { name: 'dns', version: 1, ttlMs: HOUR_MS, schema: z.object({ text: z.string() }) }
const count: CacheKind<Count> = { name: 'scan', version: 1, ttlMs: 60_000, schema: z.object({ count: z.number() }) }
const KINDS = [text, count] as [typeof text, typeof count]
const always = { run: <T>(call: () => Promise<T>) => call() }

export function runGenerationalCacheSuite(open: (clock: TestClock) => Promise<Place>): void {
  // the present: a real server goes by its own clock
  const clock = new TestClock(new Date())
  let place: Place
  let redis: Redis
  let id: string
  const log = recordingLog()
  const cacheOf = (changes: { clock?: TestClock } = {}) =>
    createGenerationalCache({ redis, breaker: always, clock, log, newToken: randomUUID, ...changes })
  const inMs = (ms: number) => clock.now().getTime() + ms
  const entry = (value: string, ms = HOUR_MS): NewEntry<object> => ({
    kind: text,
    value: { text: value },
    untilMs: inMs(ms),
  })
  const read = async (cache = cacheOf()) => {
    const found = await cache.read<[Text, Count]>(id, KINDS)
    if (!found) throw new Error('Redis does not answer')
    return { ...found, text: found.entries[0]?.value.text, count: found.entries[1]?.value.count }
  }

  beforeAll(async () => {
    place = await open(clock)
    redis = createRedis({ url: place.url, token: place.token, timeoutMs: 20_000, batching: true })
  })
  afterAll(() => place.close())
  beforeEach(() => {
    id = `${randomUUID()}.com.tr`
    log.lines.length = 0
  })

  test('returns what was written with its expiry, and undefined for the rest', async () => {
    expect(await read()).toMatchObject({ generation: '', entries: [undefined, undefined] })
    await cacheOf().write(id, { generation: '', entries: [entry('şğİ\u0000💥', 10_000)] })
    const found = await read()
    expect(found.entries).toEqual([{ value: { text: 'şğİ\u0000💥' }, untilMs: inMs(10_000) }, undefined])
    expect(await redis.pttl(`dns:v1:${id}`)).toBeGreaterThan(5_000)
  })

  test('no entry outlives the TTL of its kind or its own expiry', async () => {
    await cacheOf().write(id, {
      generation: '',
      entries: [entry('long', 9 * HOUR_MS), { kind: count, value: { count: 1 }, untilMs: inMs(0) }],
    })
    expect((await read()).entries).toEqual([{ value: { text: 'long' }, untilMs: inMs(HOUR_MS) }, undefined])
    expect(await redis.exists(`scan:v1:${id}`)).toBe(0)
    // the reader's clock decides, too: Redis may be slow to drop the entry
    const later = new TestClock(new Date(inMs(HOUR_MS)))
    expect((await read(cacheOf({ clock: later }))).text).toBeUndefined()
  })

  test('forgetting removes the entries of every kind, and the next generation can be written and read', async () => {
    const cache = cacheOf()
    await cache.write(id, {
      generation: '',
      entries: [entry('old'), { kind: count, value: { count: 1 }, untilMs: inMs(9_000) }],
    })
    const begun = await cache.invalidate(id, KINDS, 1_000)
    expect(await read()).toMatchObject({ generation: begun?.generation, entries: [undefined, undefined] })
    await cache.write(id, { generation: begun!.generation, entries: [entry('new')] })
    expect((await read()).text).toBe('new')
  })

  test('a late write of work that began before a forgetting is never read', async () => {
    const [one, other] = [cacheOf(), cacheOf()]
    const { generation: before } = await read(one)
    await other.invalidate(id, KINDS, 1_000)
    await one.write(id, { generation: before, entries: [entry('stale')] })
    expect((await read()).text).toBeUndefined()
    await other.write(id, { generation: (await read()).generation, entries: [entry('new')] })
    await one.write(id, { generation: before, entries: [entry('stale')] })
    expect((await read()).text).toBe('new')
    const { generation: now } = await read(other)
    await other.invalidate(id, KINDS, 1_000)
    await other.write(id, { generation: now, entries: [entry('stale, too')] })
    expect((await read()).text).toBeUndefined()
  })

  test('a generation is stored longer than any write of an older one can arrive', async () => {
    await cacheOf().invalidate(id, KINDS, 1_000)
    expect(await redis.pttl(`generation:v1:${id}`)).toBeGreaterThan(24 * HOUR_MS)
    expect(GENERATION_MS).toBeGreaterThan(24 * HOUR_MS)
  })

  test('an entry that may only fill a gap does not replace another', async () => {
    await cacheOf().write(id, { generation: '', entries: [entry('good')] })
    await cacheOf().write(id, { generation: '', entries: [{ ...entry('worse'), onlyIfAbsent: true }] })
    expect((await read()).text).toBe('good')
    await cacheOf().write(id, { generation: '', entries: [entry('better')] })
    expect((await read()).text).toBe('better')
  })

  test('a value that is too long is not stored', async () => {
    await cacheOf().write(id, { generation: '', entries: [entry('x'.repeat(65_536))] })
    expect(await redis.exists(`dns:v1:${id}`)).toBe(0)
    await cacheOf().write(id, { generation: '', entries: [entry('x'.repeat(60_000))] })
    expect((await read()).text).toHaveLength(60_000)
  })

  test.each<[string, (untilMs: number) => unknown]>([
    ['no JSON', () => '{"until":1'],
    ['cut off', (until) => JSON.stringify({ until, generation: '', value: { text: 'x' } }).slice(0, -2)],
    ['a number', () => 5],
    ['a list', () => [1, 2]],
    ['without a value', (until) => ({ until, generation: '' })],
    ['of another shape', (until) => ({ until, generation: '', value: { text: 5 } })],
    ['of another kind', (until) => ({ until, generation: '', value: { count: 5 } })],
    ['without a generation', (until) => ({ until, value: { text: 'x' } })],
    ['of another generation', (until) => ({ until, generation: 'other', value: { text: 'x' } })],
    ['with an end as text', (until) => ({ until: String(until), generation: '', value: { text: 'x' } })],
    ['without an end', () => ({ generation: '', until: null, value: { text: 'x' } })],
    ['that has ended', (until) => ({ until: until - HOUR_MS, generation: '', value: { text: 'x' } })],
    ['of a time to come', (until) => ({ until: until + HOUR_MS, generation: '', value: { text: 'x' } })],
    ['that is endless', () => ({ until: 1e300, generation: '', value: { text: 'x' } })],
    ['too long', (until) => ({ until, generation: '', value: { text: 'x'.repeat(70_000) } })],
  ])('an entry %s is a miss, and is overwritten', async (_, make) => {
    await redis.set(`dns:v1:${id}`, make(inMs(HOUR_MS - 1)))
    expect((await read()).text).toBeUndefined()
    await cacheOf().write(id, { generation: '', entries: [entry('good')] })
    expect((await read()).text).toBe('good')
    expect(log.lines).toEqual([])
  })

  test('a key of another type is a miss, and is overwritten', async () => {
    await redis.hset(`dns:v1:${id}`, { a: 1 })
    await redis.hset(`generation:v1:${id}`, { a: 1 })
    expect((await read()).text).toBeUndefined()
    await cacheOf().write(id, { generation: '', entries: [entry('good')] })
    expect((await read()).text).toBe('good')
    expect(log.lines).toEqual([])
  })

  test('an invalid generation stores nothing until the next one', async () => {
    await redis.set(`generation:v1:${id}`, '{ "a": [1] }')
    const { generation } = await read()
    await cacheOf().write(id, { generation, entries: [entry('nothing')] })
    expect((await read()).text).toBeUndefined()
    const begun = await cacheOf().invalidate(id, KINDS, 1_000)
    await cacheOf().write(id, { generation: begun!.generation, entries: [entry('good')] })
    expect((await read()).text).toBe('good')
  })

  describe('a claim', () => {
    const claim = async (lifeMs = 10_000) => (await cacheOf().claim<[Text, Count]>(id, KINDS, lifeMs))!

    test('belongs to one caller at a time, and to the next one after a write ends it', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => claim()))
      const held = all.flatMap(({ claim }) => claim ?? [])
      expect(held).toHaveLength(1)
      await cacheOf().write(id, { generation: '', entries: [entry('done')], claim: held[0]! })
      const next = await claim()
      expect(next).toMatchObject({ claim: expect.any(String), entries: [{ value: { text: 'done' } }, undefined] })
    })

    test('of another caller cannot be ended', async () => {
      await claim()
      await cacheOf().write(id, { generation: '', entries: [], claim: 'not-mine' })
      expect((await claim()).claim).toBeUndefined()
    })

    test('expires, so that no caller waits for a crashed one', async () => {
      await claim(1_500)
      expect(await redis.pttl(`claim:v1:${id}`)).toBeLessThanOrEqual(1_500)
    })

    test('is replaced by a forgetting, and its old holder cannot end it', async () => {
      const old = (await claim()).claim!
      const begun = await cacheOf().invalidate(id, KINDS, 10_000)
      await cacheOf().write(id, { generation: '', entries: [], claim: old })
      expect((await claim()).claim).toBeUndefined()
      await cacheOf().write(id, { generation: begun!.generation, entries: [], claim: begun!.claim })
      expect((await claim()).claim).toEqual(expect.any(String))
    })
  })
}
