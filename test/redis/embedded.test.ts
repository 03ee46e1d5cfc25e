import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RedisServer, type RedisServerOptions, startRedisServer } from '#emulators/redis/server'
import { createRedis } from '#redis/client'
import { TestClock } from '../support/test-clock.ts'

let clock: TestClock
let folder: string
const servers: RedisServer[] = []

beforeEach(async () => {
  clock = new TestClock()
  folder = await mkdtemp(join(tmpdir(), 'hunter-redis-'))
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
  await rm(folder, { recursive: true })
})

async function start(options: Partial<RedisServerOptions> = {}) {
  const server = await startRedisServer({ token: 't', clock, ...options })
  servers.push(server)
  return { server, redis: createRedis({ url: server.url, token: 't', timeoutMs: 20_000 }) }
}

describe('the server', () => {
  test('listens only on the loopback address', async () => {
    expect(new URL((await start()).server.url).hostname).toBe('127.0.0.1')
  })

  test('says that its port is taken', async () => {
    const { server } = await start()
    const port = Number(new URL(server.url).port)
    await expect(startRedisServer({ token: 't', clock, port })).rejects.toMatchObject({
      code: 'PART_FAILED',
      message: expect.stringContaining('EADDRINUSE'),
    })
  })

  test('closes at once, open connections included, and may be closed again', async () => {
    const { server, redis } = await start()
    await redis.ping()
    await server.close()
    await server.close()
    await expect(redis.ping()).rejects.toThrow('fetch failed')
  })

  test('uses the given clock, to the millisecond', async () => {
    const { redis } = await start()
    await redis.set('a', 'x', { px: 1_000 })
    clock.advanceMs(999)
    expect(await redis.pttl('a')).toBe(1)
    clock.advanceMs(1)
    expect(await redis.get('a')).toBeNull()
    expect(await redis.dbsize()).toBe(0)
  })

  test('FLUSHALL leaves nothing', async () => {
    const { redis } = await start()
    await redis.set('a', 'x')
    expect(await redis.flushall()).toBe('OK')
    expect(await redis.dbsize()).toBe(0)
  })

  test('refuses a body of more than 10 MiB and invalid UTF-8, and keeps working', async () => {
    const { server, redis } = await start()
    const headers = { authorization: 'Bearer t' }
    const post = (body: string | Buffer<ArrayBuffer>) => fetch(`${server.url}/set/a`, { method: 'POST', headers, body })
    const tooLarge = await post('x'.repeat(10 * 1024 * 1024 + 1))
    expect(tooLarge.status).toBe(413)
    expect(await tooLarge.json()).toEqual({ error: 'ERR max request size exceeded' })
    const noText = await post(Buffer.from([0xff, 0xfe, 0x00]))
    expect(noText.status).toBe(400)
    expect(await redis.exists('a')).toBe(0)
    const largest = await post('x'.repeat(10 * 1024 * 1024))
    expect(largest.status).toBe(200)
  })

  test('stops a script that does not end, even one that catches its own errors', async () => {
    const { redis } = await start()
    const endless = 'while true do pcall(function() while true do end end) end'
    await expect(redis.eval(endless, [], [])).rejects.toThrow('ran for too long')
    expect(await redis.eval('return 1', [], [])).toBe(1)
  })

  test('refuses an endless reply', async () => {
    const { redis } = await start()
    await expect(redis.eval('local t = {} t[1] = t return t', [], [])).rejects.toThrow('ERR reached lua stack limit')
    expect(await redis.eval('return 1', [], [])).toBe(1)
  })

  test('refuses compiled Lua', async () => {
    const { redis } = await start()
    await expect(redis.eval('\u001bLua', [], [])).rejects.toThrow('Error compiling script')
  })
})

describe('the snapshot', () => {
  test('restores texts, hashes and times to live after a restart', async () => {
    const persistPath = join(folder, 'new-folder', 'redis.json')
    const before = await start({ persistPath })
    await before.redis.set('text', 'ş\u0000💥', { ex: 100 })
    await before.redis.hset('hash', { a: 'x', __proto__x: 'y' })
    await before.redis.set('gone', 'x', { ex: 10 })
    await before.redis.set('removed', 'x')
    await before.redis.del('removed')
    await before.server.close()
    clock.advanceMs(20_000)
    const { redis } = await start({ persistPath })
    expect(await redis.get('text')).toBe('ş\u0000💥')
    expect(await redis.ttl('text')).toBe(80)
    expect(await redis.hgetall('hash')).toEqual({ a: 'x', __proto__x: 'y' })
    expect(await redis.dbsize()).toBe(2)
  })

  test('is written while the server runs, by one rename, readable only by its owner', async () => {
    const persistPath = join(folder, 'redis.json')
    const { redis } = await start({ persistPath, tidyEveryMs: 5 })
    await redis.set('a', 'first')
    await expect.poll(() => readFile(persistPath, 'utf8').catch(() => '')).toContain('first')
    await redis.set('a', 'second')
    await expect.poll(() => readFile(persistPath, 'utf8')).toContain('second')
    expect((await stat(persistPath)).mode & 0o777).toBe(0o600)
    await Promise.all(servers.splice(0).map((server) => server.close()))
    expect(await readdir(folder)).toEqual(['redis.json'])
  })

  test.each([
    ['no JSON', '{"version":1,"keys":['],
    ['another version', '{"version":2,"keys":[]}'],
    ['another shape', '{"version":1,"keys":[{"key":"a","value":5,"expiresAtMs":null}]}'],
    ['nothing', ''],
  ])('that holds %s counts as empty', async (_, content) => {
    const persistPath = join(folder, 'redis.json')
    await writeFile(persistPath, content)
    const { redis } = await start({ persistPath })
    expect(await redis.dbsize()).toBe(0)
    expect(await redis.set('a', 'x')).toBe('OK')
  })

  test('that cannot be written does not stop the server', async () => {
    await writeFile(join(folder, 'file'), '')
    const { server, redis } = await start({ persistPath: join(folder, 'file', 'redis.json'), tidyEveryMs: 5 })
    await redis.set('a', 'x')
    expect(await redis.get('a')).toBe('x')
    await server.close()
  })
})
