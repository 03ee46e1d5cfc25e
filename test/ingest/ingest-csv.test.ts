import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { v7 } from 'uuid'
import { auditLog, companies, rawLeads } from '#db/tables'
import { ingestCsv } from '#ingest/ingest-csv'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.delete(rawLeads)
  await database.db.delete(companies)
})

/** Small chunks, as a network delivers them. */
const stream = (bytes: Buffer) =>
  Readable.from(Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(at * 7, at * 7 + 7)))
const ingest = (text: string | Buffer) =>
  ingestCsv({ db: database.db, clock: new TestClock(), newId: v7 }, { file: stream(Buffer.from(text)), actor: 'test' })
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
  expect(log.at(-1)).toMatchObject({ actor: 'test', action: 'csv.imported', object: `import:${result.importId}` })
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

it('reports a row with an unclosed quote and keeps the rows before it', async () => {
  const result = await ingest('domain,name\nbir.com.tr,ok\n"uc.com.tr,never closed\niki.com.tr,swallowed\n')
  expect(result).toMatchObject({ rows: 2, accepted: 1 })
  expect(result.rejected[0]?.reason).toBe('a quote is opened and not closed')
})

it('stops at a row that never ends, says so once, and keeps the rows before it', async () => {
  const result = await ingest(`domain\nbir.com.tr\n"${'x\n'.repeat(150_000)}`)
  expect(result).toMatchObject({ rows: 2, accepted: 1 })
  expect(result.rejected[0]?.reason).toBe('the row is too long; the rest of the file was not read')
})

it.each([
  ['without a column of domains', 'name,phone\nA,1\n'],
  ['that is empty', ''],
  ['with a heading alone', 'domain\n'],
  ['that is not text', Buffer.from('PK\x03\x04\0\0binary')],
  ['of one endless row', 'x'.repeat(300_000)],
])('refuses a file %s, and keeps nothing', async (_, text) => {
  await expect(ingest(text)).rejects.toMatchObject({ code: 'CSV_INVALID' })
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
