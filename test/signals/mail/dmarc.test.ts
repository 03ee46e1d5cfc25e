import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { parseDmarc } from '#signals/mail/dmarc'
import { listNamesAbove, readDmarc } from '#signals/mail/dmarc-walk'
import { dnsOf } from '../../support/dns.ts'

const NAME = '_dmarc.firma.com.tr'

describe('one DMARC record', () => {
  it.each([
    ['v=DMARC1; p=reject', 'reject', 'reject'],
    ['v=DMARC1;p=Quarantine', 'quarantine', 'quarantine'],
    ['v = DMARC1 ; p = none ;', 'none', 'none'],
    ['v=DMARC1; p=reject; t=y', 'reject', 'quarantine'],
    ['v=DMARC1; p=quarantine; t=y', 'quarantine', 'none'],
    ['v=DMARC1; p=reject; t=n', 'reject', 'reject'],
    ['v=DMARC1; p=reject; pct=0', 'reject', 'quarantine'],
    ['v=DMARC1; p=reject; pct=50', 'reject', 'reject'],
    ['v=DMARC1; rua=mailto:a@firma.com.tr', 'none', 'none'],
    ['v=DMARC1', 'none', 'none'],
    ['v=DMARC1; p=block; rua=mailto:a@firma.com.tr', 'none', 'none'],
    ['v=DMARC1; p=block', null, null],
    ['v=DMARC1; p=reject; sp=maybe', null, null],
    ['v=DMARC1; p=reject; p=none', 'reject', 'reject'],
  ])('%s asks for %s, today %s', (record, policy, effectivePolicy) => {
    expect(parseDmarc(NAME, record)).toMatchObject({ policy, effectivePolicy })
  })

  it('keeps what it says about subdomains and reports', () => {
    const record = 'v=DMARC1; p=none; sp=quarantine; np=reject; pct=25; rua=mailto:a@x.org,https://y.org/d, junk'
    expect(parseDmarc(NAME, record)).toMatchObject({
      name: NAME,
      record,
      subdomainPolicy: 'quarantine',
      nonexistentPolicy: 'reject',
      percent: 25,
      reportUris: ['mailto:a@x.org', 'https://y.org/d'],
    })
  })

  it('reads any text without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseDmarc(NAME, `v=DMARC1;${text}`).record).toContain(text)
      }),
    )
  })
})

const FIRMA = 'firma.com.tr'
const until = new AbortController().signal
type Names = Parameters<typeof dnsOf>[0]

async function read(names: Names, name = FIRMA, { exists = true } = {}) {
  const evidence = await readDmarc(dnsOf(names), { name, exists: async () => exists, until })
  return { ...evidence, ...(evidence.state === 'present' ? { value: evidence.value } : {}) }
}

describe('the answer at _dmarc', () => {
  it('passes over records of another kind', async () => {
    const others = ['v=spf1 -all', 'v=DMARC10; p=reject', 'p=reject; v=DMARC1']
    expect(await read({ [NAME]: others })).toMatchObject({ state: 'absent', rcode: 'NOERROR', records: others })
    const found = { state: 'present', records: ['v=DMARC1; p=reject'], value: { policy: 'reject', source: 'own' } }
    expect(await read({ [NAME]: [...others, 'v=DMARC1; p=reject'] })).toMatchObject(found)
  })

  it('takes several records for none that counts', async () => {
    const evidence = await read({ [NAME]: ['v=DMARC1; p=reject', 'v=DMARC1; p=none'] })
    const value = { severalRecords: true, policy: null, effectivePolicy: null }
    expect(evidence).toMatchObject({ state: 'present', value })
  })
})

describe('the walk up the tree', () => {
  const REJECT = 'v=DMARC1; p=reject'
  const org = (record: string): Names => ({ [NAME]: [record] })

  it('asks eight names at most, and goes from a long name straight to its last seven labels', () => {
    const long = 'a.b.c.d.e.f.g.h.i.j.mail.example.com'
    expect(listNamesAbove(long)).toEqual([
      'g.h.i.j.mail.example.com',
      'h.i.j.mail.example.com',
      'i.j.mail.example.com',
      'j.mail.example.com',
      'mail.example.com',
      'example.com',
      'com',
    ])
    expect(listNamesAbove('a.firma.com.tr')).toEqual(['firma.com.tr', 'com.tr', 'tr'])
    expect(listNamesAbove('com')).toEqual([])
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'bc'), { minLength: 1, maxLength: 40 }), (labels) => {
        const names = listNamesAbove(labels.join('.'))
        expect(names.length).toBeLessThan(8)
        expect(names.length === 0 ? labels.length : names.at(-1)).toBe(labels.length === 1 ? 1 : labels.at(-1))
      }),
    )
  })

  it('gives a subdomain the policy of its organisation: sp, and np where it does not exist', async () => {
    const value = (policy: string) => ({ value: { name: NAME, source: 'organisational-domain', policy } })
    const all = org('v=DMARC1; p=none; sp=quarantine; np=reject')
    expect(await read(all, 'shop.firma.com.tr')).toMatchObject(value('quarantine'))
    expect(await read(all, 'nope.firma.com.tr', { exists: false })).toMatchObject(value('reject'))
    expect(await read(org('v=DMARC1; p=none; sp=reject'), 'x.firma.com.tr', { exists: false })).toMatchObject(
      value('reject'),
    )
    expect(await read(org(REJECT), 'a.b.firma.com.tr')).toMatchObject(value('reject'))
    expect(await read(org('v=DMARC1; p=none; np=reject'), 'shop.firma.com.tr')).toMatchObject(value('none'))
  })

  it('takes testing and bad policies over from the organisation', async () => {
    expect(await read(org('v=DMARC1; p=none; sp=reject; t=y'), 'shop.firma.com.tr')).toMatchObject({
      value: { policy: 'reject', effectivePolicy: 'quarantine', testing: true },
    })
    const bad = 'v=DMARC1; p=reject; sp=reject; np=junk; rua=mailto:a@firma.com.tr'
    expect(await read(org(bad), 'shop.firma.com.tr')).toMatchObject({ value: { policy: 'none' } })
  })

  it('prefers the name of its own, whatever stands above', async () => {
    const names = { '_dmarc.shop.firma.com.tr': ['v=DMARC1; p=none'], [NAME]: [REJECT] }
    expect(await read(names, 'shop.firma.com.tr')).toMatchObject({ value: { source: 'own', policy: 'none' } })
  })

  it('takes the record with the fewest labels for the organisation’s, unless psd=n stands below it', async () => {
    const names = {
      '_dmarc.b.firma.com.tr': ['v=DMARC1; p=quarantine'],
      [NAME]: [REJECT],
    }
    expect(await read(names, 'a.b.firma.com.tr')).toMatchObject({ value: { name: NAME, policy: 'reject' } })
    const cut = { ...names, '_dmarc.b.firma.com.tr': ['v=DMARC1; p=quarantine; psd=n'] }
    expect(await read(cut, 'a.b.firma.com.tr')).toMatchObject({ value: { policy: 'quarantine' } })
  })

  it('applies the record of a public suffix only where the organisation has none', async () => {
    const suffix = { '_dmarc.com.tr': ['v=DMARC1; p=none; sp=reject; np=quarantine; psd=y'] }
    const inherited = { name: '_dmarc.com.tr', source: 'public-suffix', psd: 'y' }
    expect(await read(suffix)).toMatchObject({ value: { ...inherited, policy: 'reject' } })
    expect(await read(suffix, FIRMA, { exists: false })).toMatchObject({
      value: { ...inherited, policy: 'quarantine' },
    })
    const both = { ...suffix, [NAME]: ['v=DMARC1; p=quarantine'] }
    const own = { source: 'organisational-domain', policy: 'quarantine' }
    expect(await read(both, 'shop.firma.com.tr')).toMatchObject({ value: own })
  })

  it('is unknown, not absent, when a name above does not answer: a record there might apply', async () => {
    expect(await read({ '_dmarc.com.tr': 'SERVFAIL' })).toMatchObject({ state: 'unknown', rcode: 'SERVFAIL' })
    expect(await read({ [NAME]: 'SERVFAIL' })).toMatchObject({ state: 'unknown', rcode: 'SERVFAIL' })
  })

  it('passes over a name with several records', async () => {
    const names = { '_dmarc.b.firma.com.tr': [REJECT, REJECT], [NAME]: ['v=DMARC1; p=quarantine'] }
    expect(await read(names, 'b.firma.com.tr')).toMatchObject({ value: { policy: 'quarantine', severalRecords: true } })
    expect(await read(names, 'a.b.firma.com.tr')).toMatchObject({ value: { policy: 'quarantine' } })
  })
})
