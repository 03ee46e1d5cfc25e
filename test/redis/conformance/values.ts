/** What is kept, and for how long. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Server } from './server.ts'

const AWKWARD_TEXTS = {
  'Turkish letters': 'şğİıçöü',
  'an emoji': '💥👩‍💻',
  'control characters': '\u0000\u0001\r\n\t\u007f',
  'the word OK': 'OK',
  'something that looks like base64': 'T0s=',
  'a JSON text': '{"a":[1,"ş"]}',
  'the empty text': '',
  'digits with leading zeros': '007',
  'a long text': 'ğ'.repeat(200_000),
}

export function keptValues({ clientOf, plainClient, post, endpoint }: Server): void {
  describe('values', () => {
    test.each(Object.entries(AWKWARD_TEXTS))('%s is returned unchanged, alone and in a list', async (_, text) => {
      for (const responseEncoding of ['base64', false] as const) {
        const redis = clientOf({ automaticDeserialization: false, responseEncoding })
        const key = randomUUID()
        expect(await redis.set(key, text)).toBe('OK')
        expect(await redis.get(key)).toBe(text)
        expect(await redis.mget(key, `${key}-absent`)).toEqual([text, null])
      }
    })

    test('an object is returned as an object, and a missing value as null', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.set(key, { name: 'ş', list: [1, null] })
      expect(await redis.get(key)).toEqual({ name: 'ş', list: [1, null] })
      expect(await redis.get(`${key}-absent`)).toBeNull()
    })
  })

  describe('SET', () => {
    test('NX keeps the old value and says so', async () => {
      const redis = clientOf()
      const key = randomUUID()
      expect(await redis.set(key, 'first', { nx: true })).toBe('OK')
      expect(await redis.set(key, 'second', { nx: true, ex: 100 })).toBeNull()
      expect(await redis.get(key)).toBe('first')
      expect(await redis.ttl(key)).toBe(-1)
    })

    test('XX writes only existing keys', async () => {
      const redis = clientOf()
      const key = randomUUID()
      expect(await redis.set(key, 'a', { xx: true })).toBeNull()
      expect(await redis.exists(key)).toBe(0)
      await redis.set(key, 'a')
      expect(await redis.set(key, 'b', { xx: true })).toBe('OK')
      expect(await redis.get(key)).toBe('b')
    })

    test('GET answers with the old value, with NX too', async () => {
      const redis = clientOf()
      const key = randomUUID()
      expect(await redis.set(key, 'a', { get: true })).toBeNull()
      expect(await redis.set(key, 'b', { get: true })).toBe('a')
      expect(await redis.set(key, 'c', { get: true, nx: true })).toBe('b')
      expect(await redis.get(key)).toBe('b')
    })

    test('KEEPTTL keeps the time to live, and a plain SET ends it', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.set(key, 'a', { ex: 100 })
      await redis.set(key, 'b', { keepTtl: true })
      expect(await redis.ttl(key)).toBeGreaterThan(90)
      await redis.set(key, 'c')
      expect(await redis.ttl(key)).toBe(-1)
    })

    test.each([
      ['NX', 'XX'],
      ['EX', '10', 'PX', '10'],
      ['EX', '10', 'KEEPTTL'],
      ['EX'],
      ['SOON'],
      ['EX', '0'],
      ['EX', '-5'],
      ['PX', '1.5'],
    ])('options that make no sense are refused and write nothing: %s %s %s', async (...options) => {
      const key = randomUUID()
      const { status, body } = await post('/', ['SET', key, 'a', ...options.filter(Boolean)])
      expect(status).toBe(400)
      expect(body).toEqual({ error: expect.stringMatching(/^ERR /) })
      expect(await clientOf().exists(key)).toBe(0)
    })
  })

  describe('expiry', () => {
    test('an expired key is gone for every command', async () => {
      const redis = clientOf()
      const [key, hash] = [randomUUID(), randomUUID()]
      await redis.set(key, 'a', { px: 2_000 })
      await redis.hset(hash, { field: 1 })
      expect(await redis.pexpire(hash, 2_000)).toBe(1)
      expect(await redis.pttl(key)).toBeGreaterThan(0)
      await endpoint().pass(2_100)
      expect(await redis.get(key)).toBeNull()
      expect(await redis.hgetall(hash)).toBeNull()
      expect(await redis.exists(key, hash)).toBe(0)
      expect(await redis.pttl(key)).toBe(-2)
      expect(await redis.del(key)).toBe(0)
      expect(await redis.set(key, 'b', { nx: true })).toBe('OK')
    })

    test('EXPIRE, TTL, PERSIST', async () => {
      const redis = clientOf()
      const key = randomUUID()
      expect(await redis.expire(key, 10)).toBe(0)
      expect(await redis.ttl(key)).toBe(-2)
      await redis.set(key, 'a')
      expect(await redis.ttl(key)).toBe(-1)
      expect(await redis.expire(key, 10)).toBe(1)
      expect(await redis.ttl(key)).toBeGreaterThanOrEqual(9)
      expect(await redis.persist(key)).toBe(1)
      expect(await redis.ttl(key)).toBe(-1)
    })

    test('a time to live in the past removes the key at once', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.set(key, 'a')
      expect(await redis.expire(key, -1)).toBe(1)
      expect(await redis.exists(key)).toBe(0)
    })

    test('incrementing keeps the time to live', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.set(key, 5, { ex: 100 })
      await redis.incr(key)
      expect(await redis.ttl(key)).toBeGreaterThan(90)
    })
  })

  describe('counters', () => {
    test('INCR, INCRBY, DECR and DECRBY start at 0', async () => {
      const redis = clientOf()
      const key = randomUUID()
      expect(await redis.incr(key)).toBe(1)
      expect(await redis.incrby(key, 41)).toBe(42)
      expect(await redis.decr(key)).toBe(41)
      expect(await redis.decrby(key, 50)).toBe(-9)
    })

    test('stay exact up to 64 bits and refuse to pass them', async () => {
      const redis = plainClient()
      const key = randomUUID()
      await redis.set(key, '9223372036854775806')
      await redis.incr(key)
      expect(await redis.get(key)).toBe('9223372036854775807')
      await expect(redis.incr(key)).rejects.toThrow('ERR increment or decrement would overflow')
      expect(await redis.get(key)).toBe('9223372036854775807')
    })

    test.each(['a', '1.0', ' 1', '+1', '01', '9223372036854775808', ''])('refuse to count from %j', async (text) => {
      const redis = plainClient()
      const key = randomUUID()
      await redis.set(key, text)
      await expect(redis.incr(key)).rejects.toThrow('ERR value is not an integer or out of range')
      expect(await redis.get(key)).toBe(text)
    })

    test('no increment is lost among many simultaneous ones', async () => {
      const redis = clientOf()
      const key = randomUUID()
      const answers = await Promise.all(Array.from({ length: 50 }, () => redis.incr(key)))
      expect(new Set(answers).size).toBe(50)
      expect(await redis.get(key)).toBe(50)
    })
  })

  describe('hashes', () => {
    test('HSET, HGET, HMGET, HGETALL, HDEL and HINCRBY', async () => {
      const redis = clientOf()
      const key = randomUUID()
      expect(await redis.hset(key, { a: 1, b: 'ş' })).toBe(2)
      expect(await redis.hset(key, { a: 2, c: 'x' })).toBe(1)
      expect(await redis.hget(key, 'b')).toBe('ş')
      expect(await redis.hget(key, 'absent')).toBeNull()
      expect(await redis.hmget(key, 'a', 'absent')).toEqual({ a: 2, absent: null })
      expect(await redis.hincrby(key, 'a', 40)).toBe(42)
      expect(await redis.hincrby(key, 'new', -1)).toBe(-1)
      expect(await redis.hdel(key, 'c', 'new', 'absent')).toBe(2)
      expect(await redis.hgetall(key)).toEqual({ a: 42, b: 'ş' })
    })

    test('a hash without fields is gone', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.hset(key, { a: 1 })
      await redis.hdel(key, 'a')
      expect(await redis.exists(key)).toBe(0)
      expect(await redis.hgetall(key)).toBeNull()
    })

    test('a field that is not a number cannot be incremented', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.hset(key, { a: 'x' })
      await expect(redis.hincrby(key, 'a', 1)).rejects.toThrow('ERR hash value is not an integer')
    })
  })

  describe('keys', () => {
    test('DEL and EXISTS count the existing keys', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.mset({ [`${key}1`]: 'a', [`${key}2`]: 'b' })
      expect(await redis.exists(`${key}1`, `${key}2`, `${key}3`)).toBe(2)
      expect(await redis.type(`${key}1`)).toBe('string')
      expect(await redis.del(`${key}1`, `${key}3`)).toBe(1)
    })

    test('SCAN finds every key of a pattern', async () => {
      const redis = clientOf()
      const prefix = randomUUID()
      const keys = Array.from({ length: 60 }, (_, i) => `${prefix}:${i}`)
      await redis.mset(Object.fromEntries(keys.map((key) => [key, 'x'])))
      const found = new Set<string>()
      let cursor = '0'
      do {
        const [next, page] = await redis.scan(cursor, { match: `${prefix}:*`, count: 7 })
        page.forEach((key) => found.add(key))
        cursor = next
      } while (cursor !== '0')
      expect(found).toEqual(new Set(keys))
    })

    test.each([
      ['?', ['a', 'b', '*']],
      ['[ab]', ['a', 'b']],
      ['[^a]', ['b', '*']],
      ['[a-b]b', ['ab']],
      ['\\*', ['*']],
      ['a*b', ['ab', 'a.b', 'a\nb']],
      ['a.b', ['a.b']],
    ])('SCAN reads the pattern %s as Redis does', async (pattern, expected) => {
      const redis = clientOf()
      const prefix = `${randomUUID()}:`
      const names = ['a', 'b', 'ab', '*', 'a.b', 'a\nb', 'a.bc']
      await redis.mset(Object.fromEntries(names.map((name) => [prefix + name, 'x'])))
      const [, found] = await redis.scan(0, { match: prefix + pattern, count: 100_000 })
      expect(found.map((key) => key.slice(prefix.length)).sort()).toEqual([...expected].sort())
    })

    test('PING answers', async () => {
      expect(await clientOf().ping()).toBe('PONG')
      expect(await clientOf().ping(['hello'])).toBe('hello')
    })
  })
}
