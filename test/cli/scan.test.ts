import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDnsServer } from '#local/dns'
import { runHunter } from '../support/run-hunter.ts'

let dns: Awaited<ReturnType<typeof startDnsServer>>
let dir: string
beforeAll(async () => {
  dns = await startDnsServer({})
  dir = await mkdtemp(join(tmpdir(), 'hunter-cli-'))
})
afterAll(async () => {
  await dns.close()
  await rm(dir, { recursive: true, force: true })
})

it('prints one line of JSON for each domain, in the order given, with no database', async () => {
  const env = { HUNTER_DNS_SERVERS: dns.address, HUNTER_DATA_DIR: dir }
  const { status, out } = await runHunter(env, 'scan', 'https://www.hunter-demo-kimya.com.tr/', 'google.com', '--json')
  const leads = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(status).toBe(0)
  expect(leads.map(({ domain }) => domain)).toEqual(['hunter-demo-kimya.com.tr', 'google.com'])
  expect(leads[0]).toMatchObject({
    segment: 'Existing',
    provider: { mailbox: { id: 'microsoft-365' } },
    unanswered: [],
  })
})

it('prints the evidence, and ends with a failure, when no name server answers', async () => {
  const env = { HUNTER_DNS_SERVERS: '127.0.0.1:1', HUNTER_DNS_QUERY_TIMEOUT_MS: '100', HUNTER_DATA_DIR: dir }
  const { status, out, err } = await runHunter(env, 'scan', 'firma.com.tr')
  expect(out).toMatch(/mx +unknown/)
  expect([status, err.split('\n')[0]]).toEqual([6, 'DNS_UNANSWERED: no answer for firma.com.tr'])
})
