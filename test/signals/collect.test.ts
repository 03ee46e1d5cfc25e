import { afterEach, describe, expect, it } from 'vitest'
import type { DnsServer } from '#emulators/dns/server'
import { AppError } from '#platform/errors'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { normaliseDomain } from '#signals/normalise'
import { type Signals, listUnansweredSignals } from '#signals/signals'
import { startOddServer, startZone } from '../support/dns.ts'
import { CLOSED_PORT } from '../support/registry.ts'
import { TestClock } from '../support/test-clock.ts'

const DOMAIN = normaliseDomain('firma.com.tr')
const DMARC = { TXT: ['v=DMARC1; p=reject'] }
const running: DnsServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function zone(domains: Parameters<typeof startZone>[0]): Promise<DnsServer> {
  const server = await startZone(domains)
  running.push(server)
  return server
}

async function odd(reply?: (question: Buffer) => Buffer) {
  const server = await startOddServer(reply)
  running.push(server)
  return server
}

interface Limits {
  queryTimeoutMs?: number
  budgetMs?: number
}

function scan(servers: { address: string }[], { queryTimeoutMs = 20_000, budgetMs = 60_000 }: Limits = {}) {
  const clock = new TestClock('2026-11-20T10:00:00Z')
  const dns = createDns({ servers: servers.map(({ address }) => address), queryTimeoutMs, clock })
  return collectSignals({ dns, clock }, DOMAIN, { budgetMs })
}

const rcodes = ({ mx, spf, dmarc }: Signals) => [mx, spf, dmarc].map(({ state, rcode }) => `${state} ${rcode}`)

describe('what the ledger says', () => {
  it('keeps each record with its response code, resolver and time', async () => {
    const records = { MX: ['20 Backup.Firma.com.tr', '10 mx.yandex.net'], TXT: ['other', 'v=spf1 mx -all'] }
    const server = await zone({ 'firma.com.tr': { '@': records, _dmarc: DMARC } })
    const signals = await scan([server])
    const seen = { state: 'present', rcode: 'NOERROR', resolver: server.address, at: '2026-11-20T10:00:00.000Z' }
    expect(signals.mx).toEqual({
      ...seen,
      records: expect.arrayContaining(['10 mx.yandex.net.', '20 backup.firma.com.tr.']),
      value: {
        hosts: [
          { host: 'mx.yandex.net', preference: 10 },
          { host: 'backup.firma.com.tr', preference: 20 },
        ],
        nullMx: false,
      },
    })
    expect(signals.spf).toMatchObject({ ...seen, records: ['v=spf1 mx -all'], value: { verdict: 'valid', lookups: 1 } })
    expect(signals.dmarc).toMatchObject({ ...seen, records: DMARC.TXT, value: { policy: 'reject' } })
    expect(listUnansweredSignals(signals)).toEqual([])
  })

  it('tells a name that does not exist from one that holds nothing', async () => {
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { TXT: ['no policy here'] } } })])
    expect(rcodes(signals)).toEqual(['absent NODATA', 'absent NOERROR', 'absent NXDOMAIN'])
    const gone = await scan([await zone({ 'firma.com.tr': {} })])
    expect(rcodes(gone)).toEqual(['absent NXDOMAIN', 'absent NXDOMAIN', 'absent NXDOMAIN'])
  })

  it.each(['SERVFAIL', 'REFUSED'] as const)('reads %s as unknown, never as absent', async (rcode) => {
    const server = await zone({ 'firma.com.tr': { '@': { rcode }, _dmarc: { rcode } } })
    const signals = await scan([server])
    expect(rcodes(signals)).toEqual([`unknown ${rcode}`, `unknown ${rcode}`, `unknown ${rcode}`])
    expect(signals.mx.resolver).toBe(server.address)
    expect(listUnansweredSignals(signals)).toEqual(
      expect.arrayContaining(['mx', 'spf', 'dmarc', 'ns', 'a', 'aaaa', 'tokens']),
    )
  })

  it('reads silence as unknown once the time of a query is over', async () => {
    const signals = await scan([await odd()], { queryTimeoutMs: 120 })
    expect(rcodes(signals)).toEqual(['unknown TIMEOUT', 'unknown TIMEOUT', 'unknown TIMEOUT'])
  })

  it('spends no more than the budget of the scan, however long a query may take', async () => {
    const hourMs = 3_600_000 // longer than any test may take
    const signals = await scan([await odd(), await odd()], { queryTimeoutMs: hourMs, budgetMs: 150 })
    expect(rcodes(signals)).toEqual(['unknown TIMEOUT', 'unknown TIMEOUT', 'unknown TIMEOUT'])
  })

  it('reads junk and a closed port as unknown', async () => {
    const junk = await scan([await odd(() => Buffer.from('not DNS at all'))], { queryTimeoutMs: 120 })
    expect(junk.mx.state).toBe('unknown')
    const closed = { address: `127.0.0.1:${CLOSED_PORT}` }
    expect(rcodes(await scan([closed]))).toEqual(['unknown UNREACHABLE', 'unknown UNREACHABLE', 'unknown UNREACHABLE'])
  })

  it('fetches an answer that is too long for UDP over TCP', async () => {
    const TXT = [...Array.from({ length: 40 }, (_, index) => `token=${index}-${'x'.repeat(90)}`), 'v=spf1 -all']
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { TXT } } })])
    expect(signals.spf).toMatchObject({ state: 'present', records: ['v=spf1 -all'] })
  })

  it('joins the strings of one record without a space', async () => {
    const record = `v=spf1 ${'ip4:192.0.2.1 '.repeat(40)}-all`
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { TXT: [record] } } })])
    expect(signals.spf.records).toEqual([record])
  })

  it('reads the null MX as a domain that takes no mail', async () => {
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { MX: ['0 .'] } } })])
    expect(signals.mx).toMatchObject({ state: 'present', value: { hosts: [], nullMx: true } })
  })

  it('does not take a root target beside other hosts for the null MX', async () => {
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { MX: ['0 .', '10 mail.firma.com.tr'] } } })])
    const hosts = [{ host: 'mail.firma.com.tr', preference: 10 }]
    expect(signals.mx).toMatchObject({ state: 'present', value: { hosts, nullMx: false } })
  })

  it('calls several SPF records broken and chooses none', async () => {
    const TXT = ['v=spf1 mx -all', 'v=spf1 a ~all']
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { TXT } } })])
    const value = { verdict: 'broken', record: null, problems: ['several-records'] }
    expect(signals.spf).toMatchObject({ state: 'present', records: expect.arrayContaining(TXT), value })
  })

  it('leaves SPF undetermined when an include does not answer', async () => {
    const names = { '@': { TXT: ['v=spf1 include:_spf.firma.com.tr -all'] }, _spf: { rcode: 'SERVFAIL' as const } }
    const signals = await scan([await zone({ 'firma.com.tr': names })])
    const value = { verdict: 'undetermined', unanswered: ['_spf.firma.com.tr'], problems: [] }
    expect(signals.spf).toMatchObject({ state: 'present', value })
    expect(listUnansweredSignals(signals)).toEqual(['spf'])
  })

  it('takes an include that no name server could hold for one that does not exist', async () => {
    const TXT = [`v=spf1 include:${'a'.repeat(64)}.firma.com.tr -all`]
    const signals = await scan([await zone({ 'firma.com.tr': { '@': { TXT } } })])
    expect(signals.spf).toMatchObject({ value: { verdict: 'broken', problems: ['include-without-record'] } })
  })

  it('is the same after a trip through JSON, and holds nothing that Postgres refuses', async () => {
    const names = { '@': { MX: ['10 mail.firma.com.tr'], TXT: ['v=spf1 \u0000 -all'] }, _dmarc: DMARC }
    const signals = await scan([await zone({ 'firma.com.tr': names })])
    const text = JSON.stringify(signals)
    expect(JSON.parse(text)).toEqual(signals)
    expect(text).not.toContain('\\u0000')
  })

  it('reports what is turned off as not collected', async () => {
    const { registration } = await scan([await zone({ 'firma.com.tr': {} })])
    expect(registration).toMatchObject({ state: 'unknown', rcode: 'NOT_COLLECTED', resolver: null })
  })
})

describe('a second resolver', () => {
  const known = { 'firma.com.tr': { '@': { MX: ['10 mx.yandex.net'] }, _dmarc: DMARC } }

  it('is asked once when the first fails, and is named in the evidence', async () => {
    const failing = await zone({ 'firma.com.tr': { '@': { rcode: 'SERVFAIL' } } })
    const second = await zone(known)
    const { mx } = await scan([failing, second])
    expect(mx).toMatchObject({ state: 'present', resolver: second.address })
  })

  it('is asked when the first is silent', async () => {
    const second = await zone(known)
    const { mx, dmarc } = await scan([await odd(), second], { queryTimeoutMs: 1_000 })
    expect(mx).toMatchObject({ state: 'present', resolver: second.address })
    expect(dmarc).toMatchObject({ state: 'present', resolver: second.address })
  })

  it('is not asked for a second opinion on an answer', async () => {
    const second = await odd()
    const { mx } = await scan([await zone({ 'firma.com.tr': {} }), second])
    expect(mx).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN' })
    expect(second.questions()).toBe(0)
  })
})

it('refuses a DNS server that is not an address', () => {
  const create = () => createDns({ servers: ['dns.example'], queryTimeoutMs: 100, clock: new TestClock() })
  expect(create).toThrow(AppError)
  expect(create).toThrow(/address/)
})
