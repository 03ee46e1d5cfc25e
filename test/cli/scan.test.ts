import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDnsServer } from '#emulators/dns/server'
import { MAIN, runHunter } from '../support/run-hunter.ts'
import { hunterInProcess } from '../support/run-in-process.ts'

let dns: Awaited<ReturnType<typeof startDnsServer>>
let dir: string
let run: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  dns = await startDnsServer({ forwardTo: [] })
  dir = await mkdtemp(join(tmpdir(), 'hunter-cli-'))
  run = hunterInProcess({ HUNTER_DATA_DIR: dir })
})
afterAll(async () => {
  await dns.close()
  await rm(dir, { recursive: true, force: true })
})

const scan = (...argv: string[]) => run('scan', '--no-registration', '--resolver', dns.address, ...argv)

async function fileOf(...lines: string[]): Promise<string> {
  const file = join(dir, `list-${lines.length}.txt`)
  await writeFile(file, lines.join('\r\n'))
  return file
}

const jsonLines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('with --json', () => {
  it('prints one line for each domain, in the order given, with no database', async () => {
    const { status, out } = await scan('https://www.hunter-demo-kimya.com.tr/', 'google.com', '--json')
    const leads = jsonLines(out)
    expect(status).toBe(0)
    expect(leads.map(({ domain }) => domain)).toEqual(['hunter-demo-kimya.com.tr', 'google.com'])
    expect(leads[0]).toMatchObject({
      segment: 'Existing',
      provider: { mailbox: { id: 'microsoft-365' }, tenants: { microsoft365: expect.anything() } },
      signals: { dkim: { state: 'present' }, registration: { rcode: 'NOT_COLLECTED' } },
      summary: { domain: 'hunter-demo-kimya.com.tr', one_liner: expect.stringContaining('Microsoft 365') },
      unanswered: [],
    })
  })

  it('keeps the place of an invalid input, scans the rest, and reports it at the end', async () => {
    const file = await fileOf('# companies', '', 'hunter-demo-gida.com.tr', '10.0.0.1', 'x'.repeat(9_000), 'google.com')
    const { status, out, err } = await scan('--json', '--file', file, 'not a domain')
    const lines = jsonLines(out)
    expect(lines.map(({ domain, line }) => domain ?? line)).toEqual([
      undefined,
      'hunter-demo-gida.com.tr',
      4,
      5,
      'google.com',
    ])
    expect(lines[2]).toMatchObject({
      input: '10.0.0.1',
      error: { code: 'DOMAIN_INVALID', details: { reason: 'ip-address' } },
    })
    expect([status, JSON.parse(err)]).toMatchObject([
      2,
      { error: { code: 'DOMAIN_INVALID', message: 'not a domain: 3 of 5 inputs; see above' } },
    ])
  })
})

it('prints the evidence, the provider, the score and the call script for a person', async () => {
  const { status, out } = await scan('hunter-demo-enerji.com.tr')
  expect(status).toBe(0)
  for (const part of [
    /mailbox {2}Microsoft 365, \d+% sure\n +- spf: spf\.protection\.outlook\.com/,
    /gateway {2}Barracuda/,
    /tenant {3}Microsoft 365: proven\n +- autodiscover → autodiscover\.outlook\.com/,
    /absent .*dkim NXDOMAIN/,
    /dkim\.absent +-10 .*with DKIM: \+20/,
    /\n {2}hunter-demo-enerji\.com\.tr uses Microsoft 365/,
  ]) {
    expect(out).toMatch(part)
  }
  expect((await scan('hunter-demo-enerji.com.tr', '--lang', 'tr')).out).toMatch(/puan/)
})

it('uses the name servers of the setting, and fails if none of them answers', async () => {
  const env = { HUNTER_DNS_SERVERS: '127.0.0.1:1', HUNTER_DNS_QUERY_TIMEOUT_MS: '100', HUNTER_DATA_DIR: dir }
  const { status, out, err } = await runHunter(env, 'scan', 'firma.com.tr', '--no-registration')
  expect(out).toMatch(/unknown {2}mx /)
  expect([status, err.split('\n')[0]]).toEqual([6, 'DNS_UNANSWERED: no answer for 1 of 1 domain; see above'])
  const resolvers = ['--resolver=127.0.0.1:1', `--resolver=${dns.address}`]
  const second = await run('scan', 'google.com', '--no-registration', ...resolvers)
  expect(second).toMatchObject({ status: 0, err: '' })
})

it('refuses a missing list, an invalid name server, and a call without input', async () => {
  expect(await scan('--file', join(dir, 'nowhere'))).toMatchObject({
    status: 2,
    err: expect.stringMatching(/^FILE_UNUSABLE/),
  })
  expect(await scan('--file', dir)).toMatchObject({ status: 2, err: expect.stringMatching(/^FILE_UNUSABLE/) })
  expect(await scan()).toMatchObject({ status: 2, err: expect.stringMatching(/^USAGE/) })
  const bad = await run('scan', 'google.com', '--resolver', 'nowhere')
  expect(bad).toMatchObject({ status: 2, err: expect.stringMatching(/^USAGE/) })
})

describe('hundreds of domains', () => {
  it('are streamed: the first results appear before the last inputs are read', async () => {
    const argv = [MAIN, 'scan', '--file', '-', '--json', '--no-registration', '--resolver', dns.address]
    const env = { PATH: process.env['PATH'] ?? '', HUNTER_DNS_QUERY_TIMEOUT_MS: '20000' } // a busy machine answers late
    const child = spawn(process.execPath, argv, { env })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const domains = Array.from({ length: 240 }, (_, at) => `hunter-demo-nobody.com.tr.x${at}.hunter-demo-kargo.com.tr`)
    child.stdin.write(`${domains.slice(0, 120).join('\n')}\n`)
    let read = 0
    while (read < 60 && !(await lines.next()).done) read += 1
    expect(read).toBe(60) // and the input is still open
    child.stdin.end(domains.slice(120).join('\n'))
    while (!(await lines.next()).done) read += 1
    expect(read).toBe(240)
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })
})
