import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { decodeText } from '#signals/registration/decode'
import { readTrabis } from '#signals/registration/trabis'
import { anyText } from '../../support/any-text.ts'
import { TRABIS_FACTS, TRABIS_FULL } from '../../support/whois-texts.ts'

const DOMAIN = 'firma.com.tr'
const registered = (changes: Partial<typeof TRABIS_FACTS> | { registrar: null } = {}) => ({
  outcome: 'registered',
  facts: { ...TRABIS_FACTS, ...changes },
})

describe('the answer of TRABİS', () => {
  it('gives registrar, dates, name servers and the transfer lock', () => {
    expect(readTrabis(TRABIS_FULL, DOMAIN)).toEqual(registered())
  })

  it.each([
    ['with CRLF', TRABIS_FULL.replaceAll('\n', '\r\n')],
    ['with indented lines', TRABIS_FULL.replace(/^/gm, '   ')],
    ['with spaces for tabs', TRABIS_FULL.replaceAll('\t', '  ')],
    ['without blank lines', TRABIS_FULL.replace(/\n+/g, '\n')],
    ['with notices before it', `% Terms of use: see https://www.trabis.gov.tr\n\n${TRABIS_FULL}`],
    ['with the name in capitals', TRABIS_FULL.replace('firma.com.tr', 'FIRMA.COM.TR')],
  ])('is the same %s', (_, text) => {
    expect(readTrabis(text, DOMAIN)).toEqual(registered())
  })

  it('may write the name in Unicode', () => {
    for (const name of ['şirket.com.tr', 'ŞİRKET.COM.TR', 'xn--irket-idb.com.tr']) {
      const text = TRABIS_FULL.replace('firma.com.tr', name)
      expect(readTrabis(text, 'xn--irket-idb.com.tr')).toMatchObject({ outcome: 'registered' })
    }
    expect(readTrabis('No match found for ŞİRKET.com.tr', 'xn--irket-idb.com.tr')).toEqual({
      outcome: 'no-such-domain',
    })
  })

  it('does not call a domain locked that is not', () => {
    for (const words of ['The domain is UNLOCKED to transfer.', 'The domain is NOT LOCKED to transfer.', '-', '']) {
      const text = TRABIS_FULL.replace('The domain is LOCKED to transfer.', words)
      expect(readTrabis(text, DOMAIN)).toEqual(registered({ statuses: ['active'] }))
    }
  })

  it('says that a domain is frozen', () => {
    const text = TRABIS_FULL.replace('Frozen Status: -', 'Frozen Status: Frozen by court order')
    expect(readTrabis(text, DOMAIN)).toEqual(registered({ statuses: ['active', 'frozen', 'transferLocked'] }))
  })

  it('may lack the registrar’s name, the name servers or a section', () => {
    const unnamed = TRABIS_FULL.replace(/Organization Name.*\n/, '')
    expect(readTrabis(unnamed, DOMAIN)).toEqual(registered({ registrar: 'orn12' }))
    const bare = TRABIS_FULL.replace(/\*\* Domain Servers:[^*]+/, '')
    expect(readTrabis(bare, DOMAIN)).toEqual(registered({ nameServers: [] }))
    const alone = '** Domain Name: firma.com.tr\n** Additional Info:\nExpires on..............: 2026-Aug-22.\n'
    const nothing = { registrar: null, createdAt: null, nameServers: [], statuses: [] }
    expect(readTrabis(alone, DOMAIN)).toEqual({ outcome: 'registered', facts: { ...TRABIS_FACTS, ...nothing } })
  })

  it('never takes the registrant for the registrar', () => {
    const text = TRABIS_FULL.replace(/\*\* Registrar:[^*]+/, '').replace(
      'Hidden upon user request',
      'Organization Name: X',
    )
    expect(readTrabis(text, DOMAIN)).toEqual(registered({ registrar: null }))
  })

  it.each(['No match found for firma.com.tr', '** No match for "firma.com.tr".\n', 'No match found'])(
    'tells that there is no such domain: %s',
    (text) => {
      expect(readTrabis(text, DOMAIN)).toEqual({ outcome: 'no-such-domain' })
    },
  )

  it('is nothing when it is about another domain, or no such answer', () => {
    expect(readTrabis(TRABIS_FULL, 'other.com.tr')).toBeNull()
    for (const text of ['', 'hello', '** Domain Name: firma.com.tr', '<html>404 Not Found</html>'.repeat(50)]) {
      expect(readTrabis(text, DOMAIN)).toBeNull()
    }
  })

  it('is read in UTF-8 and in the Turkish eight-bit set', () => {
    const utf8 = Buffer.from(TRABIS_FULL)
    expect(readTrabis(decodeText(utf8, 'tr'), DOMAIN)).toEqual(registered())
    expect(readTrabis(decodeText(inLatin5(TRABIS_FULL), 'tr'), DOMAIN)).toEqual(registered())
  })

  it('never fails on any text', () => {
    const lines = fc.constantFrom(...TRABIS_FULL.split('\n'), '** ', '** :', '**Registrar', ':', '\0', '\uD800')
    const texts = fc.oneof(
      anyText,
      fc.array(lines).map((each) => each.join('\n')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        expect([undefined, 'registered', 'no-such-domain']).toContain(readTrabis(text, DOMAIN)?.outcome)
      }),
      { numRuns: 300 },
    )
  })
})

/** ISO 8859-9: Latin-1 with six letters changed. */
function inLatin5(text: string): Buffer {
  const changed: Record<string, number> = { Ğ: 0xd0, İ: 0xdd, Ş: 0xde, ğ: 0xf0, ı: 0xfd, ş: 0xfe }
  return Buffer.from(Array.from(text, (letter) => changed[letter] ?? letter.charCodeAt(0)))
}
