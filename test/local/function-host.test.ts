import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createFunctionHost, type FunctionHost } from '#local/function-host'

let dir: string
const hosts: FunctionHost[] = []
const lines: string[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-fn-'))
  await writeFile(join(dir, 'package.json'), '{"type":"module"}')
})
afterEach(() => vi.useRealTimers())
afterAll(async () => {
  for (const host of hosts) await host.stop()
  await rm(dir, { recursive: true, force: true })
})

async function hostOf(source: string, options: { timeoutMs?: number } = {}): Promise<FunctionHost> {
  const file = join(dir, `${hosts.length}.ts`)
  await writeFile(file, source)
  const host = createFunctionHost(
    { env: { GREETING: 'merhaba' }, onLine: (line) => lines.push(line) },
    { name: 'Probe', file, exportName: 'handler', timeoutMs: options.timeoutMs ?? 5_000, memoryMb: 128 },
  )
  hosts.push(host)
  return host
}

it('gives the function its own environment, the event and a context', async () => {
  const host = await hostOf(`export const handler = async (event: unknown, context: { functionName: string }) => {
    console.log('a line')
    return { event, name: context.functionName, greeting: process.env.GREETING, home: process.env.HOME }
  }`)
  expect(await host.invoke({ a: 1 })).toEqual({ event: { a: 1 }, name: 'Probe', greeting: 'merhaba' })
  await expect.poll(() => lines).toContain('a line')
})

it('fails with the message that the function threw', async () => {
  const host = await hostOf(`export const handler = async () => { throw new Error('no such table') }`)
  await expect(host.invoke({})).rejects.toMatchObject({ code: 'PART_FAILED', message: 'Probe failed: no such table' })
})

it('stops an instance that overruns its timeout and starts a new one for the next event', async () => {
  // the host's own clock stands still, so that what a busy machine takes to start the new one is no overrun
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const host = await hostOf(
    `let calls = 0
     export const handler = async (event: { wait: boolean }) => {
       calls += 1
       if (event.wait) console.log('is waiting')
       if (event.wait) await new Promise(() => setInterval(() => undefined, 1000))
       return calls
     }`,
    { timeoutMs: 400 },
  )
  const waiting = host.invoke({ wait: true }).catch((error: unknown) => error)
  while (!lines.includes('is waiting')) await new Promise(setImmediate)
  vi.advanceTimersByTime(399)
  expect(await Promise.race([waiting, host.invoke({ wait: false })])).toBe(2)
  vi.advanceTimersByTime(1)
  expect(await waiting).toMatchObject({ code: 'PART_FAILED', message: expect.stringContaining('400 ms') })
  expect(await host.invoke({ wait: false })).toBe(1)
})

it('survives a function that kills its own instance', async () => {
  const host = await hostOf(`export const handler = async (event: { die: boolean }) => {
    if (event.die) process.exit(3)
    return 'alive'
  }`)
  await expect(host.invoke({ die: true })).rejects.toMatchObject({ code: 'PART_FAILED' })
  expect(await host.invoke({ die: false })).toBe('alive')
})

it('runs new code after a reload, while running events finish in the old code', async () => {
  const source = (version: string) => `let release: (() => void) | undefined
    export const handler = async (event: { do: string }) => {
      if (event.do === 'hold') await new Promise<void>((resolve) => { release = resolve; console.log('holds') })
      if (event.do === 'release') release?.()
      return '${version}'
    }`
  const host = await hostOf(source('old'), { timeoutMs: 60_000 })
  const file = join(dir, `${hosts.length - 1}.ts`)
  lines.length = 0
  const held = host.invoke({ do: 'hold' })
  while (!lines.includes('holds')) await new Promise(setImmediate)
  await writeFile(file, source('new'))
  expect(await host.invoke({ do: 'nothing' })).toBe('old')
  const beforeReload = host.invoke({ do: 'release' })
  await host.reload()
  expect([await held, await beforeReload, await host.invoke({ do: 'nothing' })]).toEqual(['old', 'old', 'new'])
  await host.whenIdle()
})

it('keeps running the old code when the new code does not load, and says why', async () => {
  const host = await hostOf(`export const handler = async () => 'old'`)
  const file = join(dir, `${hosts.length - 1}.ts`)
  await host.invoke({})
  await writeFile(file, `export const handler = nothing.like.it`)
  await expect(host.reload()).rejects.toMatchObject({
    code: 'PART_FAILED',
    message: expect.stringContaining('nothing is not defined'),
  })
  expect(await host.invoke({})).toBe('old')
})
