import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { lookUpIpFacts, normaliseAddress } from '#signals/network/ip-facts'
import { dnsOf } from '../../support/dns.ts'

const until = new AbortController().signal
const CLOUDFLARE = '13335 | US | arin | 2010-07-14 | CLOUDFLARENET, US'

function lookUp(ip: string, names: Parameters<typeof dnsOf>[0]) {
  return lookUpIpFacts(dnsOf(names), { ip, source: 'mx-ip' }, until)
}

describe('whose network an address is in', () => {
  it('is asked by the address written backwards', async () => {
    const names = {
      '1.0.0.1.origin.asn.cymru.com': ['13335 | 1.0.0.0/24 | AU | apnic | 2011-08-11'],
      'AS13335.asn.cymru.com': [CLOUDFLARE],
    }
    const facts = { ip: '1.0.0.1', source: 'mx-ip', country: 'AU', asn: 13_335, asName: 'CLOUDFLARENET' }
    expect(await lookUp('1.0.0.1', names)).toEqual(facts)
  })

  it('is asked nibble by nibble for IPv6', async () => {
    const reversed = '1.1.1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.4.0.0.7.4.6.0.6.2'
    const names = {
      [`${reversed}.origin6.asn.cymru.com`]: ['13335 | 2606:4700::/32 | US | arin | 2011-11-01'],
      'AS13335.asn.cymru.com': [CLOUDFLARE],
    }
    expect(await lookUp('2606:4700:4700::1111', names)).toMatchObject({ asn: 13_335, country: 'US' })
  })

  it('is the network of the longest prefix that holds the address, and the first of several', async () => {
    const names = {
      '1.0.2.198.origin.asn.cymru.com': [],
      '9.9.19.104.origin.asn.cymru.com': [
        '100 | 104.16.0.0/12 | US | arin | 2014-03-28',
        '200 300 | 104.19.0.0/16 | DE | ripencc | 2014-03-28',
        '400 | 8.8.8.0/24 | FR | ripencc | 2014-03-28',
      ],
      'AS200.asn.cymru.com': ['200 | DE | ripencc | 2000-01-01 | ÖRNEK-AS Örnek | A.Ş., TR'],
    }
    expect(await lookUp('104.19.9.9', names)).toMatchObject({ asn: 200, country: 'DE', asName: 'ÖRNEK-AS Örnek|A.Ş.' })
  })

  it('has no network if none announces the address', async () => {
    const nobody = { ip: '1.0.0.1', source: 'mx-ip', country: null, asn: null, asName: null }
    expect(await lookUp('1.0.0.1', {})).toEqual(nobody)
    expect(await lookUp('1.0.0.1', { '1.0.0.1.origin.asn.cymru.com': ['NA | | | |'] })).toEqual(nobody)
  })

  it('is not known where an answer failed, and nothing half is said', async () => {
    const origin = { '1.0.0.1.origin.asn.cymru.com': ['13335 | 1.0.0.0/24 | AU | apnic | 2011-08-11'] }
    expect(await lookUp('1.0.0.1', { '1.0.0.1.origin.asn.cymru.com': 'SERVFAIL' })).toBeNull()
    expect(await lookUp('1.0.0.1', { ...origin, 'AS13335.asn.cymru.com': 'SERVFAIL' })).toBeNull()
    expect(await lookUp('1.0.0.1', origin)).toMatchObject({ asn: 13_335, asName: null })
  })

  it.each(['10.0.0.1', '192.168.1.1', '127.0.0.1', 'fe80::1', '::1', 'fd00::1', 'nonsense', ''])(
    'is never asked about %s',
    async (ip) => {
      const asked: string[] = []
      const txt = async (name: string) => {
        asked.push(name)
        return { rcode: 'NXDOMAIN' as const, records: [], resolver: null, at: '' }
      }
      expect(await lookUpIpFacts({ txt }, { ip, source: 'root-ip' }, until)).toBeNull()
      expect(asked).toEqual([])
    },
  )

  it('is read out of any text without failing', async () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('13335', '1.0.0.0/24', '::/0', 'US', '1.0.0.0/99', '4294967296'))
    const record = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(' | '))
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 3 }),
        fc.array(record, { maxLength: 2 }),
        async (origins, names) => {
          const dns = {
            txt: async (name: string) => dnsOf({ [name]: name.startsWith('AS') ? names : origins }).txt(name, until),
          }
          const facts = await lookUpIpFacts(dns, { ip: '1.0.0.1', source: 'mx-ip' }, until)
          expect(facts?.asn ?? 1).toBeGreaterThan(0)
          expect(facts?.asn ?? 1).toBeLessThanOrEqual(4_294_967_295)
        },
      ),
    )
  })
})

it('writes an address in one way', () => {
  const forms = ['2001:DB8:0:0::1', '2001:db8::1', '::ffff:8.8.8.8', '8.8.8.8', 'x'].map(normaliseAddress)
  expect(forms).toEqual(['2001:db8::1', '2001:db8::1', '8.8.8.8', '8.8.8.8', null])
})
