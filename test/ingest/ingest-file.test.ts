import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { v7 } from 'uuid'
import { auditLog, companies, rawLeads } from '#db/tables'
import { checkFile, ingestFile } from '#ingest/ingest-file'
import type { ListOptions } from '#ingest/read-list'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { TestClock } from '../support/test-clock.ts'
import { sheetXml, workbookParts, zip } from '../support/zip.ts'

let database: HunterDatabase
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hunter-ingest-'))
  database = await createHunterDatabase()
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await database.db.delete(rawLeads)
  await database.db.delete(companies)
})

let files = 0
/** Its name says nothing: the content decides. */
const save = async (content: string | Buffer) => {
  const path = join(folder, `list-${(files += 1)}`)
  await writeFile(path, content)
  return path
}
const ingest = async (content: string | Buffer, options: ListOptions = {}) => {
  const deps = { db: database.db, clock: new TestClock(), newId: v7 }
  return ingestFile(deps, { path: await save(content), actor: 'test', options })
}
const domains = async () => (await database.db.select().from(companies)).map(({ domain }) => domain).sort()

it('imports valid rows, names each bad one with its line and reason, and stores all of them as they came', async () => {
  const result = await ingest(
    'Firma,Web Sitesi\nBir,https://www.bir.com.tr/iletisim\nİki,192.0.2.1\n"Üç, Ltd.",uc.com.tr\nDört,\nBeş,info@BIR.com.tr\n',
  )
  expect(result).toMatchObject({ rows: 5, accepted: 3, domains: ['bir.com.tr', 'uc.com.tr'] })
  expect(result.rejected).toEqual([
    { line: 3, input: '192.0.2.1', reason: 'not a domain: it is an IP address' },
    { line: 5, input: '', reason: 'not a domain: it contains no domain' },
  ])
  expect(await domains()).toEqual(['bir.com.tr', 'uc.com.tr'])
  const raw = await database.db.select().from(rawLeads).orderBy(rawLeads.line)
  expect(raw.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6])
  expect(raw[2]?.input).toEqual({ Firma: 'Üç, Ltd.', 'Web Sitesi': 'uc.com.tr' })
  expect(raw.map(({ companyId, rejected }) => (companyId === null ? rejected !== null : rejected === null))).toEqual(
    Array(5).fill(true),
  )
  const log = await database.db.select().from(auditLog)
  expect(log.at(-1)).toMatchObject({ actor: 'test', action: 'list.imported', object: `import:${result.importId}` })
})

it.each([
  ['semicolons and a byte order mark', '\uFEFFFirma;Alan Adı\nA, B;bir.com.tr\n'],
  ['tabs', 'name\tE-Mail\nA\tinfo@bir.com.tr\n'],
  ['capitals', 'FİRMA,ALAN ADI\nA,bir.com.tr\n'],
  ['a bare list without a heading', 'bir.com.tr\n'],
  ['Windows line ends and blank lines', 'domain\r\n\r\nbir.com.tr\r\n'],
  ['a website before an e-mail address', 'email,website\nkisi@gmail.com,bir.com.tr\n'],
  ['rows of uneven length', 'domain,b\nbir.com.tr\nbir.com.tr,1,2,3\n'],
])('finds the column of domains with %s', async (_, text) => {
  expect((await ingest(text)).rejected).toEqual([])
  expect(await domains()).toEqual(['bir.com.tr'])
})

it.each([
  ['without a column of domains', 'name,phone\nA,1\n', 'CSV_INVALID'],
  ['that is empty', '', 'LIST_EMPTY'],
  ['with a heading alone', 'domain\n', 'LIST_EMPTY'],
  ['with a heading and blank rows', 'domain;name\n;;\n ; \n', 'LIST_EMPTY'],
  ['of blank rows', '\n  \n;;\n', 'LIST_EMPTY'],
  ['that is not text', Buffer.from('a\0\0binary'), 'FILE_FORMAT_UNSUPPORTED'],
  ['of one endless row', 'x'.repeat(300_000), 'CSV_INVALID'],
  ['with an endless row at its end', `${'domain\n'.repeat(1_000)}${'x'.repeat(300_000)}`, 'CSV_INVALID'],
  [
    'with a quote that is never closed',
    'domain,name\nbir.com.tr,ok\n"iki.com.tr,x\nuc.com.tr,swallowed\n',
    'CSV_INVALID',
  ],
])('refuses a file %s, and keeps nothing', async (_, text, code) => {
  await expect(ingest(text)).rejects.toMatchObject({ code })
  expect(await database.db.select().from(rawLeads)).toEqual([])
})

it('stores cells with characters that Postgres cannot hold', async () => {
  const result = await ingest('domain,note\nbir.com.tr,a\0b\n')
  expect(result.accepted).toBe(1)
})

it('imports thousands of rows, with one company per domain', async () => {
  const rows = Array.from({ length: 2_300 }, (_, n) => `firma${n % 1_150}.com.tr`)
  const result = await ingest(`domain\n${rows.join('\n')}`)
  expect(result).toMatchObject({ rows: 2_300, accepted: 2_300 })
  expect(await domains()).toHaveLength(1_150)
})

it('lets two imports of the same domains in opposite orders both finish', async () => {
  const names = Array.from({ length: 1_200 }, (_, n) => `firma${n}.com.tr`)
  const results = await Promise.all([
    ingest(`domain\n${names.join('\n')}`),
    ingest(`domain\n${names.toReversed().join('\n')}`),
  ])
  expect(results.map(({ accepted }) => accepted)).toEqual([1_200, 1_200])
  expect(await domains()).toHaveLength(1_200)
})

/** Turkish as old programs write it. */
const in1254 = (text: string) => {
  const special: Record<string, number> = { İ: 0xdd, ı: 0xfd, Ş: 0xde, ş: 0xfe, Ğ: 0xd0, ğ: 0xf0 }
  return Buffer.from(Array.from(text, (letter) => special[letter] ?? letter.charCodeAt(0)))
}
const utf16 = (text: string, isBig = false) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}
const EXPORT =
  'Üye Listesi, 2026\nİl;Şişli\n\nÜnvanı;İnternet Adresi;Kurumsal E-Posta\n' +
  'Çağ Isı A.Ş.;www.bir.com.tr;\n' +
  'Öz Gıda;;info@iki.com.tr\n' +
  'İki Adlı;uc.com.tr, dort.com.tr;info@uc.com.tr\n' +
  'Küçük;yok;kucuk@gmail.com\n' +
  'Sosyal;instagram.com/sosyal;bilgi@bes.com.tr, satis@bes.com.tr\n' +
  'Kısa;https://linktr.ee/kisa;\n'

const REFUSED = [
  { line: 7, input: 'uc.com.tr, dort.com.tr', reason: 'not a domain: it contains more than one name' },
  { line: 8, input: 'yok', reason: 'not a domain: it is a single label; not a company: gmail.com is a mail provider' },
  { line: 10, input: 'https://linktr.ee/kisa', reason: 'not a company: linktr.ee is a link shortener' },
]

it.each([
  ['windows-1254', in1254(EXPORT)],
  ['utf-8', Buffer.from(EXPORT)],
  ['utf-16le', utf16(EXPORT)],
  ['utf-16be', utf16(EXPORT, true)],
])(
  'reads a Turkish export in %s, says what it recognised, and falls back on the e-mail address',
  async (encoding, bytes) => {
    const result = await ingest(bytes)
    expect(result.recognised).toEqual({
      format: 'csv',
      encoding,
      delimiter: ';',
      headerLine: 4,
      columns: { domain: 'İnternet Adresi', email: 'Kurumsal E-Posta', company: 'Ünvanı' },
    })
    expect(result.rejected).toEqual(REFUSED)
    expect(await domains()).toEqual(['bes.com.tr', 'bir.com.tr', 'iki.com.tr'])
    const raw = await database.db.select().from(rawLeads).orderBy(rawLeads.line)
    expect(raw[0]?.input).toMatchObject({ Ünvanı: 'Çağ Isı A.Ş.' })
  },
)

it('reads the same list from a workbook whose texts come after its sheet, and stores the numbers of its rows', async () => {
  const rows = EXPORT.split('\n').map((line) => (line === '' ? [] : line.split(';')))
  const result = await ingest(zip(workbookParts(rows)))
  expect(result.recognised).toEqual({
    format: 'xlsx',
    sheet: 'Firmalar',
    sheets: 2,
    headerLine: 4,
    columns: { domain: 'İnternet Adresi', email: 'Kurumsal E-Posta', company: 'Ünvanı' },
  })
  expect(result.rejected).toEqual(REFUSED)
  const raw = await database.db.select().from(rawLeads).orderBy(rawLeads.line)
  expect(raw.map(({ line, source }) => [line, source])).toEqual([5, 6, 7, 8, 9, 10].map((line) => [line, 'xlsx']))
})

it('stores nothing in a dry run, and answers as the import would', async () => {
  const { importId: _, ...imported } = await ingest(EXPORT)
  await database.db.delete(rawLeads)
  await database.db.delete(companies)
  expect(await checkFile({ path: await save(EXPORT) })).toEqual(imported)
  expect(await domains()).toEqual([])
})

it('keeps nothing of a workbook that breaks after its thousandth row', async () => {
  const rows = Array.from({ length: 1_500 }, (_, n) => [`firma${n}.com.tr`])
  const sheet = sheetXml(rows, (text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`)
  const parts = workbookParts([], sheet.replace('</sheetData>', ''))
  await expect(ingest(zip(parts))).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
  expect(await database.db.select().from(rawLeads)).toEqual([])
})
