import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judgeCells } from '#ingest/company-domain'
import { guessDelimiter } from '#ingest/delimiter'
import { parseEncoding } from '#ingest/encoding'
import { recogniseHeading } from '#ingest/headings'
import { type ListOptions, type ListRow, readList } from '#ingest/read-list'
import type { ErrorCode } from '#platform/errors'
import { sheetXml, workbookParts, zip, type ZipPart } from '../support/zip.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hunter-lists-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
const read = async (content: string | Buffer, options?: ListOptions) => {
  const path = join(folder, `list-${(files += 1)}`)
  await writeFile(path, content)
  const { recognised, rows } = await readList(path, options)
  const all: ListRow[] = []
  for await (const row of rows) all.push(row)
  return {
    recognised,
    rows: all,
    domains: all.flatMap(({ verdict }) => ('domain' in verdict ? [verdict.domain] : [])),
    refused: all.flatMap(({ line, verdict }) => ('reason' in verdict ? [[line, verdict.reason]] : [])),
  }
}
const TWO = ['bir.com.tr', 'iki.com.tr']

/** A list in UTF-8 whose third line is given; `\xff` in it is that byte. */
const faulty = (line: string) =>
  Buffer.concat(
    [`Web;Ad\nbir.com.tr;Ğüş\n`, ...line.split('\xff').flatMap((part, at) => (at === 0 ? [part] : [0xff, part]))].map(
      (part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part)),
    ),
  )
const utf32 = (text: string) => Buffer.from(Uint32Array.from(Array.from(text, (one) => one.codePointAt(0) ?? 0)).buffer)

describe('text files', () => {
  it.each<[string, string, object]>([
    [
      'an instruction for Excel',
      'sep=|\nWeb|Not\nbir.com.tr|a;b;c\niki.com.tr|a;b;c\n',
      { delimiter: '|', headerLine: 2 },
    ],
    ['decimal commas', 'Web;Ciro\nbir.com.tr;1,5\niki.com.tr;2,5\n', { delimiter: ';' }],
    ['names with commas', 'Firma;Web\nBir, Ltd.;bir.com.tr\nİki, A.Ş.;iki.com.tr\n', { delimiter: ';' }],
    [
      'commas inside headings',
      '"Web, Site",E-Posta\nbir.com.tr,\niki.com.tr,\n',
      { columns: { domain: 'Web, Site', email: 'E-Posta' } },
    ],
    ['mixed line ends', 'Web;Not\rbir.com.tr;1\r\niki.com.tr;2\n', { headerLine: 1 }],
    ['line ends within quotes', 'Not;Web\n"a\nb";bir.com.tr\n"c;d";iki.com.tr', { delimiter: ';' }],
    ['title lines', 'İhracatçılar, 2026\n\nSıra;Web\n1;bir.com.tr\n2;iki.com.tr\n', { headerLine: 3 }],
    ['a title with a domain', 'www.oda.org.tr\nFirma Ünvanı;Web Adresi\nA;bir.com.tr\nB;iki.com.tr', { headerLine: 2 }],
    [
      'a heading in another language',
      'Unternehmen;Netz\nA;bir.com.tr\nB;iki.com.tr',
      { headerLine: 1, columns: { domain: 'Netz' } },
    ],
    ['headings as SYLK begins', 'ID;Phone;Web\nA;P1;bir.com.tr\nB;P2;iki.com.tr', { headerLine: 1 }],
    ['an address before the rest', '<a@bir.com.tr>\n<b@iki.com.tr>\n', { headerLine: null }],
    ['no header', 'A;bir.com.tr;x\nB;iki.com.tr;y', { headerLine: null, columns: { domain: 'column_2' } }],
    [
      'an empty column before the full one',
      'Web;Web Sitesi\n;bir.com.tr\n;iki.com.tr',
      { columns: { domain: 'Web Sitesi' } },
    ],
    [
      'e-mail addresses alone',
      'Ad\tE-POSTA ADRESİ\nA\tinfo@bir.com.tr\nB\tinfo@iki.com.tr',
      { delimiter: '\t', columns: { email: 'E-POSTA ADRESİ' } },
    ],
  ])('reads a list with %s', async (_, text, recognised) => {
    const list = await read(text)
    expect(list.refused).toEqual([])
    expect(list.domains).toEqual(TWO)
    expect(list.recognised).toMatchObject(recognised)
  })

  it('decides for windows-1254 by a byte that comes after 200 kB of plain letters', async () => {
    const plain = Buffer.from(`Web;Firma\n${`bir.com.tr;${'a'.repeat(2_000)}\n`.repeat(100)}`)
    const list = await read(Buffer.concat([plain, Buffer.from('iki.com.tr;'), Buffer.from([0xde, 0xfd])]))
    expect(list.recognised).toMatchObject({ encoding: 'windows-1254' })
    expect(list.rows.at(-1)?.input).toEqual({ Web: 'iki.com.tr', Firma: 'Şı' })
  })

  it('lets the options override what it would recognise', async () => {
    const text = 'Web;Merkez|Bayi\nbir.com.tr;x|iki.com.tr'
    expect((await read(text, { delimiter: '|', column: 'Bayi' })).domains).toEqual(['iki.com.tr'])
    expect((await read(text, { delimiter: '|', column: '2' })).domains).toEqual(['iki.com.tr'])
    const bare = Buffer.from('Web;Ad\nbir.com.tr;Ğ', 'utf16le')
    const list = await read(bare, { encoding: 'utf-16le' })
    expect(list.rows[0]?.input).toEqual({ Web: 'bir.com.tr', Ad: 'Ğ' })
    await expect(read(text, { column: 'Şube' })).rejects.toMatchObject({
      code: 'CSV_INVALID',
      message: 'no column is named "Şube"',
      details: { columns: ['Web', 'Merkez|Bayi'] },
    })
  })

  it.each<[string, string | Buffer, ListOptions, ErrorCode, string | RegExp]>([
    [
      'an encoding that it does not have',
      Buffer.from([0x61, 0xff, 0x0a]),
      { encoding: 'utf-8' },
      'ENCODING_WRONG',
      'the file is not text in utf-8, although it was asked for',
    ],
    [
      'a byte order mark that is wrong',
      Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]),
      {},
      'ENCODING_WRONG',
      'the file is not text in utf-8, although it begins as such',
    ],
    [
      'UTF-16 where UTF-8 is asked for',
      Buffer.from('Web\nbir.com.tr\n', 'utf16le'),
      { encoding: 'utf-8' },
      'ENCODING_WRONG',
      /not text in utf-8/,
    ],
    ['UTF-8 with one foreign byte', faulty('Şu;\xff'), {}, 'ENCODING_WRONG', /^line 3 is not UTF-8, although the rest/],
    ['UTF-32', utf32('Web;Ad\nbir.com.tr;Ş\n'), {}, 'FILE_FORMAT_UNSUPPORTED', /not text in UTF-8, UTF-16/],
    ['UTF-32 and its mark', utf32('\uFEFFWeb\nbir.com.tr\n'), {}, 'FILE_FORMAT_UNSUPPORTED', /not text in UTF-8/],
    ['compressed bytes', deflateRawSync('Web\nbir.com.tr'), {}, 'FILE_FORMAT_UNSUPPORTED', /not text in UTF-8/],
    ['a program', Buffer.from('MZ\x90\0\x03\0\0', 'latin1'), {}, 'FILE_FORMAT_UNSUPPORTED', /not text in UTF-8/],
    ['a part of a web page', '\uFEFF\n <style>a{}</style><td>bir.com.tr', {}, 'FILE_FORMAT_UNSUPPORTED', /web page/],
    ['a saved web page', 'MIME-Version: 1.0\n\nbir.com.tr\n', {}, 'FILE_FORMAT_UNSUPPORTED', /saved web page/],
    ['JSON', '[ {"domain":"bir.com.tr"} ]', {}, 'FILE_FORMAT_UNSUPPORTED', /JSON/],
    ['a vCard', 'BEGIN:VCARD\nEMAIL:a@bir.com.tr\n', {}, 'FILE_FORMAT_UNSUPPORTED', /vCard/],
    ['a SYLK sheet', 'ID;PWXL;N;E\nC;Y1;X1;K"bir.com.tr"\n', {}, 'FILE_FORMAT_UNSUPPORTED', /SYLK/],
    ['a header alone', 'Web;Ad\n', {}, 'LIST_EMPTY', 'the file has a header and no rows'],
    ['no content', '', {}, 'LIST_EMPTY', 'the file is empty'],
    ['line ends alone', '\n\r\n\n', {}, 'LIST_EMPTY', 'the file has no rows'],
    [
      '201 columns',
      `Web${';x'.repeat(200)}\nbir.com.tr`,
      {},
      'CSV_INVALID',
      'line 1: the row has more than 200 columns',
    ],
  ])('refuses a file with %s', async (_, content, options, code, message) => {
    await expect(read(content, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  const le = (text: string) => Buffer.from(text, 'utf16le')
  const be = (text: string) => le(text).swap16()
  it.each<[string, Buffer, ListOptions, string]>([
    ['of UTF-8 that is its only letter', Buffer.from('Web;Ad\nbir.com.tr;Ş'), {}, 'line 2: .* utf-8, .*windows-1254'],
    ['of UTF-8 among others', faulty('Ş'), {}, 'line 3: .* utf-8,'],
    ['of three bytes', Buffer.from('Web;Ad\nbir.com.tr;€'), {}, 'line 2: .* utf-8,'],
    ['of four bytes', Buffer.from('Web;Ad\nbir.com.tr;\u{1F600}'), {}, 'line 2: .* utf-8,'],
    ['behind a line end', Buffer.from('Web;Ad\nbir.com.tr;A\nŞ'), {}, 'line 3: .* utf-8,'],
    ['of UTF-8 behind its mark', Buffer.from('\uFEFFWeb\nbir.com.tr;ş'), {}, 'line 2: .* utf-8, so that'],
    [
      'of UTF-8 that was asked for',
      Buffer.from('Web\nbir.com.tr;ş'),
      { encoding: 'utf-8' },
      'line 2: .* utf-8, so that',
    ],
    ['of UTF-16', le('Web;Ad\nbir.com.tr;Ğü'), {}, 'line 2: .* utf-16le,'],
    ['of UTF-16 in the other order', be('Web;Ad\nbir.com.tr;Ğü'), {}, 'line 2: .* utf-16be,'],
    ['of UTF-16 behind its mark', be('\uFEFFWeb\nbir.com.tr;ü'), {}, 'line 2: .* utf-16be,'],
    ['in the first bytes', Buffer.from('Ş'), {}, 'line 1: .* utf-8,'],
  ])(
    'refuses a list that is cut off within a character %s, instead of reading it in another encoding',
    async (...row) => {
      const [, whole, options, message] = row
      const refusal = { code: 'FILE_DAMAGED', message: expect.stringMatching(message) }
      await expect(read(whole.subarray(0, -1), options)).rejects.toMatchObject(refusal)
    },
  )

  it('refuses UTF-16 that ends within a pair, and reads windows-1254 by its last letter when asked to', async () => {
    const pair = le('Web;Ad\nbir.com.tr;\u{1F600}').subarray(0, -2)
    await expect(read(pair)).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
    const last = Buffer.concat([Buffer.from('Web;Ad\nbir.com.tr;'), Buffer.from([0xde])])
    const list = await read(last, { encoding: 'windows-1254' })
    expect(list.rows[0]?.input).toEqual({ Web: 'bir.com.tr', Ad: 'Ş' })
    const two = await read(Buffer.concat([last, Buffer.from([0xfe])]))
    expect(two.recognised).toMatchObject({ encoding: 'windows-1254' })
  })

  it('reads a letter that the first 64 kB of the file cut in two', async () => {
    for (const letter of ['Ş', '€', '\u{1F600}']) {
      const head = 'Web;Ad\nbir.com.tr;'
      const text = head + 'a'.repeat(64 * 1024 - head.length - 1) + `${letter}\niki.com.tr;b\n`
      const list = await read(text.replaceAll(/a{10000}/g, `${'a'.repeat(9_999)}\n`))
      expect(list.recognised).toMatchObject({ encoding: 'utf-8' })
    }
  })

  it.each(['utf-16le', 'utf-16be'] as const)('reads %s without a byte order mark', async (encoding) => {
    const bytes = Buffer.from('Web;Ad\nbir.com.tr;Ğ\niki.com.tr;Ş\n', 'utf16le')
    const list = await read(encoding === 'utf-16le' ? bytes : bytes.swap16())
    expect([list.recognised, list.domains]).toMatchObject([{ encoding }, TWO])
    expect(list.rows.map(({ input }) => input['Ad'])).toEqual(['Ğ', 'Ş'])
  })

  it('takes 200 columns, and refuses a wider row with its line', async () => {
    const wide = (first: string, columns: number) => `${first}${';x'.repeat(columns - 1)}`
    const list = await read([wide('Web', 200), wide('bir.com.tr', 200), wide('iki.com.tr', 201)].join('\n'))
    expect(list.domains).toEqual(['bir.com.tr'])
    expect(list.refused).toEqual([[3, 'the row has more than 200 columns']])
  })

  it('names the line on which a quote is opened and not closed', async () => {
    const broken = read('Web;Ad\nbir.com.tr;"x\ny"\n"iki.com.tr;never\nuc.com.tr;swallowed\n')
    await expect(broken).rejects.toMatchObject({
      code: 'CSV_INVALID',
      message: 'line 4: a quote is opened and not closed',
    })
    const far = read(`Web;Ad\nbir.com.tr;"x\n${'iki.com.tr;y\n'.repeat(20_000)}uc.com.tr;"z"\n`)
    await expect(far).rejects.toMatchObject({
      code: 'CSV_INVALID',
      message: 'line 2: a quote is opened and not closed',
    })
  })

  it('prefers the delimiter that the lines agree on, and the comma when none has any', () => {
    expect(guessDelimiter('a')).toBe(',')
    expect(guessDelimiter('a,b\n"x;y;z",c\n')).toBe(',')
    expect(guessDelimiter('a|b|c\n1,2|3|4\n1,2|3|4')).toBe('|')
  })

  it('reads UTF-16 in the order that its mark names, also where utf-16 is asked for', async () => {
    for (const swap of [false, true]) {
      const bytes = Buffer.from('\uFEFFWeb\nbir.com.tr\n', 'utf16le')
      const list = await read(swap ? bytes.swap16() : bytes, { encoding: parseEncoding('utf-16') })
      expect(list.domains).toEqual(['bir.com.tr'])
    }
  })

  it('knows encodings by their other names, and refuses what it does not read', () => {
    expect(['UTF8', 'iso-8859-9', 'Windows-1254', 'utf-16'].map(parseEncoding)).toEqual([
      'utf-8',
      'windows-1254',
      'windows-1254',
      'utf-16le',
    ])
    const LATIN_5 = ['latin5', 'LATIN5', 'cp1254', 'x-cp1254', 'l5', 'iso8859-9', 'ISO_8859-9:1989', ' csISOLatin5 ']
    expect(new Set(LATIN_5.map(parseEncoding))).toEqual(new Set(['windows-1254']))
    expect(new Set(['utf8', 'UTF8', 'unicode-1-1-utf-8'].map(parseEncoding))).toEqual(new Set(['utf-8']))
    expect(['latin-5', 'shift_jis', ''].map(parseEncoding)).toEqual([undefined, undefined, undefined])
  })
})

it.each([
  [
    'domain',
    [
      'İNTERNET ADRESİ',
      'internet adresi',
      'INTERNET ADRESI',
      'Web Sitesi (varsa)',
      'Alan Adı',
      'www',
      'Şirket Web Sitesi',
      'Site',
    ],
  ],
  ['email', ['Kurumsal E-Posta', 'E-POSTA ADRESİ 1', 'e-mail', 'Firma Mail Adresi', 'Yetkili e-posta']],
  ['company', ['Firma Ünvanı', 'FİRMA ÜNVANI', 'firma unvani', 'Şirket Adı', 'Ticari Unvanı', 'Company Name', 'İsim']],
  [undefined, ['Posta Kodu', 'Sanayi Sitesi', 'Tur Listesi', 'Kuruluş Yılı', 'Telefon', '', 'x'.repeat(5_000)]],
])('recognises headings of the role %s in capitals, with and without Turkish letters', (role, headings) => {
  expect(headings.map((heading) => recogniseHeading(heading)?.role)).toEqual(headings.map(() => role))
})

type Refused = [website: string, email: string, reason: string | RegExp]
const matches = (text: string, wanted: string | RegExp) =>
  typeof wanted === 'string' ? text === wanted : wanted.test(text)

describe('what a row means', () => {
  it.each([
    ['bir.com.tr', 'x@iki.com.tr', 'bir.com.tr'],
    ['-', 'x@iki.com.tr', 'iki.com.tr'],
    ['Web sitesi yok', 'x@iki.com.tr', 'iki.com.tr'],
    ['facebook.com/iki', 'x@iki.com.tr', 'iki.com.tr'],
    ['kisi@hotmail.com', 'x@iki.com.tr', 'iki.com.tr'],
    ['', 'kisi@gmail.com; x@iki.com.tr', 'iki.com.tr'],
    ['', 'a@iki.com.tr, b@mail.iki.com.tr', 'iki.com.tr'],
    ['', '"Öz, Ali" <ali@iki.com.tr>', 'iki.com.tr'],
    ['', 'Ali <ali@gmail.com>; İki <x@iki.com.tr>', 'iki.com.tr'],
    ['', 'Ali<ali@iki.com.tr>', 'iki.com.tr'],
    ['bir.com.tr / www.bir.com.tr', '', 'bir.com.tr'],
    ['bir.com.tr, www.bir.com.tr', '', 'bir.com.tr'],
    ['http://bir.com.tr | https://bir.com.tr/tr', '', 'bir.com.tr'],
    ['https://bir.com.tr/index.php', '', 'bir.com.tr'],
    ['https://bir.com.tr', '', 'bir.com.tr'],
    // a marketplace or a builder is a company of its own; its tenant is not
    ['https://www.sahibinden.com/', '', 'sahibinden.com'],
    ['', 'satis@trendyol.com', 'trendyol.com'],
    ['hepsiburada.com/magaza/iki', 'x@iki.com.tr', 'iki.com.tr'],
    ['firma.wixsite.com/firma', '', 'firma.wixsite.com'],
    ['instagram-ajansi.com.tr', '', 'instagram-ajansi.com.tr'],
  ])('takes from %j and %j the company %s', (website, email, domain) => {
    expect(judgeCells(website, email)).toEqual({ domain })
  })

  it.each<Refused>([
    ['bir.com.tr iki.com.tr', 'x@bir.com.tr', 'not a domain: it contains more than one name'],
    ['bir.com.tr / iki.com.tr', '', 'not a domain: it contains more than one name'],
    ['www.bir.com.tr/www.iki.com.tr', '', 'not a domain: it contains more than one name'],
    ['bir.com.tr\niki.com.tr', '', 'not a domain: it contains more than one name'],
    ...['|', '+', '•', '\\', ' & ', ' - ', '_', ') ('].map((between): Refused => [
      `bir.com.tr${between}iki.com.tr`,
      '',
      'not a domain: it contains more than one name',
    ]),
    ['http://bir.com.tr http://iki.com.tr', '', 'not a domain: it contains more than one name'],
    ['bir_a.com.tr', '', 'not a domain: it contains characters or a label that a domain cannot have'],
    ['', 'a@bir.com.tr, b@iki.com.tr', 'not a domain: it contains more than one name'],
    ['192.0.2.1', 'x@iki.com.tr', 'not a domain: it is an IP address'],
    ['', 'kisi@yandex.com.tr', 'not a company: yandex.com.tr is a mail provider'],
    ['gmail.com', '', 'not a company: gmail.com is a mail provider'],
    ['tr.linkedin.com/company/x', '', 'not a company: linkedin.com is a social network'],
    [
      'wa.me/905321234567',
      'x@hotmail.com',
      'not a company: wa.me is a social network; not a company: hotmail.com is a mail provider',
    ],
    ['', '', 'not a domain: it contains no domain'],
    ...[
      'x.com/x',
      'm.facebook.com/x',
      'facebook.com.tr/x',
      'tr.pinterest.com/x',
      'pinterest.de/x',
      'youtube.com/@x',
      'bsky.app/x',
    ].map((page): Refused => [page, '', /^not a company: \S+ is a social network$/]),
    ...['wa.link/x', 'bit.ly/x', 'linktr.ee/x', 'bio.site/x', 'maps.app.goo.gl/x'].map((page): Refused => [
      page,
      '',
      /^not a company: \S+ is a link shortener$/,
    ]),
    ...[
      'sahibinden.com/x',
      'firma.sahibinden.com',
      'https://n11.com/magaza/x?a=1',
      'firma.wordpress.com',
      'amazon.com.tr/s?me=x',
      'etsy.com/shop/x',
      'tripadvisor.fr/x',
      'shopier.com/x',
    ].map((page): Refused => [page, '', /^not a company: it is a page at \S+$/]),
  ])('refuses %j and %j: %s', (website, email, reason) => {
    expect(judgeCells(website, email)).toEqual({ reason: expect.toSatisfy((text: string) => matches(text, reason)) })
  })
})

describe('workbooks', () => {
  const inline = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`
  const replace = (name: string, part: Partial<ZipPart>) =>
    workbookParts([['Web'], ['bir.com.tr']]).map((each) => (each.name === name ? { ...each, ...part } : each))
  const SHEET = 'xl/worksheets/sheet2.xml'

  it('reads texts, numbers, truth values and formulas, at the columns that their references name', async () => {
    const sheet = `<x:worksheet><x:sheetData><x:row r="2"><x:c r="B2" t="str"><x:f>A1</x:f><x:v>Web</x:v></x:c><x:c r="D2" t="inlineStr"><x:is><x:t>Ciro &amp; Kâr</x:t></x:is></x:c></x:row>
      <x:row/><x:row r="9"><x:c r="B9" t="str"><x:v>bir.com.tr</x:v></x:c><x:c r="C9" t="b"><x:v>1</x:v></x:c><x:c><x:v>-12.5</x:v></x:c></x:row></x:sheetData></x:worksheet>`
    const list = await read(zip(workbookParts([], sheet)))
    expect(list.rows).toMatchObject([
      { line: 9, input: { column_1: '', Web: 'bir.com.tr', column_3: 'TRUE', 'Ciro & Kâr': '-12.5' } },
    ])
  })

  it('shows dates, times, long numbers and line breaks as the sheet does', async () => {
    const cells = [
      '<c s="1"><v>46356</v></c><c s="2"><v>46356.5868055556</v></c><c s="3"><v>0.75</v></c><c s="4"><v>46356</v></c>',
      '<c><v>9.05321234567E11</v></c><c><v>0.30000000000000004</v></c><c s="5"><v>1</v></c><c s="1"><v>-1</v></c>',
      '<c t="str"><v>a_x000D_b_x005F_x0041_</v></c><c s="6"><v>12</v></c><c s="7"><v>1.1458333333333333</v></c>',
    ].join('')
    const names = 'Web,Gün,An,Saat,Ay,Telefon,Oran,Tutar,Eksi,Not,Adet,Süre'.split(',')
    const sheet = `<worksheet><sheetData><row>${names.map(inline).join('')}</row><row>${inline('bir.com.tr')}${cells}</row></sheetData></worksheet>`
    const codes = ['yyyy\\-mm', '#,##0.00 &quot;day&quot;', '[Red]0_s', '[h]:mm']
    const styles = `<styleSheet><numFmts>${codes.map((code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${code}"/>`).join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${[0, 14, 22, 20, 164, 165, 166, 167].map((id) => `<xf numFmtId="${id}"/>`).join('')}</cellXfs></styleSheet>`
    const list = await read(zip([...workbookParts([], sheet, styles)]))
    expect(list.rows[0]?.input).toEqual({
      Web: 'bir.com.tr',
      Gün: '2026-11-30',
      An: '2026-11-30 14:05',
      Saat: '18:00',
      Ay: '2026-11-30',
      Telefon: '905321234567',
      Oran: '0.3',
      Tutar: '1',
      Eksi: '-1',
      Not: 'a\rb_x0041_',
      Adet: '12',
      Süre: '27:30',
    })
  })

  it('reads the beginning of a format that is longer than Excel allows, whatever follows', async () => {
    const cell = (style: number) => `<c s="${style}"><v>46356</v></c>`
    const sheet = `<worksheet><sheetData><row>${['Web', 'Gün', 'Adet'].map(inline).join('')}</row><row>${inline('bir.com.tr')}${cell(0)}${cell(1)}</row></sheetData></worksheet>`
    const codes = ['yyyy', ''].map((start) => start + '['.repeat(1024 ** 2))
    const padding = `<!--${randomBytes(16_000).toString('hex')}-->` // a part may not unpack to more than 200 times its size
    const styles = `<styleSheet>${padding}<numFmts>${codes.map((code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${code}"/>`).join('')}</numFmts><cellXfs><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`
    const list = await read(zip(workbookParts([], sheet, styles)))
    expect(list.rows[0]?.input).toEqual({ Web: 'bir.com.tr', Gün: '2026-11-30', Adet: '46356' })
  })

  it('refuses rows that name one long text in each cell, before it holds several of them', async () => {
    const cells = '<c t="s"><v>1</v></c>'.repeat(199)
    const row = `<row><c t="s"><v>2</v></c>${cells}</row>`
    const sheet = `<worksheet><sheetData><row><c t="s"><v>0</v></c></row>${row.repeat(230)}</sheetData></worksheet>`
    const file = zip(workbookParts([['domain', 'x'.repeat(32_767), 'firma.com']], sheet))
    expect(file.length).toBeLessThan(5_000)
    const { refused, domains } = await read(file)
    const reason = 'the row has more than 131,072 characters'
    expect([refused, domains]).toEqual([Array.from({ length: 230 }, (_, at) => [at + 2, reason]), []])
  })

  it('refuses rows of more than 200 columns and cells of more than 32,767 characters, with their numbers', async () => {
    const rows = [
      ['Web'],
      ['bir.com.tr'],
      ['iki.com.tr', ...Array<string>(200).fill('x')],
      ['uc.com.tr', 'x'.repeat(32_768)],
    ]
    const list = await read(zip(workbookParts([], sheetXml(rows, inline))))
    expect(list.domains).toEqual(['bir.com.tr'])
    expect(list.refused).toEqual([
      [3, 'the row has more than 200 columns'],
      [4, 'a cell has more than 32,767 characters'],
    ])
  })

  const good = zip(workbookParts([['Web'], ['bir.com.tr']]))
  const old = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
  it.each<[string, Buffer, string, RegExp]>([
    ['cut off', good.subarray(0, good.length - 30), 'FILE_DAMAGED', /cut off or damaged/],
    [
      'with a part that is there twice',
      zip([...replace('', {}), { name: SHEET, data: '<x/>' }]),
      'FILE_DAMAGED',
      /twice/,
    ],
    [
      'whose cell names a text that it lacks',
      zip(
        workbookParts(
          [],
          sheetXml([['Web'], ['bir.com.tr']], () => '<c t="s"><v>7</v></c>'),
        ),
      ),
      'FILE_DAMAGED',
      /names the text 8/,
    ],
    [
      'with a part that is not UTF-8',
      zip(replace(SHEET, { data: Buffer.from('<worksheet>\xff</worksheet>', 'latin1') })),
      'FILE_DAMAGED',
      /not UTF-8/,
    ],
    ['without rows', zip(workbookParts([])), 'LIST_EMPTY', /first visible sheet, "Firmalar", has no rows/],
    ['with a wrong checksum', zip(replace(SHEET, { claims: { crc32: 1 } })), 'FILE_DAMAGED', /checksum/],
    ['that is an old .xls', old, 'FILE_FORMAT_UNSUPPORTED', /old Excel workbook .*save it as \.xlsx/],
    [
      'with a password',
      Buffer.concat([old, Buffer.from('EncryptedPackage', 'utf16le')]),
      'FILE_FORMAT_UNSUPPORTED',
      /password.*save it as \.xlsx/,
    ],
    [
      'in an archive with a password',
      zip(replace(SHEET, { claims: { flags: 1 } })),
      'FILE_FORMAT_UNSUPPORTED',
      /password/,
    ],
    [
      'that is an OpenDocument file',
      zip([{ name: 'content.xml', data: 'x' }]),
      'FILE_FORMAT_UNSUPPORTED',
      /save it as \.xlsx/,
    ],
    ['that is another archive', zip([{ name: 'a.csv', data: 'x' }]), 'FILE_FORMAT_UNSUPPORTED', /ZIP archive/],
    ['that is a PNG image', Buffer.from('89504e470d0a1a0a', 'hex'), 'FILE_FORMAT_UNSUPPORTED', /PNG/],
    [
      'that is a web page',
      Buffer.from('<html><table><tr><td>Web'),
      'FILE_FORMAT_UNSUPPORTED',
      /web page.*save it as \.xlsx/,
    ],
    [
      'with a name that leaves its folder',
      zip([...workbookParts([['Web']]), { name: '../x', data: 'x' }]),
      'FILE_DAMAGED',
      /cut off or damaged/,
    ],
    [
      'of 1,001 parts',
      zip(Array.from({ length: 1_001 }, (_, n) => ({ name: `a${n}`, data: '' }))),
      'FILE_TOO_LARGE',
      /1,000 parts/,
    ],
    [
      'that unpacks to a thousand times its size',
      zip(replace(SHEET, { data: Buffer.alloc(2 * 1024 * 1024, 'x') })),
      'FILE_TOO_LARGE',
      /200 times/,
    ],
    [
      'that claims more than 300 MB',
      zip(
        Array.from({ length: 2 }, (_, n) => ({
          name: `a${n}`,
          data: Buffer.alloc(1_000, 'x'),
          claims: { size: 200 * 1024 * 1024 },
        })),
      ),
      'FILE_TOO_LARGE',
      /times|300 MB/,
    ],
    [
      'that unpacks to more than it claims',
      zip(replace(SHEET, { data: Buffer.alloc(2 * 1024 * 1024, 'x'), claims: { size: 10 } })),
      'FILE_DAMAGED',
      /cut off or damaged/,
    ],
    [
      'with a document type',
      zip(replace(SHEET, { data: '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>' })),
      'FILE_DAMAGED',
      /document type/,
    ],
    [
      'with a text without end',
      zip(
        replace('xl/sharedStrings.xml', {
          data: `<sst><si><t>${Array.from({ length: 400_000 }, (_, n) => n).join('')}`,
        }),
      ),
      'FILE_TOO_LARGE',
      /32,767/,
    ],
    ['that is not well-formed', zip(replace(SHEET, { data: '<worksheet><sheetData>' })), 'FILE_DAMAGED', /damaged/],
  ])('refuses a workbook %s', async (_, content, code, message) => {
    await expect(read(content)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
