import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { listDigLines } from '#exports/pdf/dig-lines'
import { explainEvidence } from '#exports/pdf/evidence'
import { toSetText } from '#exports/pdf/letters'
import { EN } from '#exports/pdf/texts/en'
import { TR } from '#exports/pdf/texts/tr'
import { assessLead } from '#leads/assess'
import { judgedLead } from '../support/arbitrary-lead.ts'
import { absent, dmarcOf, present, sampleSignals, unanswered } from '../support/sample-signals.ts'
import * as fc from '../support/seeded.ts'
import { FONTS, makeFont } from '../support/write-pdf-fonts.ts'

it('names every rule of the score in both languages', () => {
  fc.assert(
    fc.property(judgedLead(), ({ score }) => {
      for (const { rule } of score.breakdown) {
        for (const texts of [EN, TR]) expect(texts.rules).toHaveProperty([rule])
      }
    }),
  )
  expect(Object.keys(TR.rules)).toEqual(Object.keys(EN.rules))
})

const turkish = (rule: string, evidence: string) =>
  explainEvidence(
    { rule, evidence, points: 0, min: 0, max: 0, state: 'present', counterfactual: null },
    { texts: TR, language: 'tr' },
  )

it.each([
  ['provider.google', 'mx aspmx.l.google.com, dkim a key at s1', 'MX aspmx.l.google.com, DKIM anahtarı: s1'],
  ['provider.none', 'mx no MX (NODATA)', 'MX kaydı yok (NODATA)'],
  ['provider.none', 'mx null MX', 'null MX: alan adı e-posta almıyor'],
  ['spf.absent', 'no SPF record (NXDOMAIN)', 'SPF kaydı yok (NXDOMAIN)'],
  ['spf.broken', 'syntax, loop', 'yazım hatası, kendini içeren bir kayıt'],
  ['spf.undetermined', 'no answer for _spf.firma.com.tr', 'yanıt vermeyen: _spf.firma.com.tr'],
  ['dkim.found', 'keys at s1, google', 'anahtarlar: s1, google'],
  ['dkim.keyless', 'no key behind s1, no key behind s2', 's1 ardında anahtar yok, s2 ardında anahtar yok'],
  ['dmarc.unknown', 'SERVFAIL from 192.0.2.53', 'SERVFAIL'],
  ['provider.unknown', 'RATE_LIMITED from [2001:db8::1]:5353', 'RATE_LIMITED'],
  ['dmarc.none', 'v=DMARC1; p=none at _dmarc.com.tr', 'v=DMARC1; p=none (_dmarc.com.tr)'],
  ['registration.lasting', 'expires 2027-08-22T00:00:00Z', 'bitiş: 22 Ağustos 2027'],
  ['registration.lasting', 'expires 2027-13-99', 'expires 2027-13-99'],
])('says the evidence of %s in Turkish: %s', (rule, evidence, said) => {
  expect(turkish(rule, evidence)).toBe(said)
})

it('never prints who answered: the address of a resolver belongs to our network', () => {
  const signals = sampleSignals('firma.com.tr', {
    mx: unanswered(),
    spf: unanswered(),
    dkim: unanswered(),
    dmarc: unanswered(),
  })
  const { breakdown } = assessLead(signals).score
  expect(breakdown.filter(({ evidence }) => evidence.includes('192.0.2.53')).length).toBeGreaterThan(3)
  for (const line of breakdown) {
    expect(explainEvidence(line, { texts: TR, language: 'tr' })).not.toContain('192.0.2.53')
    expect(explainEvidence(line, { texts: EN, language: 'en' })).not.toContain('192.0.2.53')
  }
})

it('writes each record as dig does, under the name that holds it', () => {
  const inherited = { ...dmarcOf('reject'), name: '_dmarc.com.tr' }
  const signals = sampleSignals('firma.com.tr', {
    mx: { ...present({ hosts: [], nullMx: true }), records: ['0 .'] },
    spf: absent(),
    dmarc: { ...present(inherited), records: ['v=DMARC1; p=reject'] },
    dkim: {
      ...present({ selectors: ['s1'], targets: [], unanswered: [] }),
      records: ['s1._domainkey.firma.com.tr TXT v=DKIM1; p="a\\b"'],
    },
    ns: { ...present({ hosts: [] }), records: ['ns1.natro.com'] },
  })
  const lines = listDigLines(assessLead(signals)).map(({ name, type, value }) => `${name} ${type} ${value}`)
  expect(lines).toEqual([
    'firma.com.tr. IN MX 0 .',
    '_dmarc.com.tr. IN TXT "v=DMARC1; p=reject"',
    String.raw`s1._domainkey.firma.com.tr. IN TXT "v=DKIM1; p=\"a\\b\""`,
    'firma.com.tr. IN NS ns1.natro.com.',
  ])
})

it('keeps the letters that the fonts have, marks others and controls, and cuts', () => {
  expect(toSetText('ş ğ İ ı ₺ g\u0306 a\tb\u0000 漢 👍', 100)).toBe('ş ğ İ ı ₺ ğ a b□ □ □')
  expect(toSetText('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`)
  expect(toSetText('ş'.repeat(10), 10)).toBe('ş'.repeat(10))
})

it.each(FONTS)('ships $file as the script makes it', async ({ file, source }) => {
  const shipped = await readFile(new URL(`../../packages/exports/pdf/${file}`, import.meta.url))
  expect((await makeFont(source)).equals(shipped)).toBe(true)
})
