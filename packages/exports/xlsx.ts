/** Writes a workbook of one sheet (ECMA-376), page by page, so that memory holds one page of the list at a time. */
import type { Cell, Table } from '#exports/columns'
import { writeZip, type ZipEntry } from '#exports/zip'
import { AppError } from '#platform/errors'

/** Excel's limits: a file beyond them opens with a repair message. */
const ROWS_MAX = 1_048_576
const TEXT_LENGTH_MAX = 32_767

/** @throws AppError EXPORT_TOO_LARGE */
export async function* writeXlsx({ headings, pages }: Table): AsyncGenerator<Buffer> {
  const sheet = { name: 'xl/worksheets/sheet1.xml', content: writeSheet(headings, pages) }
  yield* writeZip([...FRAME, sheet])
}

async function* writeSheet(headings: string[], pages: Table['pages']): AsyncGenerator<Buffer> {
  const letters = headings.map((_, at) => nameColumn(at))
  let row = 1
  yield Buffer.from(SHEET_START(headings.length) + formatRow(headings, row, letters, STYLES.heading))
  for await (const rows of pages) {
    if (row + rows.length > ROWS_MAX) {
      throw new AppError('EXPORT_TOO_LARGE', `a worksheet holds at most ${ROWS_MAX - 1} leads`, {
        details: { rows_max: ROWS_MAX - 1 },
      })
    }
    yield Buffer.from(rows.map((cells) => formatRow(cells, (row += 1), letters)).join(''))
  }
  yield Buffer.from('</sheetData></worksheet>')
}

/** 0 → A, 25 → Z, 26 → AA */
function nameColumn(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26))
  return at < 26 ? letter : nameColumn(Math.floor(at / 26) - 1) + letter
}

/** Every cell names its place: some readers refuse a file without it. */
function formatRow(cells: readonly Cell[], row: number, letters: string[], style?: number): string {
  return `<row r="${row}">${cells.map((cell, at) => formatCell(cell, `${letters[at]}${row}`, style)).join('')}</row>`
}

function formatCell(cell: Cell, place: string, style?: number): string {
  const attributes = `r="${place}"${style === undefined ? '' : ` s="${style}"`}`
  if (cell === null) return ''
  if (typeof cell === 'number') return `<c ${attributes}><v>${cell}</v></c>`
  if (typeof cell === 'boolean') return `<c ${attributes} t="b"><v>${Number(cell)}</v></c>`
  if (cell instanceof Date) return formatDate(cell, place)
  return `<c ${attributes} t="inlineStr"><is><t xml:space="preserve">${escapeText(cell)}</t></is></c>`
}

const DAY_MS = 86_400_000
/** Days from 30 December 1899 to 1 January 1970. */
const EPOCH_DAYS = 25_569
/** 1 March 1900: Excel counts a 29 February 1900, which never was. */
const FIRST_SOUND_DAY = 61

function formatDate(date: Date, place: string): string {
  const days = date.getTime() / DAY_MS + EPOCH_DAYS
  if (days < FIRST_SOUND_DAY) return formatCell(date.toISOString(), place)
  return `<c r="${place}" s="${STYLES.date}"><v>${days}</v></c>`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  _: '_x005F_',
  '\t': '\t',
  '\n': '\n',
}
const SPECIAL = /[&<>\p{Cc}\uFFFE\uFFFF]|_(?=x[\dA-Fa-f]{4}_)/gu

/** Writes a character that XML forbids as `_x0001_`, and such a text itself with an escaped underscore (ST_Xstring). */
function escapeText(text: string): string {
  return cutText(text).replace(
    SPECIAL,
    (one) => ENTITIES[one] ?? `_x${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
  )
}

/** Leaves no half of a surrogate pair behind. */
function cutText(text: string): string {
  return text
    .slice(0, TEXT_LENGTH_MAX)
    .replace(text.length > TEXT_LENGTH_MAX ? /[\uD800-\uDBFF]$/ : /$^/, '')
    .toWellFormed()
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** Positions in `cellXfs`. */
const STYLES = { heading: 1, date: 2 }
/** Characters that a column is wide. */
const WIDTH = 20

/** The headings stay on the screen. */
const SHEET_START = (columns: number) =>
  `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">` +
  '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
  `<cols><col min="1" max="${columns}" width="${WIDTH}" customWidth="1"/></cols><sheetData>`

/** The parts around the sheet. */
const FRAME: ZipEntry[] = Object.entries({
  '[Content_Types].xml':
    `<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Override PartName="/xl/workbook.xml" ContentType="${SHEET_TYPE}.sheet.main+xml"/>` +
    `<Override PartName="/xl/styles.xml" ContentType="${SHEET_TYPE}.styles+xml"/>` +
    `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${SHEET_TYPE}.worksheet+xml"/></Types>`,
  '_rels/.rels':
    `<Relationships xmlns="${PACKAGE}/relationships">` +
    `<Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels':
    `<Relationships xmlns="${PACKAGE}/relationships">` +
    `<Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>` +
    `<Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
  'xl/styles.xml':
    `<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>` +
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>' +
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
}).map(([name, text]) => ({ name, content: [Buffer.from(XML + text)] }))
