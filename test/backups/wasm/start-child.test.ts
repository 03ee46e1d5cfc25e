import { createHash } from 'node:crypto'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { isEnvironmentFailure } from '#backups/proof/environment-failure'
import { type Child, startChild } from '#backups/wasm/start-child'
import { childrenOf } from '../../support/child-processes.ts'

interface Started {
  child: Child
  frames: { type: string; body: Buffer }[]
  ended: Promise<Error>
}

function start(file = '../../support/echo-child.ts'): Started {
  const frames: Started['frames'] = []
  const ended = Promise.withResolvers<Error>()
  const child = startChild(new URL(file, import.meta.url), {
    name: 'the echo',
    onFrame: (type, body) => frames.push({ type, body }),
    onEnd: ended.resolve,
  })
  return { child, frames, ended: ended.promise }
}

const echoes = () => childrenOf(process.pid, 'echo-child')
const sumOf = (bodies: Buffer[]) => createHash('sha256').update(Buffer.concat(bodies)).digest('hex')

test('frames of any size arrive complete and in order, and a fast sender waits', async () => {
  const { child, frames, ended } = start()
  const sizes = [0, 1, 4, 65_535, 65_536, 5_000_000, 0, 3]
  const bodies = sizes.map((size, at) => Buffer.alloc(size, `${at}`))
  for (const body of bodies) await child.send('B', body)
  await expect.poll(() => frames.length).toBe(sizes.length)
  expect(frames.map(({ body }) => body.length)).toEqual(sizes)
  expect(sumOf(frames.map(({ body }) => body))).toBe(sumOf(bodies))
  await child.end()
  expect(await ended).toMatchObject({ name: 'ChildEnded', message: 'the echo was ended' })
  expect(await echoes()).toEqual([])
})

test('a program gets none of our environment, no arguments, and the same V8 flags', async () => {
  process.env['HUNTER_TEST_SECRET'] = 'a secret'
  const { child, frames } = start()
  await child.send('E')
  await expect.poll(() => frames.length).toBe(1)
  await child.end()
  delete process.env['HUNTER_TEST_SECRET']
  const { env, argv, execArgv } = JSON.parse(String(frames[0]?.body)) as {
    env: Record<string, string>
    argv: string[]
    execArgv: string[]
  }
  expect(execArgv).toEqual(['--liftoff-only', '--wasm-lazy-validation']) // the same as in vitest.config.ts
  const compiled = getCompileCacheDir()
  expect(env['NODE_COMPILE_CACHE']).toBe(compiled && dirname(compiled)) // it compiles its program once for all its starts
  expect(Object.keys(env).filter((name) => !['LD_LIBRARY_PATH', 'NODE_COMPILE_CACHE'].includes(name))).toEqual([])
  expect(argv).toEqual([process.execPath, expect.stringMatching(/echo-child\.ts$/)])
})

test.each([
  ['fails', 'T', 'the process of the echo crashed (status 1): TypeError: this program is at its end'],
  ['sends nonsense', 'N', expect.stringContaining('the server broke its protocol')],
])('a program that %s is an error that says so, and its process is gone', async (_what, type, message) => {
  const { child, ended } = start()
  await child.send(type)
  expect(await ended).toMatchObject({ message })
  await child.end()
  expect(await echoes()).toEqual([])
  await child.send('B', Buffer.alloc(10_000_000)) // no reader takes it, and no caller waits
})

test('a missing program is an error that names it', async () => {
  const { ended } = start('./none.ts')
  expect(await ended).toMatchObject({
    message: expect.stringMatching(/crashed \(status 1\): Error: Cannot find module '.*none/),
  })
})

test('a signal from outside is reported, as a fault of the environment', async () => {
  const { child, frames, ended } = start()
  await child.send('B')
  await expect.poll(() => frames.length).toBe(1)
  for (const pid of await echoes()) process.kill(pid, 'SIGSEGV')
  const error = await ended
  expect(error.message).toBe('the process of the echo crashed (SIGSEGV)')
  expect(isEnvironmentFailure(error)).toBe(true)
})
