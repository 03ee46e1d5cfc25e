import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '#client/client'
import { isThorough } from '../support/thorough.ts'

/** As a user does: one process, its output read, its signals sent. All on one folder, whose first start takes the longest. */
let dataDir: string
const running: ChildProcess[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hunter-e2e-'))
})
afterAll(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  await rm(dataDir, { recursive: true, force: true })
})

interface Started {
  child: ChildProcess
  url: string
  key: string
  output: () => string
}

function start(...args: string[]): Promise<Started> {
  return launch(process.execPath, ['packages/cli/main.ts', 'dev', '--data-dir', dataDir, ...args])
}

/** Starts the program in its own process group, as a terminal does for a typed command. */
async function launch(program: string, args: string[]): Promise<Started> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, NO_COLOR: '1' },
  })
  running.push(child)
  let output = ''
  const ready = Promise.withResolvers<undefined>()
  const listen = (chunk: Buffer) => {
    output += chunk.toString()
    if (output.includes('Ctrl-C stops everything')) ready.resolve(undefined)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  child.once('exit', (status) => ready.reject(new Error(`ended with status ${status}: ${output}`)))
  await ready.promise
  const url = /API +(http:\S+)/.exec(output)?.[1] ?? ''
  const key = /Key +(hk_\S+)/.exec(output)?.[1] ?? ''
  return { child, url, key, output: () => output }
}

const connect = ({ url, key }: Started) => createClient({ url: new URL(url).origin, key, retries: 0 })

/** Fails unless the API answers with success. */
const scan = (started: Started, domain: string) => connect(started).post('/scan/domain', { body: { domain } })

async function domainsOf(started: Started): Promise<string[]> {
  const { data } = await connect(started).get('/leads')
  return data.leads.map(({ domain }) => domain)
}

async function end({ child }: Started, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [status] = (await exited) as [number | null]
  return status
}

/** The process that the database runs as, from the file that it keeps while it runs. */
async function databasePid(): Promise<number> {
  const text = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  return Number(text.split('\n')[0])
}

/** A request of which the server has read the head, and waits for the body. */
async function beginScan({ url, key }: Started, domain: string) {
  const body = JSON.stringify({ domain })
  const asked = request(`${url}/scan/domain`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      Expect: '100-continue',
    },
  })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  answered.catch(() => undefined) // the code that awaits it handles the rejection
  asked.flushHeaders()
  await once(asked, 'continue')
  return {
    finish: async () => {
      asked.end(body)
      const [answer] = await answered
      return { status: answer.statusCode, body: await text(answer) }
    },
  }
}

describe('one stack, test after test', () => {
  let stack: Started

  it('says that a port is taken and uses another one', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const taken = String((holder.address() as AddressInfo).port)
    stack = await start('--port', taken)
    holder.close()
    expect(stack.output()).toContain(`Port ${taken} is taken; using ${new URL(stack.url).port}.`)
  })

  it('refuses to run twice on one folder', async () => {
    await expect(start('--port', '0')).rejects.toThrow(/PART_FAILED: Hunter already runs with the folder .* at http/)
    expect(await domainsOf(stack)).toEqual([])
  })

  it('gives the commands its stand-ins: a person signs in at the Partner Center of this machine', async () => {
    const app = ['--tenant', 'contoso.com', '--client-id', '4990cffe-04e8-4e8b-808a-1175604b879f', '--port', '0']
    const child = spawn(process.execPath, ['packages/cli/main.ts', 'referrals', 'connect', ...app], {
      env: { ...process.env, HUNTER_DATA_DIR: dataDir, HUNTER_PARTNER_CLIENT_SECRET: 'secret' },
    })
    running.push(child)
    for await (const chunk of child.stdout) {
      const page = /http\S+authorize\S+/.exec(String(chunk))?.[0]
      if (page === undefined) continue
      expect(new URL(page).hostname).toBe('127.0.0.1')
      child.kill('SIGTERM')
    }
    expect.hasAssertions()
  })

  it('stops everything at Ctrl-C, and has the same data and key at the next start', async () => {
    await scan(stack, 'hunter-demo-kimya.com.tr')
    const [pid, { key }] = [await databasePid(), stack]
    expect(await end(stack, 'SIGINT')).toBe(0)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')

    stack = await start('--port', '0')
    expect(stack.key).toBe(key)
    expect(await domainsOf(stack)).toEqual(['hunter-demo-kimya.com.tr'])
  })

  it.runIf(isThorough)('starts with its data after it was killed', async () => {
    await scan(stack, 'hunter-demo-kargo.com.tr')
    await end(stack, 'SIGKILL')
    stack = await start('--port', '0')
    expect((await domainsOf(stack)).toSorted()).toEqual(['hunter-demo-kargo.com.tr', 'hunter-demo-kimya.com.tr'])
  })

  it('restarts a killed Postgres, and finishes a running request before it stops', async () => {
    const started = stack
    const scanned = await domainsOf(started)
    process.kill(await databasePid(), 'SIGKILL')
    await expect.poll(started.output).toContain('Postgres died (SIGKILL) and is restarted')
    await expect.poll(started.output).toContain('Postgres runs again')
    expect(await domainsOf(started)).toEqual(scanned)

    const underWay = await beginScan(started, 'hunter-demo-finans.com.tr')
    const exited = once(started.child, 'exit')
    started.child.kill('SIGTERM')
    await expect.poll(started.output).toContain('Stopping')
    await expect(fetch(started.url)).rejects.toThrow('fetch failed') // nothing new is taken
    expect(await underWay.finish()).toMatchObject({ status: 200, body: expect.stringContaining('hunter-demo-finans') })
    expect(await exited).toEqual([0, null])
  })
})

it.runIf(isThorough).each(['the terminal', 'its parent'])(
  'leaves nothing behind when npm start is stopped by %s',
  async (who) => {
    const started = await launch('npm', ['start', '--', '--data-dir', dataDir, '--port', '0'])
    const pid = await databasePid()
    const { child } = started
    const closed = once(child, 'close') // emitted when the last process that holds its output has ended
    if (who === 'the terminal') process.kill(-(child.pid ?? 0), 'SIGINT')
    else child.kill('SIGTERM')
    await closed
    expect(started.output()).toContain('Stopping')
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  },
)

it.runIf(isThorough)('stops at once at a second signal', async () => {
  const started = await start('--port', '0')
  const pid = await databasePid()
  const underWay = await beginScan(started, 'hunter-demo-kimya.com.tr')
  const exited = once(started.child, 'exit')
  started.child.kill('SIGTERM')
  await expect.poll(started.output).toContain('Stopping')
  await pause(1_100) // npm hands a signal on twice at once: only a later one counts
  started.child.kill('SIGTERM')
  expect(await exited).toEqual([1, null])
  await expect(underWay.finish()).rejects.toThrow('socket hang up')
  await expect.poll(() => isAlive(pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
