import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeCString, buildMessage } from '#backups/postgres/wire-protocol'
import { isEnvironmentFailure } from '#backups/proof/environment-failure'
import { openPgliteTarget } from '#backups/proof/pglite-target'
import { provideTemplate } from '#backups/proof/pglite-template'
import { openPgliteProcess } from '#backups/wasm/pglite-process'
import { childrenOf, isRunning } from '../../support/child-processes.ts'
import { isThorough } from '../../support/thorough.ts'

let workDir: string
beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'hunter-process-'))
})
afterEach(() => rm(workDir, { recursive: true, force: true }))

const servers = (pid = process.pid) => childrenOf(pid, 'pglite-child')

async function open(signal?: AbortSignal) {
  const template = await provideTemplate({ tempDir: tmpdir(), workDir })
  return openPgliteProcess({ dataDir: join(workDir, 'data'), template, archives: [], serverArgs: [], signal })
}

const ENDLESS = buildMessage('Q', encodeCString('DO $$ BEGIN LOOP END LOOP; END $$'))
const toError = (error: unknown) => error

test.runIf(isThorough)(
  'a server in an endless statement can be ended; its process is gone, and it answers nothing afterwards',
  async () => {
    const server = await open()
    // a copy of the template, which has no database besides the session's
    expect(await server.query('SELECT datname FROM pg_database')).toEqual([{ datname: 'postgres' }])
    const failed = server.ask(ENDLESS, () => undefined).catch(toError)
    await server.end()
    expect(await servers()).toEqual([])
    expect(await failed).toMatchObject({ name: 'ChildEnded' })
    expect(isEnvironmentFailure(await failed)).toBe(true)
    await expect(server.query('SELECT 1')).rejects.toThrow('the embedded Postgres was ended')
  },
)

test.runIf(isThorough)('a server that is ended while it waits for rows releases the sender', async () => {
  const target = await openPgliteTarget({ tempDir: tmpdir(), workDir, extensions: [] })
  await target.execute('CREATE TABLE public.notes (note text)')
  const left = Promise.withResolvers<void>()
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (let sent = 0; ; sent += 1) {
        if (sent === 100) void target.close()
        yield Buffer.alloc(100_000, 'a row\n')
      }
    } finally {
      left.resolve()
    }
  }
  const copying = target.copyIn({ schema: 'public', table: 'notes', columns: ['note'] }, endless())
  await expect(copying).rejects.toThrow('the embedded Postgres was ended')
  await left.promise
  expect(await servers()).toEqual([])
})

test('a server can be ended while it starts', async () => {
  const stopping = new AbortController()
  const opening = open(stopping.signal).catch(toError)
  await expect.poll(() => servers()).toHaveLength(1)
  stopping.abort()
  expect(await opening).toMatchObject({ message: 'the embedded Postgres was ended' })
  expect(await servers()).toEqual([])
  await expect(provideTemplate({ tempDir: workDir, workDir, signal: stopping.signal })).rejects.toThrow('was ended')
})

test('a folder without a cluster is an error, and leaves no process', async () => {
  await expect(openPgliteProcess({ dataDir: '/dev/null/none', archives: [], serverArgs: [] })).rejects.toThrow(
    'ENOTDIR',
  )
  expect(await servers()).toEqual([])
})

test('a request that fails in the middle of its rows does not affect the next, and a crash is an error with its signal', async () => {
  const server = await open()
  let sent = 0
  async function* rows(): AsyncGenerator<Buffer> {
    for (; sent < 10_000; sent += 1)
      yield buildMessage('d', Buffer.from(sent === 0 ? 'not a number\n' : '1\n'.repeat(10_000)))
    yield buildMessage('c')
  }
  await server.query('CREATE TABLE numbers (n int)')
  const error = await server.ask(buildMessage('Q', encodeCString('COPY numbers FROM STDIN')), () => undefined, rows())
  expect(error).toMatchObject({ message: expect.stringContaining('invalid input syntax') })
  expect(sent).toBeLessThan(1_000)
  expect(await server.query('SELECT count(*)::int AS n FROM numbers')).toEqual([{ n: 0 }])

  const failed = server.ask(ENDLESS, () => undefined).catch(toError)
  for (const pid of await servers()) process.kill(pid, 'SIGSEGV')
  expect(await failed).toMatchObject({ message: 'the process of the embedded Postgres crashed (SIGSEGV)' })
  expect(isEnvironmentFailure(await failed)).toBe(true)
  await expect(server.query('SELECT 1')).rejects.toThrow('crashed (SIGSEGV)')
  await server.end()
})

test('a server ends with its parent, even in an endless statement', async () => {
  const template = await provideTemplate({ tempDir: tmpdir(), workDir })
  const program = join(import.meta.dirname, '../../support/endless-postgres-process.ts')
  const parent = spawn(process.execPath, [program, join(workDir, 'data'), template], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(parent.stdout, 'data')
  const [pid = 0, ...others] = await servers(parent.pid)
  expect(others).toEqual([])
  expect(await isRunning(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isRunning(pid)).toBe(false)
})
