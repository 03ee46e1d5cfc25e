/** What a Redis behind the Upstash REST protocol must do, asked through the real clients. Touches its own keys alone. */
import { randomUUID } from 'node:crypto'
import { Ratelimit } from '@upstash/ratelimit'
import { Redis, type RedisConfigNodejs } from '@upstash/redis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'

export interface Endpoint {
  url: string
  token: string
  /** Lets time go by for the server's expiry. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

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

export function redisConformance(open: () => Promise<Endpoint>): void {
  let endpoint: Endpoint
  const clientOf = (options: Partial<RedisConfigNodejs> = {}) =>
    new Redis({
      url: endpoint.url,
      token: endpoint.token,
      retry: { retries: 0 },
      enableTelemetry: false,
      enableAutoPipelining: false,
      ...options,
    })
  /** Texts as they are, instead of parsed as JSON where they can be. */
  const plainClient = () => clientOf({ automaticDeserialization: false })
  const post = async (path: string, body: unknown, token: string = endpoint.token) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(endpoint.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }

  beforeAll(async () => {
    endpoint = await open()
  })
  afterAll(() => endpoint.close())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  describe('values', () => {
    test.each(Object.entries(AWKWARD_TEXTS))('%s comes back as it was, by itself and in a list', async (_, text) => {
      for (const responseEncoding of ['base64', false] as const) {
        const redis = clientOf({ automaticDeserialization: false, responseEncoding })
        const key = randomUUID()
        expect(await redis.set(key, text)).toBe('OK')
        expect(await redis.get(key)).toBe(text)
        expect(await redis.mget(key, `${key}-absent`)).toEqual([text, null])
      }
    })

    test('an object comes back as an object, and what is absent as null', async () => {
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

    test('XX writes only what is there', async () => {
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
    test('a key is gone after its time, for every command', async () => {
      const redis = clientOf()
      const [key, hash] = [randomUUID(), randomUUID()]
      await redis.set(key, 'a', { px: 2_000 })
      await redis.hset(hash, { field: 1 })
      expect(await redis.pexpire(hash, 2_000)).toBe(1)
      expect(await redis.pttl(key)).toBeGreaterThan(0)
      await endpoint.pass(2_100)
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

    test('a time to live that is over removes the key at once', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.set(key, 'a')
      expect(await redis.expire(key, -1)).toBe(1)
      expect(await redis.exists(key)).toBe(0)
    })

    test('counting keeps the time to live', async () => {
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

    test('no increment is lost when many come at once', async () => {
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

    test('a field that is no number is not counted from', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.hset(key, { a: 'x' })
      await expect(redis.hincrby(key, 'a', 1)).rejects.toThrow('ERR hash value is not an integer')
    })
  })

  describe('keys', () => {
    test('DEL and EXISTS count what was there', async () => {
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

  describe('errors reach the client', () => {
    test('a wrong type', async () => {
      const redis = clientOf()
      const key = randomUUID()
      await redis.hset(key, { a: 1 })
      await expect(redis.get(key)).rejects.toThrow('WRONGTYPE Operation against a key holding the wrong kind of value')
      await expect(redis.incr(key)).rejects.toThrow('WRONGTYPE')
      expect(await redis.mget(key)).toEqual([null])
    })

    test.each([
      [['NOSUCHCOMMAND', 'a'], /^ERR unknown command 'NOSUCHCOMMAND', with args beginning with: 'a'/],
      [['constructor'], /^ERR unknown command 'constructor'/],
      [['GET'], /^ERR wrong number of arguments for 'get' command/],
      [['HSET', 'a', 'b', 'c', 'd'], /^ERR wrong number of arguments for 'hset' command/],
      [['SCAN', 'x'], /^ERR invalid cursor/],
      [['SCRIPT', 'NOSUCH'], /^ERR unknown subcommand/],
    ])('%j', async (command, message) => {
      const { status, body } = await post('/', command)
      expect(status).toBe(400)
      expect(body).toEqual({ error: expect.stringMatching(message) })
    })

    test.each([
      ['/', { a: 1 }],
      ['/', []],
      ['/', [['GET', 'a']]],
      ['/pipeline', ['GET', 'a']],
      ['/multi-exec', 'x'],
    ])('a body that is no command: %s %j', async (path, sent) => {
      const { status, body } = await post(path, sent)
      expect(status).toBe(400)
      expect(body).toEqual({ error: expect.stringMatching(/^ERR failed to parse/) })
    })
  })

  describe('several commands in one request', () => {
    test('a pipeline answers each command in its place, refusals included', async () => {
      const redis = clientOf()
      const key = randomUUID()
      const pipeline = redis.pipeline().set(key, 'ş').hget(key, 'x').get(key).mget(key, 'absent')
      const answers = await pipeline.exec({ keepErrors: true })
      expect(answers.map(({ result }) => result)).toEqual(['OK', undefined, 'ş', ['ş', null]])
      expect(answers[1]?.error).toMatch(/^WRONGTYPE/)
    })

    test('commands given at once travel in one request with auto-pipelining', async () => {
      const redis = clientOf({ enableAutoPipelining: true })
      const key = randomUUID()
      await redis.mset(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${key}:${i}`, i])))
      const requests = vi.spyOn(globalThis, 'fetch')
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => redis.get(`${key}:${i}`)))
      expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i))
      expect(requests).toHaveBeenCalledTimes(1)
    })

    test('a transaction runs as a whole, and goes on after a command that fails', async () => {
      const key = randomUUID()
      const { status, body } = await post('/multi-exec', [
        ['SET', key, 'a'],
        ['INCR', key],
        ['GET', key],
      ])
      expect(status).toBe(200)
      expect(body).toEqual([{ result: 'OK' }, { error: expect.stringContaining('not an integer') }, { result: 'a' }])
    })

    test('a transaction with a command that cannot run does nothing', async () => {
      const key = randomUUID()
      const { status, body } = await post('/multi-exec', [['SET', key, 'a'], ['NOSUCHCOMMAND']])
      expect(status).toBe(400)
      expect(body).toEqual({ error: expect.stringMatching(/^EXECABORT/) })
      expect(await clientOf().exists(key)).toBe(0)
    })

    test('transactions from many clients do not mix', async () => {
      const key = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => clientOf().multi().incr(key).incr(key).exec<[number, number]>()),
      )
      expect(answers.every(([first, second]) => second === first + 1)).toBe(true)
      expect(await clientOf().get(key)).toBe(40)
    })
  })

  describe('commands in the path', () => {
    const get = async (
      path: string,
      init: { method?: string; body?: string; headers?: Record<string, string> } = {},
    ) => {
      const headers = { authorization: `Bearer ${endpoint.token}`, ...init.headers }
      const response = await fetch(endpoint.url + path, { ...init, headers })
      return { status: response.status, body: await response.json() }
    }

    test('words, percent-encoded, with a body and options from the query', async () => {
      const key = `${randomUUID()} ş/`
      const word = encodeURIComponent(key)
      expect(await get(`/set/${word}?EX=100`, { method: 'POST', body: 'value ğ' })).toEqual({
        status: 200,
        body: { result: 'OK' },
      })
      expect(await get(`/get/${word}`)).toEqual({ status: 200, body: { result: 'value ğ' } })
      expect(await get(`/TTL/${word}`)).toEqual({ status: 200, body: { result: 100 } })
      const encoded = await get(`/get/${word}`, { headers: { 'upstash-encoding': 'base64' } })
      expect(encoded.body).toEqual({ result: Buffer.from('value ğ').toString('base64') })
    })

    test('an unknown one, a badly encoded one and a method that is none of ours are refused', async () => {
      expect((await get('/nosuchcommand/a')).status).toBe(400)
      expect((await get('/get/%E0%A4%A')).status).toBe(400)
      expect((await get('/get/a', { method: 'DELETE' })).status).toBe(405)
    })
  })

  describe('a wrong token is refused on every route, and nothing runs', () => {
    const routes: [string, (key: string) => unknown][] = [
      ['/', (key) => ['SET', key, 'a']],
      ['/pipeline', (key) => [['SET', key, 'a']]],
      ['/multi-exec', (key) => [['SET', key, 'a']]],
      ['/set/KEY', () => 'a'],
      ['/nosuchroute/at/all', () => 'a'],
    ]
    const tokens = ['', 'wrong', 'TOKENx', 'TOKEN ', 'token']

    test.each(routes)('%s', async (path, bodyOf) => {
      for (const wrong of tokens) {
        const key = randomUUID()
        const token = wrong.replace('TOKEN', endpoint.token).replace('token', endpoint.token.slice(0, -1))
        const answer = await post(path.replace('KEY', key), bodyOf(key), token.replace(' ', '%20'))
        expect(answer).toEqual({ status: 401, body: { error: expect.any(String) } })
        expect(await clientOf().exists(key)).toBe(0)
      }
      const bare = await fetch(endpoint.url + path, { method: 'POST', body: '[["PING"]]' })
      expect(bare.status).toBe(401)
      const basic = await fetch(endpoint.url + path, { headers: { authorization: `Basic ${endpoint.token}` } })
      expect(basic.status).toBe(401)
    })

    test('the client says so', async () => {
      await expect(clientOf({ token: 'wrong' }).get('a')).rejects.toThrow('WRONGPASS')
      await expect(clientOf({ token: 'wrong' }).pipeline().get('a').exec()).rejects.toThrow('WRONGPASS')
      await expect(clientOf({ token: 'wrong' }).multi().get('a').exec()).rejects.toThrow('WRONGPASS')
    })
  })

  describe('scripts', () => {
    const evaluate = (script: string, keys: string[] = [], args: unknown[] = []) =>
      plainClient().eval(script, keys, args)

    test.each<[script: string, result: unknown]>([
      ['return 3.99', 3],
      ['return -3.99', -3],
      ["return 'ş'", 'ş'],
      ['return nil', null],
      ['return false', null],
      ['return true', 1],
      ['return {1, 2, nil, 4}', [1, 2]],
      ["return {1, {'a', {2}}, false}", [1, ['a', [2]], null]],
      ["return redis.status_reply('FINE')", 'FINE'],
      ["return {ok = 'OK'}", 'OK'],
      ['return {}', []],
      ['return #ARGV', 0],
      ['return 30 * 24 * 3600 * 1000', 2_592_000_000],
      ["return '1700000000000' * 2", 3_400_000_000_000],
      ["return 'n' .. 10 / 2 .. tonumber('7') .. 2 ^ 40", 'n571099511627776'],
      ["return tostring(1 / 3) .. ' ' .. math.floor(-1.5) .. ' ' .. math.ceil(1.2)", '0.33333333333333 -2 2'],
      ['return math.floor(1700000000000 / 7) * 1000', 242_857_142_857_000],
      ["return select('#', unpack({1, 2, 3}))", 3],
      ["return #'ş'", 2],
      ['local t = {} for i = 1, 3 do t[i] = i * i end return t', [1, 4, 9]],
      ["return string.format('%05.1f|%s', 3.14159, 'x')", '003.1|x'],
      ["return type(redis.call('GET', 'there-is-no-such-key'))", 'boolean'],
      ["return redis.pcall('NOSUCHCOMMAND').err ~= nil", 1],
      ["return type(redis.call('PING').ok)", 'string'],
    ])('%s', async (script, result) => {
      expect(await evaluate(script)).toEqual(result)
    })

    test('see their keys and arguments, and write with them', async () => {
      const key = randomUUID()
      const script = "redis.call('SET', KEYS[1], ARGV[1] * 2) return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1])}"
      expect(await evaluate(script, [key], [21])).toEqual([key, '21', '42'])
    })

    test('a loaded script is run by its SHA-1, and an unknown one is named so', async () => {
      const redis = clientOf()
      const sha = await redis.scriptLoad('return ARGV[1]')
      expect(await redis.scriptExists(sha, 'f'.repeat(40))).toEqual([1, 0])
      expect(await redis.evalsha(sha, [], ['x'])).toBe('x')
      await expect(redis.evalsha('f'.repeat(40), [], [])).rejects.toThrow('NOSCRIPT')
    })

    test.each([
      ['return }', /Error compiling script/],
      ["error('boo')", /boo/],
      ["return redis.error_reply('MY problem')", /MY problem/],
      ["redis.call('GET')", /[Ww]rong number of arg/],
      ["redis.call('NOSUCHCOMMAND')", /[Uu]nknown/],
      ["redis.call('EVAL', 'return 1', 0)", /not allowed from script/],
      ["redis.call('SET', 'a', {})", /arguments must be strings or integers/],
      ['return undefinedname', /nonexistent global variable 'undefinedname'/],
      ['name = 1', /readonly table/],
      ["return io.open('/etc/passwd')", /nonexistent global variable 'io'/],
      ["return loadfile('/etc/passwd')", /nonexistent global variable 'loadfile'/],
      ["return require('os')", /nonexistent global variable 'require'/],
      ['#!python\nreturn 1', /shebang/],
      ['#!lua flags=no-such-flag\nreturn 1', /flag/],
    ])('fail with a message: %s', async (script, message) => {
      await expect(evaluate(script)).rejects.toThrow(message)
    })

    test('keep what they wrote before they failed, and leave the server working', async () => {
      const key = randomUUID()
      await expect(evaluate("redis.call('SET', KEYS[1], 'a') error('boo')", [key])).rejects.toThrow('boo')
      expect(await clientOf().get(key)).toBe('a')
    })

    test('are whole: nothing gets in between', async () => {
      const key = randomUUID()
      const script = `
        local before = redis.call('INCR', KEYS[1])
        for i = 1, 50 do redis.call('GET', KEYS[1]) end
        return redis.call('INCR', KEYS[1]) - before`
      const answers = await Promise.all(Array.from({ length: 20 }, () => evaluate(script, [key])))
      expect(answers).toEqual(Array.from({ length: 20 }, () => 1))
    })

    test.each([['2', 'a'], ['-1'], ['x'], ['1.5']])('a wrong number of keys is refused: %s', async (...words) => {
      expect((await post('/', ['EVAL', 'return 1', ...words])).status).toBe(400)
    })
  })

  describe('rate limits of the real library', () => {
    const startMs = Date.UTC(2026, 10, 20, 12)
    const at = (ms: number) => vi.setSystemTime(startMs + ms)
    const limitOf = (
      limiter: ConstructorParameters<typeof Ratelimit>[0]['limiter'],
      ephemeralCache: false | Map<string, number> = false,
    ) => {
      vi.useFakeTimers({ toFake: ['Date'], now: startMs })
      return new Ratelimit({
        redis: clientOf(),
        limiter,
        prefix: randomUUID(),
        ephemeralCache,
        timeout: 0,
        analytics: false,
        enableTelemetry: false,
      })
    }
    const outcomes = async (limit: Ratelimit, count: number) => {
      const results: boolean[] = []
      for (let i = 0; i < count; i += 1) results.push((await limit.limit('id')).success)
      return results
    }

    test('a fixed window lets its tokens through and starts afresh with the next window', async () => {
      const limit = limitOf(Ratelimit.fixedWindow(3, '60 s'))
      expect(await outcomes(limit, 4)).toEqual([true, true, true, false])
      expect((await limit.limit('another')).remaining).toBe(2)
      at(60_000)
      expect(await limit.limit('id')).toMatchObject({ success: true, limit: 3, remaining: 2, reset: startMs + 120_000 })
    })

    test('a sliding window weighs the window before', async () => {
      const limit = limitOf(Ratelimit.slidingWindow(10, '60 s'))
      expect(await outcomes(limit, 11)).toEqual([...Array<boolean>(10).fill(true), false])
      at(60_000 + 30_000) // half of the ten still count
      expect(await outcomes(limit, 6)).toEqual([true, true, true, true, true, false])
      at(60_000 * 4)
      expect(await outcomes(limit, 11)).toEqual([...Array<boolean>(10).fill(true), false])
    })

    test('a sliding window of twenty days holds', async () => {
      const limit = limitOf(Ratelimit.slidingWindow(2, '20 d'))
      expect(await outcomes(limit, 3)).toEqual([true, true, false])
    })

    test('a token bucket refills at its rate and no further than its size', async () => {
      const limit = limitOf(Ratelimit.tokenBucket(2, '10 s', 5))
      expect(await outcomes(limit, 6)).toEqual([true, true, true, true, true, false])
      at(10_000)
      expect(await outcomes(limit, 3)).toEqual([true, true, false])
      at(25_000)
      expect(await limit.getRemaining('id')).toMatchObject({ limit: 5, reset: startMs + 20_000 })
      expect(await outcomes(limit, 3)).toEqual([true, true, false])
      at(1_000_000)
      expect(await outcomes(limit, 6)).toEqual([true, true, true, true, true, false])
    })

    test.each([
      ['fixed window', Ratelimit.fixedWindow(5, '60 s')],
      ['sliding window', Ratelimit.slidingWindow(5, '60 s')],
      ['token bucket', Ratelimit.tokenBucket(5, '60 s', 5)],
    ])('%s: what remains is told without taking any, and used tokens come back', async (_, limiter) => {
      const limit = limitOf(limiter)
      expect((await limit.getRemaining('id')).remaining).toBe(5)
      await outcomes(limit, 3)
      expect((await limit.getRemaining('id')).remaining).toBe(2)
      expect((await limit.getRemaining('id')).remaining).toBe(2)
      await limit.resetUsedTokens('id')
      expect((await limit.getRemaining('id')).remaining).toBe(5)
    })

    test('several tokens are taken at once, and a refused request takes none', async () => {
      const limit = limitOf(Ratelimit.tokenBucket(5, '60 s', 5))
      expect((await limit.limit('id', { rate: 4 })).remaining).toBe(1)
      expect((await limit.limit('id', { rate: 4 })).success).toBe(false)
      expect((await limit.getRemaining('id')).remaining).toBe(1)
    })

    test('the tokens hold when fifty ask at once', async () => {
      const limit = limitOf(Ratelimit.slidingWindow(10, '60 s'))
      const answers = await Promise.all(Array.from({ length: 50 }, () => limit.limit('id')))
      expect(answers.filter(({ success }) => success)).toHaveLength(10)
    })

    test('who is known to be blocked costs no request', async () => {
      const limit = limitOf(Ratelimit.fixedWindow(1, '60 s'), new Map())
      await outcomes(limit, 2)
      const requests = vi.spyOn(globalThis, 'fetch')
      expect(await limit.limit('id')).toMatchObject({ success: false, reason: 'cacheBlock' })
      expect(requests).not.toHaveBeenCalled()
    })

    test('scripts that the server has forgotten are sent again', async () => {
      const limit = limitOf(Ratelimit.fixedWindow(5, '60 s'))
      await limit.limit('id')
      await clientOf().scriptFlush()
      expect((await limit.limit('id')).remaining).toBe(3)
    })
  })
}
