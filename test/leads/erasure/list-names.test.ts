/** What a refused row names, whatever its texts look like. */
import { domainToASCII } from 'node:url'
import { expect, it } from 'vitest'
import { listNames } from '#leads/erasure/list-names'
import * as fc from '../../support/seeded.ts'

it.each([
  ['https://www.Firma.com.tr/iletisim?x=1', 'firma.com.tr'],
  ['bilgi@mail.firma.com.tr', 'firma.com.tr'],
  ['bir.com, iki.com;uc.com', 'uc.com'],
  ['x y\nfirma.com.tr', 'firma.com.tr'],
  [String.raw`x\nfirma.com.tr`, 'firma.com.tr'],
  ['Our site: firma.com.tr.', 'firma.com.tr'],
  ['firma.com.tr...', 'firma.com.tr'],
  ['-firma.com.tr-', 'firma.com.tr'],
  ['_dmarc.firma.com.tr', 'firma.com.tr'],
  ['site_firma.com.tr', 'firma.com.tr'],
  ['firma.com.tr 5', 'firma.com.tr'],
  ['firma.com.tr.5', 'firma.com.tr'],
  ['©firma.com.tr™', 'firma.com.tr'],
  ['📧firma.com.tr', 'firma.com.tr'],
  ['firma.com.tr²', 'firma.com.tr'],
  ['(firma.com.tr)', 'firma.com.tr'],
  ['https://l.facebook.com/l.php?u=https%3A%2F%2Ffirma.com.tr%2F', 'firma.com.tr'],
  ['u=https%253A%252F%252Ffirma.com.tr', 'firma.com.tr'],
  ['fir\u00ADma.com.tr', 'firma.com.tr'],
  ['bir.com\u200Biki.com', 'bir.com'],
  ['firma。com。tr', 'firma.com.tr'],
  ['ｆｉｒｍａ．com.tr', 'firma.com.tr'],
  ['FİRMA.COM.TR', 'firma.com.tr'],
  ['komşu.com.tr', 'xn--komu-75a.com.tr'],
  ['KOMS\u0327U.COM.TR', 'xn--komu-75a.com.tr'],
  ['xn--komu-75a.com.tr', 'xn--komu-75a.com.tr'],
  ['kom%C5%9Fu.com.tr', 'xn--komu-75a.com.tr'],
  ['ışık.com.tr', domainToASCII('ışık.com.tr')],
  ['i❤.ws', 'xn--i-7iq.ws'],
  ['xn--zzzzzz.firma.com.tr', 'firma.com.tr'],
  ['magaza.myshopify.com', 'magaza.myshopify.com'],
  ['firma.yeniuzanti', 'firma.yeniuzanti'],
])('%j names %s', (text, name) => {
  expect(listNames(text)).toContain(name)
  expect(listNames({ Site: text })).toContain(name)
  expect(listNames({ [text]: 1 })).toContain(name)
})

it.each([
  'notfirma.com.tr',
  'firma.com.tr.de',
  'x-firma.com.tr',
  'firma.com',
  '12.05.2024',
  'yok',
  'firma',
  null,
  5,
  {},
])('%j does not name firma.com.tr', (text) => expect(listNames(text)).not.toContain('firma.com.tr'))

it('finds any name in any text that parts it from the rest, in both spellings and any case', () => {
  const label = fc.stringMatching(/^[a-zçğöşü0-9]([a-zçğöşü0-9-]{0,10}[a-zçğöşü0-9])?$/)
  const name = fc
    .tuple(label, fc.constantFrom('com', 'com.tr', 'gov.tr', 'de', 'bel.tr'))
    .map((parts) => parts.join('.'))
    .filter((text) => !text.startsWith('xn--') && domainToASCII(text) !== '')
  const parting = fc.constantFrom('', ' ', '\n', '"', '/', '@', '://', ',', '<', '(', '=', '_', '’', '\u00A0', '\0')
  fc.assert(
    fc.property(
      name,
      fc.string(),
      parting,
      parting,
      fc.constantFrom('', 'www.', 'a.b.'),
      (name, text, left, right, host) => {
        const before = left === '' ? '' : text.replace(/[%\\]/g, '') + left
        const after = right === '' ? '' : right + text
        for (const spelled of [name, name.toLocaleUpperCase('tr'), domainToASCII(name)])
          expect(listNames(before + host + spelled + after)).toContain(domainToASCII(name))
      },
    ),
    { numRuns: 300 },
  )
})

it('keeps no names of a row that has thousands, and never more than the text can pay for', () => {
  const many = Array.from({ length: 1_001 }, (_, n) => `firma${n}.com`).join(' ')
  expect(listNames(many)).toBeNull()
  expect(listNames(many, Infinity)).toHaveLength(1_001)
  expect(listNames(`${'a.'.repeat(16_000)}de`)).toHaveLength(7)
  expect(listNames(`${'a'.repeat(32_000)}.com`)).toEqual([])
})
