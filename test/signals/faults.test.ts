/** Real servers produce DNS failures: the tests hold what the ledger records, and which earlier answers survive. */
import { afterEach, describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { mergeSignals } from '#leads/merge-signals'
import type { DnsServer } from '#emulators/dns/server'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { normaliseDomain } from '#signals/normalise'
import { SIGNAL_NAMES, type SignalName, type Signals, listUnansweredSignals } from '#signals/signals'
import { emptyAnswer, rawAnswer, startLateServer, startOddServer, startZone } from '../support/dns.ts'
import { TestClock } from '../support/test-clock.ts'

const FIRMA = 'firma.com.tr'
const KEY = 'v=DKIM1; k=rsa; p=MIIBIjANBgkq'
type Names = Parameters<typeof startZone>[0][string]

/** A customer of Microsoft's with everything in order. */
const GOOD: Names = {
  '@': {
    A: ['192.0.2.1'],
    AAAA: ['2001:db8::1'],
    MX: ['10 mail.firma.com.tr'],
    NS: ['ns1.firma.com.tr'],
    TXT: ['v=spf1 mx include:_spf.firma.com.tr -all', 'MS=ms12345678'],
  },
  _spf: { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  _dmarc: { TXT: ['v=DMARC1; p=reject'] },
  'google._domainkey': { TXT: [KEY] },
  autodiscover: { CNAME: 'autodiscover.outlook.com' },
  '_autodiscover._tcp': { SRV: ['0 0 443 autodiscover.outlook.com'] },
  lyncdiscover: { CNAME: 'webdir.online.lync.com' },
  sip: { CNAME: 'sipdir.online.lync.com' },
  '_sipfederationtls._tcp': { SRV: ['100 1 5061 sipfed.online.lync.com'] },
  enterpriseregistration: { CNAME: 'enterpriseregistration.windows.net' },
  enterpriseenrollment: { CNAME: 'enterpriseenrollment.manage.microsoft.com' },
  msoid: { CNAME: 'clientconfig.microsoftonline-p.net' },
  '_mta-sts': { TXT: ['v=STSv1; id=1;'] },
  '_smtp._tls': { TXT: ['v=TLSRPTv1; rua=mailto:a@firma.com.tr'] },
  'default._bimi': { TXT: ['v=BIMI1; l=https://firma.com.tr/l.svg;'] },
}
const DNS_SIGNALS = SIGNAL_NAMES.filter((name) => name !== 'registration' && name !== 'networks')

const running: DnsServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function run<S extends DnsServer>(server: Promise<S>): Promise<S> {
  running.push(await server)
  return server
}

const zone = (names: Names, domain = FIRMA) => run(startZone({ [domain]: names }))

interface Scan {
  domain?: string
  at?: string
  queryTimeoutMs?: number
}

function scan(
  servers: DnsServer[],
  { domain = FIRMA, at = '2026-11-20T10:00:00Z', queryTimeoutMs = 20_000 }: Scan = {},
) {
  const clock = new TestClock(at)
  const dns = createDns({ servers: servers.map(({ address }) => address), queryTimeoutMs, clock })
  return collectSignals({ dns, clock }, normaliseDomain(domain), { budgetMs: 60_000 })
}

const goodScan = async () => scan([await zone(GOOD)], { at: '2026-11-19T10:00:00Z' })
const ledger = (signals: Signals, names: readonly SignalName[] = DNS_SIGNALS) =>
  Object.fromEntries(names.map((name) => [name, `${signals[name].state} ${signals[name].rcode}`]))
const allOf = (text: string) => Object.fromEntries(DNS_SIGNALS.map((name) => [name, text]))

/** Nothing that was known is lost to a failure, whichever of the two scans is kept first. */
function expectNothingLost(good: Signals, faulty: Signals): void {
  const merged = mergeSignals(good, faulty)
  expect(mergeSignals(faulty, good)).toEqual(merged)
  const kept = DNS_SIGNALS.map((name) => [name, faulty[name].state === 'unknown' ? good[name] : faulty[name]])
  expect(DNS_SIGNALS.map((name) => [name, merged[name]])).toEqual(kept)
  expect(DNS_SIGNALS.filter((name) => merged[name].state === 'unknown')).toEqual([])
}

it('sees every signal of a domain that has them all', async () => {
  const signals = await goodScan()
  expect(ledger(signals)).toEqual(allOf('present NOERROR'))
  expect(listUnansweredSignals(signals)).toEqual([])
  expect(signals.queries).toBeGreaterThan(25)
  expect(signals.queries).toBeLessThan(45)
})

const SERVFAIL = 2
const REFUSED = 5

describe('a name server that fails altogether', () => {
  const odd = (reply?: (question: Buffer) => Buffer) => run(startOddServer(reply))
  const SILENCE_MS = 150
  it.each<[string, string, () => Promise<DnsServer>]>([
    ['says SERVFAIL', 'SERVFAIL', () => odd((question) => emptyAnswer(question, SERVFAIL))],
    ['refuses (lame delegation)', 'REFUSED', () => odd((question) => emptyAnswer(question, REFUSED))],
    ['says NOTAUTH', 'NOTAUTH', () => odd((question) => emptyAnswer(question, 9))],
    ['says YXDOMAIN', 'YXDOMAIN', () => odd((question) => emptyAnswer(question, 6))],
    ['sends an unassigned code', 'SERVFAIL', () => odd((question) => emptyAnswer(question, 15))],
    ['is silent', 'TIMEOUT', () => odd()],
    [
      'says nothing and claims no authority (lame delegation)',
      'LAME',
      () => odd((question) => emptyAnswer(question, 0)),
    ],
    ['answers after the deadline', 'TIMEOUT', async () => run(startLateServer(await zone(GOOD), 400))],
  ])('%s: all is unknown, nothing absent, and earlier answers stay', async (_, rcode, start) => {
    const good = await goodScan()
    const server = await start()
    const faulty = await scan([server], rcode === 'TIMEOUT' ? { queryTimeoutMs: SILENCE_MS } : {})
    expect(ledger(faulty)).toEqual(allOf(`unknown ${rcode}`))
    expect(listUnansweredSignals(faulty)).toEqual(DNS_SIGNALS)
    expectNothingLost(good, faulty)
    expect(assessLead(mergeSignals(good, faulty)).score).toEqual(assessLead(good).score)
    const before = structuredClone(faulty)
    if ('answered' in server) await (server as Awaited<ReturnType<typeof startLateServer>>).answered()
    expect(faulty).toEqual(before) // what comes too late changes nothing
  })

  it('is made good by a second resolver, whatever it does', async () => {
    const second = await zone(GOOD)
    for (const first of [await odd((question) => emptyAnswer(question, SERVFAIL)), await odd()]) {
      const signals = await scan([first, second], { queryTimeoutMs: 1_000 })
      expect(ledger(signals)).toEqual(allOf('present NOERROR'))
      expect(signals.mx.resolver).toBe(second.address)
    }
  })

  it('truncates, and takes no TCP: unknown, because no answer was read', async () => {
    const faulty = await scan([await odd((question) => emptyAnswer(question, 0, { truncated: true }))], {
      queryTimeoutMs: 300,
    })
    expect(new Set(DNS_SIGNALS.map((name) => faulty[name].state))).toEqual(new Set(['unknown']))
    expectNothingLost(await goodScan(), faulty)
  })
})

describe('one name that fails', () => {
  it.each<[string, Names, Partial<Record<SignalName, string>>]>([
    ['DMARC', { ...GOOD, _dmarc: { rcode: 'SERVFAIL' } }, { dmarc: 'unknown SERVFAIL', spf: 'present NOERROR' }],
    ['a selector', { ...GOOD, 'google._domainkey': { rcode: 'SERVFAIL' } }, { dkim: 'unknown SERVFAIL' }],
    ['autodiscover', { ...GOOD, autodiscover: { rcode: 'REFUSED' } }, { autodiscover: 'unknown REFUSED' }],
    [
      'the head',
      { ...GOOD, '@': { rcode: 'SERVFAIL' } },
      { mx: 'unknown SERVFAIL', tokens: 'unknown SERVFAIL', dmarc: 'present NOERROR' },
    ],
  ])('%s: the others are read, and its earlier answer stays', async (_, names, expected) => {
    const faulty = await scan([await zone(names)])
    expect(ledger(faulty)).toMatchObject(expected)
    expectNothingLost(await goodScan(), faulty)
  })

  it('an include: SPF is undetermined, and the earlier verdict on the same record stays', async () => {
    const faulty = await scan([await zone({ ...GOOD, _spf: { rcode: 'SERVFAIL' } })])
    expect(faulty.spf).toMatchObject({ value: { verdict: 'undetermined', unanswered: ['_spf.firma.com.tr'] } })
    const good = await goodScan()
    expect(mergeSignals(good, faulty).spf).toEqual(good.spf)
  })
})

describe('what is not there', () => {
  it('is absent with NXDOMAIN where the domain does not exist, and replaces what was known', async () => {
    const gone = await scan([await zone({})])
    expect(ledger(gone)).toEqual(allOf('absent NXDOMAIN'))
    expect(mergeSignals(await goodScan(), gone).mx).toEqual(gone.mx)
  })

  it('is absent with NODATA where the name holds something else', async () => {
    const empty = await scan([await zone({ '@': { NS: ['ns1.firma.com.tr'] }, autodiscover: {}, _dmarc: {} })])
    expect(ledger(empty, ['mx', 'spf', 'a', 'tokens', 'autodiscover', 'dmarc'])).toEqual(
      Object.fromEntries(['mx', 'spf', 'a', 'tokens', 'autodiscover', 'dmarc'].map((name) => [name, 'absent NODATA'])),
    )
    expect(ledger(empty, ['dkim', 'sip'])).toEqual({ dkim: 'absent NXDOMAIN', sip: 'absent NXDOMAIN' })
  })
})

describe('a zone that answers for every name', () => {
  it('shows no key, no policy and no tenant by that', async () => {
    const TXT = [KEY, 'v=spf1 -all', 'anything']
    const signals = await scan([await zone({ '@': { MX: ['10 mail.firma.com.tr'] }, '*': { TXT, A: ['192.0.2.9'] } })])
    expect(ledger(signals, ['dkim', 'dmarc', 'mtaSts', 'tlsRpt', 'bimi'])).toEqual({
      dkim: 'unknown UNPROVEN',
      dmarc: 'absent NOERROR',
      mtaSts: 'absent NOERROR',
      tlsRpt: 'absent NOERROR',
      bimi: 'absent NOERROR',
    })
    expect(signals.autodiscover).toMatchObject({ state: 'present', value: { targets: [], addresses: ['192.0.2.9'] } })
    expect(assessLead(signals).provider.tenants).toEqual({ microsoft365: [], google: [], unanswered: [] })
  })

  it('by a CNAME shows none either', async () => {
    const signals = await scan([
      await zone({ '@': { MX: ['10 mail.firma.com.tr'], TXT: ['v=spf1 -all'] }, '*': { CNAME: FIRMA } }),
    ])
    expect(signals.dkim).toMatchObject({ state: 'unknown', rcode: 'UNPROVEN' })
    expect(signals.sip).toMatchObject({ state: 'present', value: { targets: [FIRMA] } })
    expect(assessLead(signals).provider.tenants.microsoft365).toEqual([])
  })
})

describe('CNAMEs', () => {
  it('are detected, however DMARC, SPF and DKIM are delegated', async () => {
    const names: Names = {
      ...GOOD,
      _dmarc: { CNAME: 'dmarc.firma.com.tr' },
      dmarc: { CNAME: 'dmarc2.firma.com.tr' },
      dmarc2: { TXT: ['v=DMARC1; p=quarantine'] },
      _spf: { CNAME: 'spf2.firma.com.tr' },
      spf2: { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
      'google._domainkey': { CNAME: 'key.firma.com.tr' },
      key: { TXT: [KEY] },
    }
    const signals = await scan([await zone(names)])
    expect(signals.dmarc).toMatchObject({ value: { policy: 'quarantine' } })
    expect(signals.spf).toMatchObject({ value: { verdict: 'valid' } })
    const targets = [{ selector: 'google', target: 'key.firma.com.tr' }]
    expect(signals.dkim).toMatchObject({ value: { selectors: ['google'], targets } })
  })

  it('in a loop are unknown where a record is wanted, and a named loop where the CNAME itself is', async () => {
    const loop = { CNAME: 'loop.firma.com.tr' }
    const names: Names = {
      ...GOOD,
      _dmarc: loop,
      autodiscover: loop,
      loop: { CNAME: 'loop2.firma.com.tr' },
      loop2: loop,
    }
    const faulty = await scan([await zone(names)])
    expect(faulty.dmarc).toMatchObject({ state: 'unknown', rcode: 'SERVFAIL' })
    expect(faulty.autodiscover).toMatchObject({ state: 'present', value: { loops: true } })
    expectNothingLost(await goodScan(), faulty)
  })
})

describe('records of unusual size and kind', () => {
  it('come over TCP: a TXT record of 10 KB beside SPF, and an SPF record of 10 KB', async () => {
    const long = 'x'.repeat(10_240)
    const spf = `v=spf1 ${Array.from({ length: 700 }, (_, at) => `ip4:192.0.${at % 250}.1`).join(' ')} -all`
    expect(spf.length).toBeGreaterThan(10_000)
    for (const TXT of [[long, 'v=spf1 -all'], [spf]]) {
      const signals = await scan([await zone({ ...GOOD, '@': { ...GOOD['@'], TXT } })])
      expect(signals.spf).toMatchObject({ state: 'present', records: [TXT.at(-1)], value: { verdict: 'valid' } })
    }
  })

  it('may be several where one is due: SPF and DMARC are there, and none of them counts', async () => {
    const names: Names = {
      ...GOOD,
      '@': { ...GOOD['@'], TXT: ['v=spf1 mx -all', 'v=spf1 a ~all'] },
      _dmarc: { TXT: ['v=DMARC1; p=reject', 'v=DMARC1; p=none'] },
    }
    const signals = await scan([await zone(names)])
    expect(signals.spf).toMatchObject({ state: 'present', value: { verdict: 'broken', problems: ['several-records'] } })
    expect(signals.dmarc).toMatchObject({ state: 'present', value: { policy: null, severalRecords: true } })
  })

  it('belong to names with letters beyond ASCII', async () => {
    const names: Names = { '@': { MX: ['10 mx.xn--ey-eka.com'] }, _dmarc: { TXT: ['v=DMARC1; p=reject'] } }
    const signals = await scan([await zone(names, 'xn--ey-eka.com')], { domain: 'ŞEY.com'.replace('Ş', 'Ö') })
    expect(signals).toMatchObject({ domain: 'xn--ey-eka.com', mx: { state: 'present' }, dmarc: { state: 'present' } })
  })

  it('may hold any octets: the evidence is still plain JSON that a database takes', async () => {
    const label = Buffer.from([5, 0x6d, 0xff, 0x00, 0xc3, 0xbc])
    const host = Buffer.concat([Buffer.from([0, 10]), label, Buffer.from([3, 0x63, 0x6f, 0x6d, 0])])
    const text = Buffer.from([4, 0xff, 0xfe, 0x00, 0x80])
    const isMx = (question: Buffer) => question.includes(Buffer.from([0, 15, 0, 1]))
    const server = await run(startOddServer((question) => rawAnswer(question, isMx(question) ? host : text)))
    const signals = await scan([server], { queryTimeoutMs: 300 })
    const json = JSON.stringify(signals)
    expect(JSON.parse(json)).toEqual(signals)
    expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/i)
    expect(signals.spf.state).not.toBe('present')
  })
})
