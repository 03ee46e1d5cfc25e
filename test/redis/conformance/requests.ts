/** What the REST protocol makes of commands, errors and tokens. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import type { Server } from './server.ts'

export function requests({ clientOf, post, endpoint }: Server): void {
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
    ])('a body that is not a command: %s %j', async (path, sent) => {
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

    test('auto-pipelining sends simultaneous commands in one request', async () => {
      const redis = clientOf({ enableAutoPipelining: true })
      const key = randomUUID()
      await redis.mset(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${key}:${i}`, i])))
      const requests = vi.spyOn(globalThis, 'fetch')
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => redis.get(`${key}:${i}`)))
      expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i))
      expect(requests).toHaveBeenCalledTimes(1)
    })

    test('a transaction runs as a whole, and continues after a failed command', async () => {
      const key = randomUUID()
      const { status, body } = await post('/multi-exec', [
        ['SET', key, 'a'],
        ['INCR', key],
        ['GET', key],
      ])
      expect(status).toBe(200)
      expect(body).toEqual([{ result: 'OK' }, { error: expect.stringContaining('not an integer') }, { result: 'a' }])
    })

    test('a transaction with an invalid command does nothing', async () => {
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
      const headers = { authorization: `Bearer ${endpoint().token}`, ...init.headers }
      const response = await fetch(endpoint().url + path, { ...init, headers })
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

    test('an unknown command, a badly encoded one and an unsupported method are refused', async () => {
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
        const token = wrong.replace('TOKEN', endpoint().token).replace('token', endpoint().token.slice(0, -1))
        const answer = await post(path.replace('KEY', key), bodyOf(key), token.replace(' ', '%20'))
        expect(answer).toEqual({ status: 401, body: { error: expect.any(String) } })
        expect(await clientOf().exists(key)).toBe(0)
      }
      const bare = await fetch(endpoint().url + path, { method: 'POST', body: '[["PING"]]' })
      expect(bare.status).toBe(401)
      const basic = await fetch(endpoint().url + path, { headers: { authorization: `Basic ${endpoint().token}` } })
      expect(basic.status).toBe(401)
    })

    test('the client reports it', async () => {
      await expect(clientOf({ token: 'wrong' }).get('a')).rejects.toThrow('WRONGPASS')
      await expect(clientOf({ token: 'wrong' }).pipeline().get('a').exec()).rejects.toThrow('WRONGPASS')
      await expect(clientOf({ token: 'wrong' }).multi().get('a').exec()).rejects.toThrow('WRONGPASS')
    })
  })
}
