/** Writes CSV as RFC 4180 describes it, in the form that spreadsheets open with one click. */
import type { Cell, Table } from '#exports/columns'
import type { Delimiter } from '#exports/formats'

/** Excel reads a file without it in the encoding of the machine. */
const BYTE_ORDER_MARK = '\uFEFF'

export async function* writeCsv({ headings, pages }: Table, delimiter: Delimiter): AsyncGenerator<Buffer> {
  yield Buffer.from(BYTE_ORDER_MARK + formatRow(headings, delimiter))
  for await (const rows of pages) yield Buffer.from(rows.map((row) => formatRow(row, delimiter)).join(''))
}

function formatRow(cells: readonly Cell[], delimiter: Delimiter): string {
  return `${cells.map(formatCell).join(delimiter)}\r\n`
}

function formatCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return quoteText(neutraliseFormula(cell))
  return cell instanceof Date ? cell.toISOString() : String(cell)
}

/** Every delimiter leads to quotes: a spreadsheet may split at another one than the file uses. */
function quoteText(text: string): string {
  return /[",;|\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A spreadsheet runs text that begins so, also behind spaces and in the wide forms of East Asian keyboards. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/
const NUMBER = /^[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?$/

/** Puts an apostrophe before text that a spreadsheet would take for a formula; a number such as -12,5 stays one. */
function neutraliseFormula(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
}
