import { assert, integer, property, string } from '../support/seeded.ts'
import { afterEach, expect, it, vi } from 'vitest'
import { formatTable } from '#cli/table'
import { getTerminalColumns } from '#cli/terminal'
import { cutText, measureWidth, wrapText } from '#cli/text-width'

afterEach(() => vi.unstubAllEnvs())

const ID = '20261129T162337Z-68d540'
const HEADINGS = ['id', 'name', 'size', 'took', 'restored in', 'proof']
const REASON = 'damaged: dump.sql.gz has another SHA-256 than its manifest says, at byte 1048576'
const ROWS = [
  [ID, 'shop', '2.6 GB', '15.2 s', '61.0 s', '4 fingerprints equal'],
  [ID.replace('29T', '28T'), 'shop', '2.6 GB', '15.0 s', '', REASON],
]
const GIVING_WAY = { wraps: ['proof'], leaves: ['restored in', 'took', 'size'] }

const wide = (columns: number | undefined) => formatTable(HEADINGS, ROWS, { ...GIVING_WAY, columns }).split('\n')
const widest = (lines: string[]) => Math.max(...lines.map(measureWidth))

it.each([60, 80, 100, 200])('fits into %i columns, with complete ids and reasons', (columns) => {
  const lines = wide(columns)
  expect(widest(lines)).toBeLessThanOrEqual(columns)
  for (const [id] of ROWS) expect(lines.some((line) => line.startsWith(id ?? ''))).toBe(true)
  const proofAt = (lines[0] ?? '').indexOf('proof')
  const said = lines.map((line) => line.slice(proofAt)).join(' ')
  expect(said).toContain(REASON)
})

it('omits the least important columns first, and names them', () => {
  expect(wide(100)[0]).toBe(`id${' '.repeat(23)}name  size    took    restored in  proof`)
  expect(wide(74)[0]).toBe(`id${' '.repeat(23)}name  size    took    proof`)
  expect(wide(74).at(-1)).toBe('Not shown in 74 columns: restored in.')
  expect(wide(58).at(-1)).toBe('Not shown in 58 columns: restored in, took, size.')
})

it('cuts nothing in a pipe, whatever COLUMNS says', () => {
  vi.stubEnv('COLUMNS', '40')
  expect(getTerminalColumns({ isTTY: false, columns: 0 })).toBeUndefined()
  expect(wide(undefined)).toHaveLength(3)
  expect(wide(undefined)[2]).toContain(REASON)
})

it.each([
  [undefined, 120, 120],
  ['100', 120, 100],
  ['0', 120, 120],
  ['wide', 0, 80],
])('reads COLUMNS %s on a terminal of %i columns as %i', (COLUMNS, columns, width) => {
  expect(getTerminalColumns({ isTTY: true, columns }, { COLUMNS })).toBe(width)
})

it.each([
  ['şğİ', 3],
  ['s\u0327g\u0306', 2],
  ['株式会社', 8],
  ['ﾊﾝﾀ', 3],
  ['한국', 4],
  ['✓', 1],
  ['🇹🇷', 2],
  ['👩‍👩‍👧', 2],
  ['❤️', 2],
  ['\u001B[32mok\u001B[39m', 2],
  ['a\u200Bb', 2],
])('counts %j as %i columns', (text, width) => {
  expect(measureWidth(text)).toBe(width)
})

it('keeps columns straight below wide letters', () => {
  const lines = formatTable(
    ['who', 'n'],
    [
      ['株式会社', 1],
      ['e\u0301', 22],
    ],
  ).split('\n')
  expect(lines.map(measureWidth)).toEqual([12, 12, 12])
})

it('cuts and wraps any text within its width, and loses no letter when it wraps', () => {
  assert(
    property(string({ unit: 'grapheme' }), integer({ min: 2, max: 40 }), (text, width) => {
      expect(measureWidth(cutText(text, width))).toBeLessThanOrEqual(width)
      const lines = wrapText(text, width)
      for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(width)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }),
    { examples: [['⺀ ', 2]] }, // a letter of two columns, where only the mark of the cut fits
  )
})
