import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { decodeText } from '#signals/registration/decode'
import { readWhois } from '#signals/registration/whois-text'
import { anyText } from '../../support/any-text.ts'
import * as texts from '../../support/whois-texts.ts'

const { VERISIGN, NOMINET, RU_CENTER, JPRS, FI_DOTS, DENIC } = texts

describe('a WHOIS text', () => {
  it.each([
    [
      'firma.com',
      VERISIGN,
      {
        registrar: 'Example Registrar, Inc.',
        createdAt: '1995-08-14T04:00:00Z',
        expiresAt: '2027-08-13T04:00:00Z',
        nameServers: ['a.ns.firma.com', 'b.ns.firma.com'],
        statuses: ['clientDeleteProhibited', 'clientTransferProhibited'],
      },
    ],
    [
      'firma.co.uk',
      NOMINET,
      {
        registrar: 'Example Names Ltd t/a Example [Tag = EXAMPLE]',
        createdAt: '1999-02-14T00:00:00Z',
        expiresAt: '2027-02-14T00:00:00Z',
        nameServers: ['ns0.firma.co.uk', 'ns1.firma.co.uk'],
        statuses: ['registeredUntilExpiryDate'],
      },
    ],
    [
      'firma.ru',
      RU_CENTER,
      {
        registrar: 'EXAMPLE-RU',
        createdAt: '1999-02-03T21:00:00Z',
        expiresAt: '2027-02-28T21:00:00Z',
        nameServers: ['ns1.firma.ru', 'ns2.ornek.net'],
        statuses: ['registered', 'delegated', 'verified'],
      },
    ],
    [
      'firma.co.jp',
      JPRS,
      {
        registrar: null,
        createdAt: '2001-03-22T00:00:00Z',
        expiresAt: null,
        nameServers: ['ns01.firma.co.jp', 'ns02.firma.co.jp'],
        statuses: ['connected'],
      },
    ],
    [
      'firma.fi',
      FI_DOTS,
      {
        registrar: 'Example Oy',
        createdAt: '1995-10-04T00:00:00Z',
        expiresAt: '2027-08-31T12:00:00Z',
        nameServers: ['ns1.firma.fi', 'ns2.firma.fi'],
        statuses: ['registered'],
      },
    ],
    [
      'firma.de',
      DENIC,
      {
        registrar: null,
        createdAt: null,
        expiresAt: null,
        nameServers: ['ns1.firma.de', 'ns2.ornek.net'],
        statuses: ['connect'],
      },
    ],
  ])('of %s is read in its registry’s layout', (domain, text, facts) => {
    expect(readWhois(text, domain)).toEqual({ outcome: 'registered', facts })
    expect(readWhois(text.replaceAll('\n', '\r\n'), domain)).toEqual({ outcome: 'registered', facts })
  })

  it.each([
    'No match for "FIRMA.COM".',
    'No Match for firma.com',
    '%% No entries found for firma.com',
    'NOT FOUND',
    'Domain not found.',
    'The queried object does not exist: firma.com',
    'Domain: firma.com\nStatus: free',
    'firma.com is free',
    'No Object Found',
    '% No such domain firma.com',
    'This domain name has not been registered.',
  ])('tells that there is no such domain: %s', (text) => {
    expect(readWhois(text, 'firma.com')).toEqual({ outcome: 'no-such-domain' })
  })

  it.each([
    'Domain Status: No Object Found',
    '%ERROR:101: no entries found',
    'The queried object does not exist: no matching objects found',
    'No Data Found\n>>> Last update of WHOIS database: 2026-11-01T00:00:00Z <<<',
    'DOMAIN NOT FOUND',
    '% nothing found',
    'Status: AVAILABLE',
    'No match for domain FİRMA.COM',
  ])('tells so in the words of other registries: %s', (text) => {
    expect(readWhois(text, 'firma.com')).toEqual({ outcome: 'no-such-domain' })
  })

  it.each([
    'Your IP address was not found in our access list.',
    '198.51.100.7: no entries found in the ACL',
    'Error: client is not registered',
    'The WHOIS service is available to registrars only.',
    'This service does not exist any more. Use RDAP.',
    'User not found',
    'Host 198.51.100.7 not registered for WHOIS access',
    'Query firma.com from 198.51.100.7: your network is not registered',
    'Port 43 access for firma.com: account not found',
    'No match for other.com',
    'The page you look for was not found',
  ])('is not taken for a missing domain when it speaks of the one who asks: %s', (text) => {
    expect(readWhois(text, 'firma.com')).toBeNull()
  })

  it('is nothing when it is about another domain, or no answer at all', () => {
    expect(readWhois(VERISIGN, 'other.com')).toBeNull()
    for (const text of ['', 'hello', '<!doctype html><p>Welcome</p>']) expect(readWhois(text, 'firma.com')).toBeNull()
  })

  it('is not taken for a missing domain because of its terms of use', () => {
    const terms = `${'The data is provided as is and may not be found elsewhere. '.repeat(12)}\n`
    expect(readWhois(terms, 'firma.com')).toBeNull()
  })

  it('finds a domain that is written with its own letters', () => {
    const text = 'Domain: gözlük.com\nRegistrar: Örnek\nCreated: 2020-01-01\n'
    expect(readWhois(text, 'xn--gzlk-5qa2b.com')).toMatchObject({ facts: { registrar: 'Örnek' } })
  })

  it('is read in UTF-8 and in Latin-1', () => {
    const text = 'Domain Name: firma.com\nRegistrar: Çığır Gözlükçülük Ltd.\n'
    expect(readWhois(decodeText(Buffer.from(text), 'com'), 'firma.com')).toMatchObject({
      facts: { registrar: 'Çığır Gözlükçülük Ltd.' },
    })
    const latin = Buffer.from('Domain Name: firma.com\nRegistrar: Gözlükçü Ltd.\n', 'latin1')
    expect(readWhois(decodeText(latin, 'com'), 'firma.com')).toMatchObject({ facts: { registrar: 'Gözlükçü Ltd.' } })
  })

  it('keeps what a hostile registry writes within bounds', () => {
    const hosts = Array.from({ length: 500 }, (_, index) => `Name Server: ns${index}.firma.com`).join('\n')
    const statuses = Array.from({ length: 500 }, (_, index) => `Status: s${'x'.repeat(index)}`).join('\n')
    const text = `Domain Name: firma.com\nRegistrar: ${'Ağ\0\uD800 '.repeat(2_000)}\n${hosts}\n${statuses}`
    const finding = readWhois(text, 'firma.com')
    if (finding?.outcome !== 'registered') throw new Error('not read')
    expect(finding.facts.registrar?.length).toBeLessThanOrEqual(200)
    expect(finding.facts.registrar?.isWellFormed()).toBe(true)
    expect(finding.facts.registrar).not.toContain('\0')
    expect(finding.facts.nameServers).toHaveLength(20)
    expect(finding.facts.statuses.length).toBeLessThanOrEqual(20)
  })

  it('is not slowed down by a text made to be slow', () => {
    const before = process.cpuUsage()
    const long = 64 * 1024
    const slow = ['a'.repeat(long), ' '.repeat(long), ':'.repeat(long), '[a]'.repeat(long / 3), 'no '.repeat(long / 3)]
    for (const each of [...slow, 'exceeded '.repeat(long / 9), 'ab:\n'.repeat(long / 4), '** '.repeat(long / 3)]) {
      expect(readWhois(`Registrar: ${each}\n${each}`, 'firma.com')).toBeNull()
    }
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000) // microseconds of the processor, whatever else it does
  })

  it('never fails on any text', () => {
    const all = Object.values(texts).filter((each) => typeof each === 'string')
    const lines = fc.constantFrom(...all.flatMap((text) => text.split('\n')), ':', '[]', '%', '\0')
    const any = fc.oneof(
      anyText,
      fc.array(lines).map((each) => each.join('\n')),
    )
    fc.assert(
      fc.property(any, (text) => {
        expect([undefined, 'registered', 'no-such-domain']).toContain(readWhois(text, 'firma.com')?.outcome)
      }),
      { numRuns: 300 },
    )
  })
})
