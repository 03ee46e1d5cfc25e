import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import type { Cell } from '#exports/columns'
import { writeCsv } from '#exports/csv'
import { DELIMITERS, type Delimiter } from '#exports/formats'
import { writeXlsx } from '#exports/xlsx'
import { writeZip } from '#exports/zip'
import { readSheet, readZip } from '../support/read-workbook.ts'
import * as fc from '../support/seeded.ts'

async function* inPages(rows: Cell[][], size = 2): AsyncGenerator<Cell[][]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size)
}

async function join(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const csvOf = async (rows: Cell[][], delimiter: Delimiter = ',', headings = ['one', 'two']) =>
  (await join(writeCsv({ headings, pages: inPages(rows) }, delimiter))).toString('utf8')
const bookOf = (rows: Cell[][], headings = ['one', 'two']) => join(writeXlsx({ headings, pages: inPages(rows) }))
const parseCsv = (text: string, delimiter: string) => parse(text, { bom: true, delimiter, record_delimiter: '\r\n' })

/** Text with the pieces that break naive writers. */
const piece = fc.constantFrom(
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  '"',
  "'",
  ',',
  ';',
  '|',
  '_x0041_',
  '&',
  '<',
  '\0',
  ' ',
)
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 8 })
      .map((all) => all.join('')),
  )
  .map((all) => all.toWellFormed())
const rows = fc.array(fc.tuple(text, text), { maxLength: 5 })
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/
const isNumber = (cell: string) => /^[+-]?[\d.,]+(?:[eE][+-]?\d+)?$/.test(cell)

it('gives back any text through a strict CSV parser, with an apostrophe before what a spreadsheet would run', async () => {
  const delimiters = fc.constantFrom(...DELIMITERS)
  await fc.assert(
    fc.asyncProperty(rows, delimiters, async (written, delimiter) => {
      const [, ...read] = parseCsv(await csvOf(written, delimiter), delimiter)
      expect(read).toHaveLength(written.length)
      for (const [at, cell] of read.flat().entries()) {
        const original = written.flat()[at]!
        expect(FORMULA.test(original) ? [original, `'${original}`] : [original]).toContain(cell)
        expect(FORMULA.test(cell) && !isNumber(cell)).toBe(false)
      }
    }),
  )
})

it.each([
  ['=1+1', "'=1+1"],
  ['+90 212 000', "'+90 212 000"],
  ['-2+3+cmd|calc', "'-2+3+cmd|calc"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', "'\r=1"],
  ['  =1', "'  =1"],
  ['＝1+1', "'＝1+1"],
  ['-', "'-"],
  ['-12,5', '-12,5'],
  ['-12.5', '-12.5'],
  ['+1e3', '+1e3'],
  ['-1.234,56', '-1.234,56'],
  ['a=1', 'a=1'],
  ["'quoted", "'quoted"],
])('writes %j as the cell %j', async (written, cell) => {
  expect(parseCsv(await csvOf([[written, 'x']]), ',')[1]?.[0]).toBe(cell)
})

it('writes a CSV that spreadsheets open: BOM, CRLF, the delimiter, and numbers, dates and nothing as they are', async () => {
  const written = await csvOf(
    [
      ['a b', -5],
      [new Date('2026-11-29T10:00:00Z'), null],
      [true, 1.5],
    ],
    ';',
  )
  expect(written).toBe('\uFEFFone;two\r\n"a b";-5\r\n2026-11-29T10:00:00.000Z;\r\ntrue;1.5\r\n')
})

it('quotes text with any delimiter, so that a spreadsheet that splits at another one finds no formula inside', async () => {
  expect(await csvOf([['a,=1', 'b;=1']], ';')).toContain('"a,=1";"b;=1"')
})

it('gives back any text through a strict reader of workbooks, as text and never as a formula', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (written) => {
      const [, ...read] = readSheet(await bookOf(written))
      expect(read.map((cells) => cells.map(({ value }) => value))).toEqual(written)
      expect(read.flat().every(({ type }) => type === 'inlineStr')).toBe(true)
    }),
  )
})

it('writes numbers, dates and truth as such, names every cell, and leaves out what is nothing', async () => {
  const book = await bookOf([
    [-12.5, new Date('2026-11-29T12:00:00Z')],
    [null, true],
    [new Date('1850-01-01T00:00:00Z'), '\uD800'],
  ])
  const [headings, ...read] = readSheet(book)
  expect(headings?.map(({ place, style, value }) => [place, style, value])).toEqual([
    ['A1', '1', 'one'],
    ['B1', '1', 'two'],
  ])
  expect(read).toEqual([
    [
      { place: 'A2', type: '', style: '', value: '-12.5' },
      { place: 'B2', type: '', style: '2', value: '46355.5' },
    ],
    [{ place: 'B3', type: 'b', style: '', value: '1' }],
    [
      { place: 'A4', type: 'inlineStr', style: '', value: '1850-01-01T00:00:00.000Z' },
      { place: 'B4', type: 'inlineStr', style: '', value: '\uFFFD' },
    ],
  ])
  expect(readZip(book).get('xl/worksheets/sheet1.xml')?.toString()).toContain('<pane ySplit="1" topLeftCell="A2"')
})

it('cuts text where Excel would call the file damaged, and no character in halves', async () => {
  const [, row] = readSheet(await bookOf([['a'.repeat(32_766) + '😀', 'x'.repeat(32_767)]]))
  expect(row?.map(({ value }) => [value.length, value.at(-1)])).toEqual([
    [32_766, 'a'],
    [32_767, 'x'],
  ])
})

it('names columns beyond Z', async () => {
  const headings = Array.from({ length: 704 }, (_, at) => String(at))
  const places = readSheet(await bookOf([], headings))[0]?.map(({ place }) => place)
  expect([places?.[25], places?.[26], places?.[701], places?.[702]]).toEqual(['Z1', 'AA1', 'ZZ1', 'AAA1'])
})

it('refuses more rows than a worksheet has, instead of a file that Excel repairs', async () => {
  const page: Cell[][] = Array.from({ length: 1_048_576 }, () => [])
  const write = join(writeXlsx({ headings: ['one'], pages: inPages(page, page.length) }))
  await expect(write).rejects.toMatchObject({ code: 'EXPORT_TOO_LARGE' })
})

it('throws what the source of an entry throws, and closes the source when its reader stops', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.from('a')
    throw new Error('the database is gone')
  }
  await expect(join(writeZip([{ name: 'a', content: failing() }]))).rejects.toThrow('the database is gone')
  const closed = Promise.withResolvers<void>()
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.from(String(Math.random()).repeat(1_000))
    } finally {
      closed.resolve()
    }
  }
  let bytes = 0
  for await (const chunk of writeZip([{ name: 'a', content: endless() }])) {
    bytes += chunk.length
    if (bytes > 100_000) break
  }
  await closed.promise
})
