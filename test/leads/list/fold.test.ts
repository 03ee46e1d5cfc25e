import { domainToASCII } from 'node:url'
import { assert, property, string } from '../../support/seeded.ts'
import { expect, it } from 'vitest'
import { foldDomain, foldForSearch } from '#leads/list/fold'
import { buildLikePattern } from '#leads/list/search-text'

it.each([
  ['isparta', ['ISPARTA', 'İSPARTA', 'ısparta', 'Isparta', 'İsparta', 'i\u0307sparta']],
  ['sirket', ['şirket', 'ŞİRKET', 'SIRKET', 'ŞIRKET', 's\u0327irket', 'ＳＩＲＫＥＴ']],
  ['turk', ['türk', 'TÜRK', 'tu\u0308rk', 'TURK']],
  ['kimya', ['KİMYA', 'kimya', 'KIMYA', 'kımya']],
  ['cagdas ogretim', ['Çağdaş Öğretim', 'CAGDAS OGRETIM', 'ÇAĞDAŞ ÖĞRETİM']],
  ['munchen.de', ['München.de', 'MÜNCHEN.DE', 'Mu\u0308nchen。de', 'munchen．de']],
  ['strasse', ['Straße', 'STRASSE', 'STRAẞE', 'straſſe']],
  ['odegaard', ['Ødegaard', 'ødegaard']],
  ['lodz', ['Łódź', 'lodz']],
  ['oeuvre', ['Œuvre', 'œuvre']],
  ['москва', ['МОСКВА', 'Москва']],
  ['й', ['Й', 'и\u0306']], // another letter than и
  ['σοφοσ', ['ΣΟΦΟΣ', 'σοφος']],
  ['αθήνα', ['ΑΘΉΝΑ', 'Αθη\u0301να']],
  ['東京', ['東京']],
])('folds %s and %j to the same text', (folded, written) => {
  expect(written.map(foldForSearch)).toEqual(written.map(() => folded))
})

it('folds a text the same however its accents are composed, and leaves ASCII as it is but for its case', () => {
  assert(
    property(string({ unit: 'grapheme' }), (text) => {
      expect(foldForSearch(text.normalize('NFD'))).toBe(foldForSearch(text.normalize('NFC')))
    }),
  )
  assert(property(string({ unit: 'grapheme-ascii' }), (text) => foldForSearch(text) === text.toLowerCase()))
})

it('stores a folded text only for domains in punycode', () => {
  expect(foldDomain('firma.com.tr')).toBeNull()
  expect(foldDomain('axn--b.com')).toBeNull()
  expect(foldDomain(domainToASCII('şirket.com.tr'))).toBe('sirket.com.tr')
  expect(foldDomain(domainToASCII('пример.рф'))).toBe('пример.рф')
  expect(foldDomain('firma.xn--p1ai')).toBe('firma.рф')
  expect(foldDomain('xn--a.com')).toBe('xn--a.com') // stands for nothing
})

it.each([
  ['Şirket', '%sirket%'],
  ['  München.de ', '%munchen.de%'],
  ['https://www.Şirket.com.tr/iletişim?x=1', '%sirket.com.tr%'],
  ['mailto:bilgi@Şirket.com.tr', '%sirket.com.tr%'],
  ['XN--Mnchen-3ya.de', '%xn--mnchen-3ya.de%'],
  ['firma_', '%firma\\_%'],
  ['100%', '%100\\%%'],
  ['％＿a', '%\\%\\_a%'],
  ['a\\b', '%a\\\\b%'],
  ['ş', 's%'],
  ['ŞI', 'si%'],
  ['ß', 'ss%'],
  ['çğş', '%cgs%'],
  ['東京', '東京%'],
  ['...', '...%'], // the index on parts knows words alone
  ['@', '@%'],
  ['https://', '%https://%'],
])('searches for %j as %j', (text, pattern) => {
  expect(buildLikePattern(text)).toBe(pattern)
})
