import { type DigLine, listDigLines } from '#exports/pdf/dig-lines'
import type { Report } from '#exports/pdf/report'
import { drawHeading } from '#exports/pdf/parts/heading'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

const PAGES_MAX = 2
const NAME_WIDTH = 178
const TYPE_WIDTH = 58
const GAP = 8
const CELL: TextStyle = { size: 7.8, linesMax: 2, lineGap: 1 }
const VALUE: TextStyle = { ...CELL, linesMax: 3 }
const NOTE: TextStyle = { size: 8.5, color: INK.muted, linesMax: 1 }
const NOTE_HEIGHT = 16

/** Fills what the two pages have left, and counts the records that do not fit. */
export function drawRecords(sheet: Sheet, { lead, texts }: Report): void {
  const lines = listDigLines(lead)
  drawHeading(sheet, texts.records.heading)
  if (lines.length === 0) return writeNote(sheet, texts.records.none)
  const table = sheet.doc.struct('Table')
  sheet.root.add(table)
  for (const [at, line] of lines.entries()) {
    const height = measureLine(sheet, line)
    if (!sheet.hasRoom(height + NOTE_HEIGHT) && sheet.pages() >= PAGES_MAX) {
      return writeNote(sheet, texts.records.more(lines.length - at))
    }
    sheet.keepTogether(height + NOTE_HEIGHT)
    drawLine(sheet, table, { line, height, isShaded: at % 2 === 0 })
  }
}

const VALUE_WIDTH = ROOM - NAME_WIDTH - TYPE_WIDTH - 2 * GAP

function measureLine(sheet: Sheet, { name, value }: DigLine): number {
  return Math.max(sheet.measure(name, CELL, NAME_WIDTH), sheet.measure(value, VALUE, VALUE_WIDTH)) + 7
}

interface PlacedLine {
  line: DigLine
  height: number
  isShaded: boolean
}

function drawLine(
  sheet: Sheet,
  table: PDFKit.PDFStructureElement,
  { line: { name, type, value }, height, isShaded }: PlacedLine,
): void {
  const { y } = sheet
  if (isShaded) sheet.decorate(() => sheet.doc.rect(PAGE.side, y, ROOM, height).fill(INK.soft))
  const row = sheet.doc.struct('TR')
  table.add(row)
  const at = (x: number, width: number) => ({ x: PAGE.side + x + GAP / 2, y: y + 4, width })
  sheet.write(row, 'TH', name, CELL, at(0, NAME_WIDTH))
  sheet.write(
    row,
    'TD',
    `IN ${type}`,
    { ...CELL, color: INK.accent, weight: 'semibold' },
    at(NAME_WIDTH + GAP, TYPE_WIDTH),
  )
  sheet.write(row, 'TD', value, VALUE, at(NAME_WIDTH + TYPE_WIDTH + GAP, VALUE_WIDTH))
  sheet.y = y + height
}

function writeNote(sheet: Sheet, text: string): void {
  sheet.y += sheet.write(sheet.root, 'P', text, NOTE, { x: PAGE.side, y: sheet.y + 4, width: ROOM }) + 4
}
