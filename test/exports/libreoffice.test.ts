import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathToFileURL } from 'node:url'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import type { Cell } from '#exports/columns'
import { writeXlsx } from '#exports/xlsx'
import { hasTool } from '../support/debian-postgres.ts'

const hasLibreOffice = hasTool('soffice', spawnSync('soffice', ['--version']).error === undefined)

/** 44: the comma, 34: the quote, 76: UTF-8. LibreOffice writes the results of formulas, never their text. */
const CSV = 'csv:Text - txt - csv (StarCalc):44,34,76'

/** A profile of its own, so that the conversion neither waits for an open LibreOffice nor changes its settings. */
async function convertToCsv(workbook: Buffer): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'hunter-soffice-'))
  try {
    await writeFile(join(folder, 'leads.xlsx'), workbook)
    const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`
    const options = [profile, '--headless', '--norestore', '--convert-to', CSV, '--outdir', folder]
    await promisify(execFile)('soffice', [...options, join(folder, 'leads.xlsx')])
    return parse(await readFile(join(folder, 'leads.csv')), { bom: true })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe.skipIf(!hasLibreOffice)('LibreOffice', () => {
  it('opens a workbook: text stays text, also a formula, and numbers, dates, truth and Turkish letters stay', async () => {
    const rows: Cell[][] = [
      ['=1+1', -12.5],
      ['-2+3', 0],
      ['@SUM(A1)', 100],
      ['+90 212 000', -7],
      ['-12,5', null],
      ["'=1+1", true],
      ['=HYPERLINK("http://a.example";"x")', new Date('2026-11-29T10:30:00Z')],
      ['İstanbul Şişli Ağaç ıIiİ ₺', 1e9],
      ['two\nlines, "quoted" & <tagged>', null],
      ['007', null],
      ['_x0041_', null],
    ]
    async function* pages() {
      yield rows
    }
    const chunks: Buffer[] = []
    for await (const chunk of writeXlsx({ headings: ['Şirket', 'Puan'], pages: pages() })) chunks.push(chunk)
    const [headings, ...read] = await convertToCsv(Buffer.concat(chunks))
    expect(headings).toEqual(['Şirket', 'Puan'])
    expect(read.map(([text]) => text)).toEqual(rows.map(([text]) => text))
    expect(read.map(([, other]) => other)).toEqual([
      '-12.5',
      '0',
      '100',
      '-7',
      '',
      'TRUE',
      '2026-11-29 10:30',
      '1000000000',
      '',
      '',
      '',
    ])
  }, 120_000)
})
