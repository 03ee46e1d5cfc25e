/** Lua, as the clients send it. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Server } from './server.ts'

export function scripts({ clientOf, plainClient, post }: Server): void {
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

    test('a loaded script runs by its SHA-1, and an unknown SHA-1 is an error', async () => {
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

    test('are atomic: no other command runs in between', async () => {
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
}
