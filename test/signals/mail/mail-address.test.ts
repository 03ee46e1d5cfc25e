import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { ADDRESS_LANGUAGES, findAddressUse, listGenericAddresses } from '#signals/mail/generic-addresses'
import { type AddressFault, type MailAddress, parseMailAddress } from '#signals/mail/mail-address'
import { normaliseDomain } from '#signals/normalise'

function read(input: string): MailAddress {
  const parsed = parseMailAddress(input)
  if ('fault' in parsed) throw new Error(`${input}: ${parsed.reason}`)
  return parsed.address
}

describe('an address', () => {
  it.each<[string, string]>([
    ['info@firma.com.tr', 'info@firma.com.tr'],
    ['  Ali.Veli@FIRMA.com.TR ', 'Ali.Veli@firma.com.tr'],
    ['ali+teklif@firma.com.tr', 'ali+teklif@firma.com.tr'],
    ["o'brien!#$%&*/=?^_`{|}~-@firma.com.tr", "o'brien!#$%&*/=?^_`{|}~-@firma.com.tr"],
    ['"ali veli"@firma.com.tr', '"ali veli"@firma.com.tr'],
    ['"a@b"@firma.com.tr', '"a@b"@firma.com.tr'],
    [String.raw`"a\"b\\c"@firma.com.tr`, String.raw`"a\"b\\c"@firma.com.tr`],
    ['""@firma.com.tr', '""@firma.com.tr'],
    ['info@müller.de', 'info@xn--mller-kva.de'],
    ['INFO@FİRMA.COM.TR', 'INFO@firma.com.tr'],
    ['info@mail.firma.com.tr', 'info@mail.firma.com.tr'],
    ['iletişim@firma.com.tr', 'iletişim@firma.com.tr'],
    [`${'a'.repeat(64)}@firma.com.tr`, `${'a'.repeat(64)}@firma.com.tr`],
  ])('%s is read as %s', (input, address) => {
    expect(read(input).address).toBe(address)
  })

  it.each<[string, AddressFault]>([
    ['', 'empty'],
    [' \t', 'empty'],
    ['firma.com.tr', 'no-at'],
    ['@firma.com.tr', 'local-empty'],
    [`${'a'.repeat(65)}@firma.com.tr`, 'local-too-long'],
    [`${'ğ'.repeat(33)}@firma.com.tr`, 'local-too-long'],
    [`ali.veli@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.com.tr`, 'too-long'],
    ['.ali@firma.com.tr', 'local-dots'],
    ['ali.@firma.com.tr', 'local-dots'],
    ['ali..veli@firma.com.tr', 'local-dots'],
    ['ali veli@firma.com.tr', 'local-characters'],
    ['Ali <ali@firma.com.tr', 'local-characters'],
    ['ali@veli@firma.com.tr', 'local-characters'],
    ['a(b)@firma.com.tr', 'local-characters'],
    ['a\u200Bli@firma.com.tr', 'local-characters'],
    ['a\u202Eli@firma.com.tr', 'local-characters'],
    ['a\0li@firma.com.tr', 'local-characters'],
    ['\uD800@firma.com.tr', 'local-characters'],
    ['"ali@firma.com.tr', 'local-quotes'],
    ['"a"b"@firma.com.tr', 'local-quotes'],
    ['"a\nb"@firma.com.tr', 'local-quotes'],
    ['"ali".veli@firma.com.tr', 'local-quotes'],
    ['ali@', 'domain-invalid'],
    ['ali@firma', 'domain-invalid'],
    ['ali@firma.com.tr.', 'domain-invalid'],
    ['ali@firma.com.tr/x', 'domain-invalid'],
    ['ali@fir%6Da.com.tr', 'domain-invalid'],
    ['ali@firma.com.tr:25', 'domain-invalid'],
    ['ali@_dmarc.firma.com.tr', 'domain-invalid'],
    ['ali@firma.com.tr>', 'domain-invalid'],
    ['ali@firma\u200B.com.tr', 'domain-invalid'],
    ['ali@-firma.com.tr', 'domain-invalid'],
    ['ali@com.tr', 'domain-invalid'],
    ['ali@example.com', 'domain-invalid'],
    ['ali@192.0.2.1', 'address-literal'],
    ['ali@[192.0.2.1]', 'address-literal'],
    ['ali@[IPv6:2001:db8::1]', 'address-literal'],
  ])('%j is refused: %s', (input, fault) => {
    expect(parseMailAddress(input)).toMatchObject({ fault, reason: expect.stringMatching(/.{15}/) })
  })

  it('tells tags, quotes, SMTPUTF8, roles and consumer mailboxes', () => {
    const plain = { tag: null, isQuoted: false, needsSmtputf8: false, role: null, isConsumerMailbox: false }
    expect(read('ali@firma.com.tr')).toMatchObject(plain)
    expect(read('satis+fuar+2026@firma.com.tr')).toMatchObject({ ...plain, tag: 'fuar+2026', role: 'sales' })
    expect(read('"a+b"@firma.com.tr')).toMatchObject({ ...plain, isQuoted: true })
    expect(read('+905551112233@firma.com.tr')).toMatchObject(plain)
    expect(read('SATIŞ@firma.com.tr')).toMatchObject({ ...plain, needsSmtputf8: true, role: 'sales' })
    expect(read('İLETİŞİM@firma.com.tr')).toMatchObject({ needsSmtputf8: true, role: 'general' })
    expect(read('postmaster@firma.com.tr')).toMatchObject({ role: 'service' })
    expect(read('ali@hotmail.com.tr')).toMatchObject({ ...plain, isConsumerMailbox: true })
    expect(read('info@müller.de')).toMatchObject({ needsSmtputf8: false, hostUnicode: 'müller.de' })
  })

  it('keeps every limit of RFC 5321 and reads its own answer the same, whatever is typed', () => {
    const hosts = fc.constantFrom('firma.com.tr', 'mail.firma.com.tr', 'müller.de', 'firma', '[192.0.2.1]', '')
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 90 }),
      fc.tuple(fc.string({ unit: 'binary', maxLength: 70 }), hosts).map((parts) => parts.join('@')),
      fc.tuple(fc.stringMatching(/^[a-z.+"\\ @]{1,70}$/), hosts).map((parts) => parts.join('@')),
    )
    fc.assert(
      fc.property(typed, (input) => {
        const parsed = parseMailAddress(input)
        if ('fault' in parsed) return
        const { address, local, host } = parsed.address
        expect(Buffer.byteLength(local)).toBeLessThanOrEqual(64)
        expect(Buffer.byteLength(address)).toBeLessThanOrEqual(254)
        expect(host).toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/)
        expect(parseMailAddress(address)).toEqual(parsed)
      }),
      { numRuns: 200 },
    )
  })
})

describe('generic addresses', () => {
  const domain = normaliseDomain('firma.com.tr')

  it('has the usual ones of Turkey, each with its use', () => {
    const uses = Object.fromEntries(listGenericAddresses(domain, ['tr']).map(({ address, use }) => [address, use]))
    expect(uses).toMatchObject({
      'info@firma.com.tr': 'general',
      'bilgi@firma.com.tr': 'general',
      'iletisim@firma.com.tr': 'general',
      'satis@firma.com.tr': 'sales',
      'muhasebe@firma.com.tr': 'accounting',
      'ik@firma.com.tr': 'human-resources',
      'destek@firma.com.tr': 'support',
      'kvkk@firma.com.tr': 'privacy',
    })
  })

  it('are valid role addresses without duplicates, for any domain and order of languages', () => {
    const label = fc.stringMatching(/^[a-z]{1,63}$/)
    const names = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.com.tr`)
    fc.assert(
      fc.property(names, fc.shuffledSubarray([...ADDRESS_LANGUAGES], { minLength: 1 }), (name, languages) => {
        const guesses = listGenericAddresses(normaliseDomain(name), languages)
        expect(new Set(guesses.map(({ address }) => address)).size).toBe(guesses.length)
        expect(guesses.length).toBeGreaterThan(10)
        for (const { address, use } of guesses) expect(read(address).role).toBe(use)
      }),
      { numRuns: 25 },
    )
  })

  it('begin with the language that is named first', () => {
    const first = (languages: ('tr' | 'en')[]) => listGenericAddresses(domain, languages)[1]?.address
    expect([first(['tr', 'en']), first(['en', 'tr'])]).toEqual(['bilgi@firma.com.tr', 'contact@firma.com.tr'])
  })

  it('leave no mark on a name that may be a person', () => {
    expect(['ali', 'infos', 'satiscı', 'constructor', '__proto__'].map(findAddressUse)).toEqual(Array(5).fill(null))
  })
})
