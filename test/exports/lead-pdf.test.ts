import { beforeAll, describe, expect, it } from 'vitest'
import { writeLeadPdf } from '#exports/pdf/lead-pdf'
import { assessLead } from '#leads/assess'
import { type ListedCompany, NOT_LISTED } from '#leads/listed/listed-company'
import { SALES_LANGUAGES, type SalesLanguage } from '#leads/sales/summary'
import type { Lead } from '#leads/store'
import { anyLead } from '../support/arbitrary-lead.ts'
import { hasPoppler, readPdfInfo, readPdfTags, readPdfText, readPdfWords } from '../support/read-pdf.ts'
import {
  absent,
  dmarcOf,
  mxTo,
  present,
  registrationOf,
  sampleSignals,
  spfOf,
  unanswered,
} from '../support/sample-signals.ts'
import * as fc from '../support/seeded.ts'

const FIRMA = 'firma.com.tr'
const SPF = 'v=spf1 include:_spf.google.com -all'

function sampleLead(domain = FIRMA): Lead {
  return assessLead(
    sampleSignals(domain, {
      mx: { ...present(mxTo('aspmx.l.google.com')), records: ['10 aspmx.l.google.com.'] },
      spf: { ...present(spfOf(SPF)), records: [SPF] },
      dmarc: { ...present(dmarcOf('none')), records: ['v=DMARC1; p=none'] },
      dkim: absent(),
      registration: present(registrationOf()),
      tokens: { ...present({ tokens: [] }), records: ['₺ ğüşiöç ĞÜŞİÖÇ ı — “x”'] },
    }),
  )
}

/** A stranger decides about each of these texts, and each is longer than any page has room for. */
function hostileLead(): Lead {
  const label = `${'a'.repeat(59)}.`
  const lead = sampleLead(`${label.repeat(4)}com.tr`)
  const long = ['x'.repeat(60_000), '\u0000\u202E<b>%PDF (]] \\ 漢字 '.repeat(2_000), 'ğ '.repeat(30_000), '']
  const records = Array.from({ length: 200 }, (_, at) => long[at % long.length]!)
  const { mailbox } = lead.provider
  const addresses = long.flatMap((text, at) => [
    { ip: `2001:db8::${at}`, source: 'mx-ip' as const, country: 'TR', asn: 4_294_967_295, asName: text.slice(0, 120) },
    {
      ip: `2001:db8:ffff:ffff:ffff:ffff:ffff:${at}`,
      source: 'root-ip' as const,
      country: null,
      asn: null,
      asName: null,
    },
  ])
  return {
    ...lead,
    signals: {
      ...lead.signals,
      tokens: { ...present({ tokens: [] }), records },
      networks: present({ addresses, unanswered: [] }),
      ns: { ...present({ hosts: [] }), records },
      dkim: { ...present({ selectors: [], targets: [], unanswered: [] }), records },
      registration: present(registrationOf({ expiresAt: '9'.repeat(500) })),
    },
    provider: {
      ...lead.provider,
      mailbox: { ...mailbox, name: long[0]! },
      gateway: { id: 'x', name: long[1]!, kind: 'filter', confidence: 0.5 },
    },
    score: {
      ...lead.score,
      min: 0,
      max: 100,
      breakdown: records.map((evidence) => ({
        rule: 'a.rule-of-a-later-version',
        points: 100,
        min: -100,
        max: 100,
        state: 'unknown' as const,
        evidence,
        counterfactual: { rule: 'a.later-one', points: 1, text: evidence },
      })),
    },
  }
}

const HOSTILE_LIST: ListedCompany = {
  company: 'Ş'.repeat(200),
  emailDomain: `${'e'.repeat(60)}.com`,
  fields: Array.from({ length: 50 }, (_, at) => ({ name: 'x'.repeat(100), value: `${at} ${'漢ğ '.repeat(160)}` })),
}

/** Each is written once for all tests. */
let sample: Record<SalesLanguage, Buffer>
let hostile: Record<SalesLanguage, Buffer>
beforeAll(async () => {
  const writeBoth = async (lead: Lead, listed: ListedCompany) => ({
    tr: await writeLeadPdf(lead, 'tr', listed),
    en: await writeLeadPdf(lead, 'en', listed),
  })
  sample = await writeBoth(sampleLead(), NOT_LISTED)
  hostile = await writeBoth(hostileLead(), HOSTILE_LIST)
})

const countPages = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length

describe.each(SALES_LANGUAGES)('the PDF in the language %s', (language) => {
  it('has the same bytes for the same lead, its own for another, and is smaller than 60 kB', async () => {
    const first = sample[language]
    expect(await writeLeadPdf(sampleLead(), language)).toEqual(first)
    expect((await writeLeadPdf(sampleLead('acme.com.tr'), language)).equals(first)).toBe(false)
    expect(first.length).toBeLessThan(60_000)
    expect(first.toString('latin1')).toContain(`/Lang (${language})`)
  })

  it('stays within two pages and 60 kB, whatever a stranger publishes', () => {
    const pdf = hostile[language]
    expect([countPages(pdf), pdf.length < 60_000]).toEqual([2, true])
  })
})

it('has one or two pages for every lead that the rules can judge', async () => {
  await fc.assert(
    fc.asyncProperty(anyLead, fc.constantFrom(...SALES_LANGUAGES), async (lead, language) => {
      expect([1, 2]).toContain(countPages(await writeLeadPdf(lead, language)))
    }),
    { numRuns: 5 },
  )
})

describe.skipIf(!hasPoppler())('Poppler', () => {
  it('reads the score, its reasons, what to fix, what to say and the records, in Turkish letters', () => {
    const text = readPdfText(sample.tr)
    for (const part of [
      'firma.com.tr e-posta için Google Workspace kullanıyor',
      'Puan',
      '+50 Posta kutuları Google üzerinde',
      '−10 DKIM anahtarı bulunamadı DKIM anahtarı yok (NXDOMAIN)',
      'bitiş: 22 Ağustos 2027',
      '+20 İletileri DKIM ile imzalayın',
      'DKIM imzasını şu hizmette açın: Google Workspace',
      '_dmarc.firma.com.tr. 3600 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@firma.com.tr"',
      '+15 DMARC politikasını p=reject yapın',
      'Merhaba, firma.com.tr alan adının',
      'Şirketinizde kaç kişi Google Workspace kullanıyor',
      `firma.com.tr. IN TXT "${SPF}"`,
      '_dmarc.firma.com.tr. IN TXT "v=DMARC1; p=none"',
      'firma.com.tr. IN MX 10 aspmx.l.google.com.',
      '"₺ ğüşiöç ĞÜŞİÖÇ ı — “x”"',
      'Tarama: 20 Kasım 2026, 00:00 UTC · Puanlama kuralları 1',
      'Sayfa 2 / 2',
    ]) {
      expect(text).toContain(part)
    }
  })

  it.each([
    ['all is known', registrationOf(), 'settled.'],
    ['what is unknown cannot move it', null, 'cannot change the score.'],
  ])('says of a score without a range why it has none: %s', async (_case, registration, caption) => {
    const lead = assessLead(
      sampleSignals(FIRMA, {
        mx: absent(),
        spf: absent(),
        dmarc: absent(),
        dkim: absent(),
        registration: registration ? present(registration) : unanswered(),
      }),
    )
    expect([lead.score.min, lead.score.max]).toEqual([0, 0])
    expect(readPdfText(await writeLeadPdf(lead, 'en'))).toContain(caption)
  })

  it('shows the company and what the imported lists say, and leaves out a name in letters that the fonts lack', async () => {
    const fields = [{ name: 'İl', value: 'İzmir' }]
    const write = (company: string) =>
      writeLeadPdf(sampleLead(), 'tr', { company, emailDomain: 'posta.firma.com.tr', fields })
    const text = readPdfText(await write('Öz Şişli Gıda A.Ş.'))
    expect(text).toContain('Öz Şişli Gıda A.Ş. firma.com.tr')
    expect(text).toContain('Aktarılan bilgiler E-posta alan adı posta.firma.com.tr İl İzmir')
    expect(readPdfText(await write('شركة الاختبار'))).toMatch(/Aday özeti firma\.com\.tr firma\.com\.tr e-posta/)
  })

  it('names a mailbox without a provider in the language of the page', async () => {
    const signals = sampleSignals(FIRMA, { mx: { ...present(mxTo(`mail.${FIRMA}`)), records: [`10 mail.${FIRMA}.`] } })
    const read = async (language: SalesLanguage) => readPdfText(await writeLeadPdf(assessLead(signals), language))
    expect(await read('tr')).toContain('Kendi sunucusu')
    expect(await read('tr')).not.toContain('Own server')
    // the Turkish page has read the O inside Ö for no letter
    expect(await read('en')).toContain('Own server')
  })

  it('reads the same in English', () => {
    const text = readPdfText(sample.en)
    for (const part of [
      'Lead summary',
      '+50 Mailboxes at Google',
      'expires on 22 August 2027',
      '+15 Raise DMARC to p=reject',
      'Hello, I am calling',
      'Scanned on 20 November 2026, 00:00 UTC · Scoring rules 1',
    ]) {
      expect(text).toContain(part)
    }
  })

  it('finds a title, a language, and tags in the order of reading', () => {
    const pdf = sample.tr
    const info = readPdfInfo(pdf)
    expect(info).toMatchObject({
      Title: 'Aday özeti: firma.com.tr',
      Tagged: 'yes',
      'Page size': '595.28 x 841.89 pts (A4)',
    })
    const tags = readPdfTags(pdf)
    expect(tags.slice(0, 4)).toEqual(['Document', 'P', 'H1', 'P'])
    expect(tags.filter((tag) => ['H2', 'Table', 'Figure'].includes(tag))).toEqual([
      'Figure',
      'H2',
      'Table',
      'H2',
      'H2',
      'H2',
      'H2',
      'Table',
    ])
  })

  it.each(SALES_LANGUAGES)('finds no word beyond the edges of a page or in its footer, in %s', (language) => {
    const words = readPdfWords(hostile[language])
    const beyond = words.filter(({ left, right, top, bottom }) => left < 40 || right > 556 || top < 0 || bottom > 830)
    expect(words.length).toBeGreaterThan(200)
    expect(beyond).toEqual([])
    const footer = words.filter(({ bottom }) => bottom > 790).map(({ text }) => text)
    expect(footer.filter((text) => /x{9}|ğ|□/.test(text))).toEqual([])
  })

  it('shows a domain in letters that the fonts lack by its punycode, everywhere', async () => {
    const text = readPdfText(await writeLeadPdf(sampleLead('xn--e1afmkfd.xn--p1ai'), 'en'))
    expect(text).toContain('xn--e1afmkfd.xn--p1ai uses Google Workspace')
    expect(text).not.toContain('□')
    expect(readPdfText(await writeLeadPdf(sampleLead('xn--irket-idb.com.tr'), 'tr'))).toContain('şirket.com.tr')
  })
})
