import * as fc from '../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { AppError } from '#platform/errors'
import { type DomainInvalidReason, normaliseDomain, getPublicSuffix } from '#signals/normalise'

function reasonFor(input: string): unknown {
  try {
    return `accepted as ${normaliseDomain(input)}`
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'DOMAIN_INVALID') throw error
    return error.details?.['reason']
  }
}

describe('normaliseDomain', () => {
  it.each([
    ['firma.com.tr', 'firma.com.tr'],
    ['  FIRMA.com.TR  ', 'firma.com.tr'],
    ['firma.com.tr.', 'firma.com.tr'],
    ['firma.com.tr。', 'firma.com.tr'],
    ['www.mail.firma.com.tr', 'firma.com.tr'],
    ['https://user:secret@www.firma.com.tr:8443/a/b?c=d@e#f', 'firma.com.tr'],
    ['//cdn.firma.com.tr/logo.png', 'firma.com.tr'],
    ['firma.com.tr:25', 'firma.com.tr'],
    ['ali.veli@satis.firma.com.tr', 'firma.com.tr'],
    ['mailto:ali@firma.com.tr?subject=x', 'firma.com.tr'],
    ['müller.de', 'xn--mller-kva.de'],
    ['MÜLLER.DE', 'xn--mller-kva.de'],
    ['xn--mller-kva.de', 'xn--mller-kva.de'],
    ['пример.рф', 'xn--e1afmkfd.xn--p1ai'],
    ['例え。jp', 'xn--r8jz45g.jp'],
    ['FİRMA.COM.TR', 'firma.com.tr'],
    ['_dmarc.firma.com.tr', 'firma.com.tr'],
    ['www.parliament.uk', 'parliament.uk'],
    ['shop.example.co.uk', 'example.co.uk'],
    ['www.someone.github.io', 'someone.github.io'],
    ['www.firma.uk.com', 'firma.uk.com'],
    ['firma.myshopify.com', 'firma.myshopify.com'],
    ['github.io', 'github.io'],
    ['uk.com', 'uk.com'],
    ['firma.com.tr\n', 'firma.com.tr'],
    ['\uFEFFfirma.com.tr', 'firma.com.tr'],
    ['paral·lel.cat', 'xn--parallel-koa.cat'],
    ['i❤️.ws', 'xn--i-7iq.ws'],
  ])('makes one registrable domain of %s', (input, domain) => {
    expect(normaliseDomain(input)).toBe(domain)
  })

  it.each<[string, DomainInvalidReason]>([
    ['', 'empty'],
    ['   ', 'empty'],
    ['https://', 'empty'],
    ['ali@', 'empty'],
    ['192.168.1.1', 'ip-address'],
    ['http://10.0.0.1:8080/x', 'ip-address'],
    ['0x7f.1', 'ip-address'],
    ['256.256.256.256', 'ip-address'],
    ['[2001:db8::1]:443', 'ip-address'],
    ['2001:db8::1', 'ip-address'],
    ['com', 'single-label'],
    ['firma', 'single-label'],
    ['firma.com.tr\nbaska.com.tr', 'several-names'],
    ['firma.com.tr\tbaska.com.tr', 'several-names'],
    ['firma.com.tr\rbaska.com.tr', 'several-names'],
    ['https://firma.com.tr/\nhttps://baska.com.tr/', 'several-names'],
    ['firma.com.tr\u2028baska.com.tr', 'several-names'],
    ['firma.com.tr\u200Bbaska.com.tr', 'several-names'],
    ['firma.com.tr\u00ADbaska.com.tr', 'several-names'],
    ['ali@a.com.tr; veli@b.com.tr', 'several-names'],
    ['ali@a.com.tr,veli@b.com.tr', 'several-names'],
    ['ali@a.com.tr veli@b.com.tr', 'several-names'],
    ['a.com.tr; veli@b.com.tr', 'several-names'],
    ['mailto:ali@a.com.tr,veli@b.com.tr', 'several-names'],
    ['firma.com.tr;baska.com.tr', 'several-names'],
    ['firma.com.tr%3Bbaska.com.tr', 'invalid-label'],
    ['firma.com.tr, baska.com.tr', 'several-names'],
    ['firma.com.tr baska.com.tr', 'several-names'],
    ['firma.com、baska.com', 'invalid-label'],
    ['firma.com·baska.com', 'invalid-label'],
    ['firma.com•baska.com', 'invalid-label'],
    ['firma.com–baska.com', 'invalid-label'],
    ['xn--a.com', 'invalid-label'],
    ['xn--.com', 'invalid-label'],
    ['www.xn--99zzz999.com', 'invalid-label'],
    ['firma.con', 'unknown-ending'],
    ['firma.com.trr', 'unknown-ending'],
    ['localhost', 'reserved'],
    ['example.com', 'reserved'],
    ['www.example.org', 'reserved'],
    ['firma.test', 'reserved'],
    ['firma.invalid', 'reserved'],
    ['printer.local', 'reserved'],
    ['db.internal', 'reserved'],
    ['1.0.0.127.in-addr.arpa', 'reserved'],
    ['com.tr', 'public-suffix'],
    ['gov.tr', 'public-suffix'],
    ['co.uk', 'public-suffix'],
    ['-firma.com', 'invalid-label'],
    ['firma-.com', 'invalid-label'],
    ['fir ma.com', 'invalid-label'],
    ['firma..com', 'invalid-label'],
    ['firma.com..', 'invalid-label'],
    ['fir_ma.com', 'invalid-label'],
    ['*.firma.com', 'invalid-label'],
    [`${'a'.repeat(64)}.com`, 'invalid-label'],
    [`${'a.'.repeat(130)}com`, 'too-long'],
    ['a'.repeat(3000), 'too-long'],
    [`${'ü'.repeat(300)}.com`, 'too-long'],
    [`${`${'ü'.repeat(40)}.`.repeat(6)}com`, 'too-long'], // 249 characters, which are 337 in punycode
    [`${'ü'.repeat(60)}.com`, 'invalid-label'], // 60 characters, which are more than 63 in punycode
    [`${'水'.repeat(2_000)}.com`, 'too-long'],
  ])('refuses %s', (input, reason) => {
    expect(reasonFor(input)).toBe(reason)
  })

  it('measures a name as it is registered, not as it was typed', () => {
    const bold = '\u{1D41A}'.repeat(50) // each of them two code units, and registered as the letter a
    expect(normaliseDomain(`${`${bold}.`.repeat(3)}com`)).toBe(`${'a'.repeat(50)}.com`)
    const accented = 'e\u0301'.repeat(20) // composed, half as many
    expect(normaliseDomain(`${`${accented}.`.repeat(7)}com`)).toBe(normaliseDomain(`${'é'.repeat(20)}.com`))
  })

  it('refuses or accepts any string, and never fails in another way', () => {
    const strings = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.webUrl(),
      fc.emailAddress(),
    )
    fc.assert(
      fc.property(strings, (input) => {
        expect(reasonFor(input)).toEqual(expect.any(String))
      }),
    )
  })

  it('leaves its own answer as it is', () => {
    const hosts = fc.oneof(fc.domain(), fc.webUrl(), fc.emailAddress())
    fc.assert(
      fc.property(hosts, (input) => {
        if (!String(reasonFor(input)).startsWith('accepted')) return
        const domain = normaliseDomain(input)
        expect(normaliseDomain(domain)).toBe(domain)
        expect(domain).toMatch(/^[a-z0-9.-]{3,253}$/)
      }),
    )
  })

  it('knows the suffix that it was registered below', () => {
    expect(getPublicSuffix(normaliseDomain('belediye.bel.tr'))).toBe('bel.tr')
    expect(getPublicSuffix(normaliseDomain('www.nasa.gov'))).toBe('gov')
  })
})
