import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import type { Spf } from '#signals/signals'
import { normaliseDomain } from '#signals/normalise'
import { readSpf } from '#signals/mail/spf'
import { parseSpf } from '#signals/mail/spf-record'
import { dnsOf } from '../../support/dns.ts'
import { createFakeDns } from '../../support/fake-dns.ts'

const domain = normaliseDomain('firma.com.tr')
const until = new AbortController().signal

async function read(names: Parameters<typeof dnsOf>[0]): Promise<Partial<Spf>> {
  const dns = dnsOf(names)
  const evidence = await readSpf(dns, { domain, answer: await dns.txt(domain, until), until })
  return evidence.state === 'present' ? evidence.value : {}
}

/** `first` and the names from `prefix1` to `prefix<count>`, each with an empty record. */
function fanOut(count: number, first = 'v=spf1'): Record<string, string[]> {
  const leaves = Array.from({ length: count }, (_, index) => `s${index + 1}.firma.com.tr`)
  const includes = leaves.map((name) => ` include:${name}`).join('')
  return {
    'firma.com.tr': [`${first}${includes} -all`],
    ...Object.fromEntries(leaves.map((n) => [n, ['v=spf1 -all']])),
  }
}

describe('one SPF record', () => {
  it.each([
    ['v=spf1 -all', 0, '-'],
    ['V=SPF1 MX A PTR ~ALL', 3, '~'],
    ['v=spf1 a mx ptr exists:%{i}.x.org include:y.org ?all', 5, '?'],
    ['v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 +all', 0, '+'],
    ['v=spf1 a:mail.firma.com.tr/24//64 mx/28 a/24 -all', 3, '-'],
    ['v=spf1 redirect=_spf.yandex.net', 1, null],
    ['v=spf1 exp=why.firma.com.tr unknown=anything mx', 1, null],
    ['v=spf1 redirect=_spf.yandex.net -all', 0, '-'],
    ['v=spf1 mx -all include:after.firma.com.tr', 1, '-'],
  ])('%s costs %i look-ups', (record, lookups, all) => {
    expect(parseSpf(record)).toMatchObject({ lookups, all, badTerms: [] })
  })

  it.each([
    'ip4:300.1.1.1',
    'ip4:192.0.2.0/33',
    'ip6:192.0.2.1',
    'ip4:',
    'include',
    'include:',
    'include:nodots',
    'exists:',
    'a:mail.firma.com.tr/99',
    'mx:',
    'all:x',
    'foo',
    'ipv4:192.0.2.1',
    'include:müller.de',
    'include:%{broken',
    '-all,',
    'exp=',
    'exp=%{broken',
    'redirect=',
    'redirect:firma.com.tr',
    'exp:firma.com.tr',
    '-redirect=firma.com.tr',
    'x=%{q}',
    'x=%',
    'x=%{d',
    'x=ş',
    '1x=y',
    'a:x.-com',
    'a:x.com-',
    'a:x.1',
    'a:',
    'a/',
    'a/08',
    'a//',
    'a/24/64',
    'a//129',
    'a:firma.com.tr/00',
    'mx/24//032',
    'ip4:192.0.2.1/032',
    'ip4:192.0.2.1/',
    'ip4:192.0.2.01',
    'ip4/24',
    'ip6:2001:db8::1%eth0',
    'ip6:2001:db8::/0128',
    'include/24',
    'exists',
    'exists/firma.com.tr',
    'ptr:',
    'ptr/24',
    'all/8',
    'exists:%{d0}.firma.com.tr',
    'exists:%{c}.firma.com.tr',
    'exists:%{t}',
    'include:%{ir}x',
  ])('finds the bad term in "v=spf1 %s -all"', (term) => {
    expect(parseSpf(`v=spf1 ${term} -all`).badTerms).toEqual([term])
  })

  it.each(['redirect=a.firma.com.tr redirect=b.firma.com.tr', 'exp=a.firma.com.tr x=1 exp=a.firma.com.tr'])(
    'refuses a modifier that may stand only once: %s (RFC 7208 section 6)',
    (terms) => {
      expect(parseSpf(`v=spf1 ${terms} -all`).badTerms).toHaveLength(1)
    },
  )

  it.each([
    'a:foo:bar/baz.example.com',
    'a:foo:bar/baz.example.com/24//64',
    'a:x.a-b.c-1d',
    'exists:%{ir}.%{v}._spf.%{d2}',
    'exists:%{l1r-}.x.%{d02}',
    'include:%{d}',
    'include:x.%_%-%%',
    'x.y_z-1=',
    'x=%{d}/any:thing=%%',
  ])('accepts %s, as the grammar of RFC 7208 section 12 does', (term) => {
    expect(parseSpf(`v=spf1 ${term} -all`).badTerms).toEqual([])
  })

  it.each(['include=_spf.google.com', 'all=x', 'a=firma.com.tr', 'mx=', 'ip4=1', 'ptr=%{d}'])(
    'takes %s for an unknown modifier, and follows nothing',
    (term) => {
      expect(parseSpf(`v=spf1 ${term} ip4:192.0.2.1`)).toEqual({
        lookups: 0,
        follow: [],
        probes: [],
        all: null,
        badTerms: [],
      })
    },
  )

  it('looks up the whole name of a host that holds a colon and a slash, without its lengths', () => {
    const { probes } = parseSpf('v=spf1 a:foo:bar/baz.example.com/24 mx/28 a:Mail.firma.com.tr.//64')
    expect(probes).toEqual([
      { mechanism: 'a', name: 'foo:bar/baz.example.com' },
      { mechanism: 'mx', name: null },
      { mechanism: 'a', name: 'mail.firma.com.tr' },
    ])
  })

  it('follows includes and redirect, and leaves out names that depend on the message', () => {
    const record = 'v=spf1 include:A.firma.com.tr. include:%{i}._ip.firma.com.tr redirect=b.firma.com.tr'
    expect(parseSpf(record)).toMatchObject({ lookups: 3, follow: ['a.firma.com.tr', 'b.firma.com.tr'] })
  })

  it('is not slowed down by a record made to be slow', () => {
    const before = process.cpuUsage()
    const long = [`include:a.${'a'.repeat(60_000)}!`, `a:${'{}'.repeat(30_000)}/x`, `mx:${'%{'.repeat(30_000)}`]
    for (const term of long) expect(parseSpf(`v=spf1 ${term}`).badTerms).toEqual([term])
    const many = parseSpf(`v=spf1 ${`a:${'{}'.repeat(28)}/x `.repeat(1_000)}`)
    expect(many.badTerms).toHaveLength(1_000)
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000) // microseconds of the processor, whatever else it does
  })

  it('reads any text without failing', () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseSpf(`v=spf1 ${text}`).lookups).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('the whole SPF tree', () => {
  it('is valid with ten look-ups and broken with eleven', async () => {
    expect(await read(fanOut(10))).toMatchObject({ verdict: 'valid', lookups: 10, problems: [] })
    expect(await read(fanOut(10, 'v=spf1 mx'))).toMatchObject({ verdict: 'broken', problems: ['too-many-lookups'] })
  })

  it('counts look-ups of included records, each time they are reached', async () => {
    const names = {
      'firma.com.tr': ['v=spf1 include:a.firma.com.tr include:b.firma.com.tr -all'],
      'a.firma.com.tr': ['v=spf1 include:shared.firma.com.tr -all'],
      'b.firma.com.tr': ['v=spf1 include:shared.firma.com.tr -all'],
      'shared.firma.com.tr': ['v=spf1 mx a -all'],
    }
    const includes = ['a.firma.com.tr', 'b.firma.com.tr', 'shared.firma.com.tr']
    expect(await read(names)).toMatchObject({ verdict: 'valid', lookups: 8, includes })
  })

  it('follows a redirect', async () => {
    const names = { 'firma.com.tr': ['v=spf1 redirect=_spf.yandex.net'], '_spf.yandex.net': ['v=spf1 mx ~all'] }
    expect(await read(names)).toMatchObject({ verdict: 'valid', lookups: 2, includes: ['_spf.yandex.net'] })
  })

  it('stops at a loop', async () => {
    const names = {
      'firma.com.tr': ['v=spf1 include:a.firma.com.tr'],
      'a.firma.com.tr': ['v=spf1 include:firma.com.tr'],
    }
    expect(await read(names)).toMatchObject({ verdict: 'broken', problems: ['loop'] })
  })

  it('is broken where an include holds no SPF record, or more than one', async () => {
    const first = ['v=spf1 include:a.firma.com.tr -all']
    const broken = (problem: string) => ({ verdict: 'broken', problems: [problem] })
    expect(await read({ 'firma.com.tr': first })).toMatchObject({ ...broken('include-without-record'), voidLookups: 1 })
    const other = { 'firma.com.tr': first, 'a.firma.com.tr': ['not spf'] }
    expect(await read(other)).toMatchObject({ ...broken('include-without-record'), voidLookups: 0 })
    const two = { 'firma.com.tr': first, 'a.firma.com.tr': ['v=spf1 -all', 'v=spf1 mx'] }
    expect(await read(two)).toMatchObject(broken('several-records'))
  })

  it('names void look-ups past the second', async () => {
    const { 'firma.com.tr': record = [] } = fanOut(3)
    const { problems } = await read({ 'firma.com.tr': record })
    expect(problems).toEqual(['include-without-record', 'too-many-void-lookups'])
  })

  it('is broken by a bad term anywhere in it', async () => {
    const names = {
      'firma.com.tr': ['v=spf1 include:a.firma.com.tr -all'],
      'a.firma.com.tr': ['v=spf1 ip4:nonsense -all'],
    }
    expect(await read(names)).toMatchObject({ verdict: 'broken', problems: ['syntax'] })
  })

  it('stays broken when another part does not answer: more answers cannot fix it', async () => {
    const names = {
      'firma.com.tr': ['v=spf1 include:a.firma.com.tr include:gone.firma.com.tr -all'],
      'a.firma.com.tr': 'SERVFAIL' as const,
    }
    expect(await read(names)).toMatchObject({ verdict: 'broken', unanswered: ['a.firma.com.tr'] })
  })

  it('counts as void whatever finds nothing: a, mx, exists and include, each of its own domain', async () => {
    const dns = createFakeDns({
      'firma.com.tr': { txt: ['v=spf1 a mx include:a.firma.com.tr ?all'], a: ['192.0.2.1'], mx: ['mail.firma.com.tr'] },
      'a.firma.com.tr': { txt: ['v=spf1 a mx:none.firma.com.tr exists:none.firma.com.tr a:v6.firma.com.tr ~all'] },
      'v6.firma.com.tr': { aaaa: ['2001:db8::1'] },
    })
    const evidence = await readSpf(dns, { domain, answer: await dns.txt(domain, until), until })
    // a of a.firma.com.tr (NODATA), mx and exists of none.firma.com.tr (NXDOMAIN); an address of either family counts
    const value = { lookups: 7, voidLookups: 3, verdict: 'broken', problems: ['too-many-void-lookups'] }
    expect(evidence).toMatchObject({ state: 'present', value })
  })

  it('resolves nothing that depends on the message, and still counts it', async () => {
    const dns = createFakeDns({ 'firma.com.tr': { txt: ['v=spf1 exists:%{i}.a.org a:%{d}.b.org ptr -all'] } })
    const evidence = await readSpf(dns, { domain, answer: await dns.txt(domain, until), until })
    expect(evidence).toMatchObject({ value: { lookups: 3, voidLookups: 0, verdict: 'valid' } })
    expect(dns.asked).toEqual(['firma.com.tr'])
  })

  it('takes a host that did not answer for no fault, unless one more void look-up would be too many', async () => {
    const first = 'v=spf1 a:silent.firma.com.tr -all'
    expect(await read({ 'firma.com.tr': [first], 'silent.firma.com.tr': 'SERVFAIL' })).toMatchObject({
      verdict: 'valid',
      unanswered: [],
    })
    const close = 'v=spf1 a:silent.firma.com.tr a:x.firma.com.tr a:y.firma.com.tr -all'
    expect(await read({ 'firma.com.tr': [close], 'silent.firma.com.tr': 'SERVFAIL' })).toMatchObject({
      verdict: 'undetermined',
      voidLookups: 2,
      unanswered: ['silent.firma.com.tr'],
    })
  })

  it('is broken by an mx with more than ten hosts', async () => {
    const mx = Array.from({ length: 11 }, (_, at) => `mx${at}.firma.com.tr`)
    const dns = createFakeDns({ 'firma.com.tr': { txt: ['v=spf1 mx -all'], mx } })
    const evidence = await readSpf(dns, { domain, answer: await dns.txt(domain, until), until })
    expect(evidence).toMatchObject({ value: { verdict: 'broken', problems: ['too-many-mx-hosts'] } })
  })

  it('separates the senders that the company allows from those that its hosts allow', async () => {
    const names = {
      'firma.com.tr': ['v=spf1 include:_spf.firma.com.tr include:spf.host.net include:notfirma.com.tr -all'],
      '_spf.firma.com.tr': ['v=spf1 include:_spf.yandex.net -all'],
      '_spf.yandex.net': ['v=spf1 include:below.yandex.net -all'],
      'below.yandex.net': ['v=spf1 -all'],
      'spf.host.net': ['v=spf1 include:spf.protection.outlook.com -all'],
      'spf.protection.outlook.com': ['v=spf1 -all'],
      'notfirma.com.tr': ['v=spf1 include:_spf.google.com -all'],
      '_spf.google.com': ['v=spf1 -all'],
    }
    const senders = ['_spf.firma.com.tr', 'spf.host.net', 'notfirma.com.tr', '_spf.yandex.net']
    expect(await read(names)).toMatchObject({ verdict: 'valid', lookups: 7, senders })
  })

  it('ignores a redirect beside all, and follows one that an include holds', async () => {
    const names = {
      'firma.com.tr': ['v=spf1 include:a.firma.com.tr redirect=nowhere.firma.com.tr ~all'],
      'a.firma.com.tr': ['v=spf1 redirect=b.firma.com.tr'],
      'b.firma.com.tr': ['v=spf1 ip4:192.0.2.1 -all'],
    }
    expect(await read(names)).toMatchObject({
      verdict: 'valid',
      lookups: 2,
      all: '~',
      includes: ['a.firma.com.tr', 'b.firma.com.tr'],
      senders: ['a.firma.com.tr', 'b.firma.com.tr'],
    })
  })
})
