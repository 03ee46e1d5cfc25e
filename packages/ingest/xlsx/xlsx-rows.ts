/**
 * Reads the first visible sheet of a workbook row by row. Excel writes the texts after the sheet, so the archive must be
 * a file on disk: the texts are read first, and the sheet streams.
 */
import { CELL_LENGTH_MAX, COLUMNS_MAX, type BrokenRow, limitRow, type Row } from '#ingest/row'
import { openArchive } from '#ingest/xlsx/archive'
import { decodeEscapes, formatNumber } from '#ingest/xlsx/cell-values'
import { readWorkbook, type Workbook } from '#ingest/xlsx/workbook'
import { parseXml } from '#ingest/xlsx/xml'

interface XlsxFile {
  sheet: string
  sheets: number
  rowsTotal: number
  rows: AsyncGenerator<Row | BrokenRow>
}

const ROWS_MAX = 1_048_576

/**
 * Reads the whole sheet once before it returns: a damaged workbook is refused as a whole.
 * @throws AppError FILE_FORMAT_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_LARGE
 */
export async function openXlsx(path: string): Promise<XlsxFile> {
  const archive = await openArchive(path)
  try {
    const workbook = await readWorkbook(archive)
    let rowsTotal = 0
    for await (const _ of parseSheet(archive.read(workbook.sheetPart), workbook)) rowsTotal += 1
    return { sheet: workbook.sheet, sheets: workbook.sheets, rowsTotal, rows: readAgain(path, workbook) }
  } finally {
    archive.close()
  }
}

async function* readAgain(path: string, workbook: Workbook): AsyncGenerator<Row | BrokenRow> {
  const archive = await openArchive(path)
  try {
    yield* parseSheet(archive.read(workbook.sheetPart), workbook)
  } finally {
    archive.close()
  }
}

/** Skips rows without a value: sheets have many that hold formats alone. */
async function* parseSheet(chunks: AsyncIterable<Buffer>, workbook: Workbook): AsyncGenerator<Row | BrokenRow> {
  let done: (Row | BrokenRow)[] = []
  let row: Row = { line: 0, cells: [] }
  let at = -1
  let type = ''
  let style = 0
  let text = ''
  let isValue = false
  let isHint = false
  const parsed = parseXml(chunks, {
    open: (name, attributes) => {
      if (name === 'row') {
        row = { line: readLine(attributes['r'], row.line), cells: [] }
        at = -1
      } else if (name === 'c') {
        at = readColumn(attributes['r']) ?? at + 1
        type = attributes['t'] ?? 'n'
        style = Number(attributes['s'] ?? 0)
        text = ''
      } else if (name === 'rPh') isHint = true
      isValue = (name === 'v' || name === 't') && !isHint
    },
    text: (part) => {
      if (isValue && text.length <= CELL_LENGTH_MAX) text += part
    },
    close: (name) => {
      isValue = false
      if (name === 'rPh') isHint = false
      if (name === 'c') setCell(row.cells, at, decodeCell(workbook, { type, style, text }))
      if (name === 'row' && row.cells.some((cell) => cell.trim() !== '')) done.push(limitRow(row))
    },
  })
  for await (const _ of parsed) {
    yield* done
    done = []
  }
}

/** Excel's numbers ascend. A row without one, or with an impossible one, follows the row before it. */
function readLine(number: string | undefined, before: number): number {
  const line = Number(number)
  return Number.isInteger(line) && line > before && line <= ROWS_MAX ? line : before + 1
}

/** `C7` is column 2. */
function readColumn(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0]
  if (letters === undefined) return undefined
  return Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

/** Keeps one cell beyond the limit, so that the row is refused and takes no memory. */
function setCell(cells: string[], at: number, text: string): void {
  if (text === '') return
  const place = Math.min(at, COLUMNS_MAX)
  while (cells.length < place) cells.push('')
  cells[place] = text
}

interface StoredCell {
  type: string
  style: number
  text: string
}

function decodeCell({ texts, formats, is1904 }: Workbook, { type, style, text }: StoredCell): string {
  if (text === '') return ''
  if (type === 's') return texts.get(Number(text))
  if (type === 'b') return text === '1' ? 'TRUE' : 'FALSE'
  if (type !== 'n') return decodeEscapes(text)
  return formatNumber(text, formats.get(style), is1904)
}
