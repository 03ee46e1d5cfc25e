import { listDigLines } from '#exports/pdf/dig-lines'
import type { Report } from '#exports/pdf/report'
import { drawHeading } from '#exports/pdf/parts/heading'
import { addTable, drawRow, measureRow, PAGES_MAX } from '#exports/pdf/parts/rows'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

const NOTE: TextStyle = { size: 8.5, color: INK.muted, linesMax: 1 }
const NOTE_HEIGHT = 16

/** Fills what the two pages have left, and counts the records that do not fit. The reasons of the score say what is missing. */
export function drawRecords(sheet: Sheet, { lead, texts }: Report): void {
  const lines = listDigLines(lead)
  if (lines.length === 0) return
  drawHeading(sheet, texts.records.heading)
  const table = addTable(sheet)
  for (const [at, line] of lines.entries()) {
    const height = measureRow(sheet, line)
    if (!sheet.hasRoom(height + NOTE_HEIGHT) && sheet.pages() >= PAGES_MAX) {
      return writeNote(sheet, texts.records.more(lines.length - at))
    }
    sheet.keepTogether(height + NOTE_HEIGHT)
    drawRow(sheet, table, { row: line, isShaded: at % 2 === 0 })
  }
}

function writeNote(sheet: Sheet, text: string): void {
  sheet.y += sheet.write(sheet.root, 'P', text, NOTE, { x: PAGE.side, y: sheet.y + 4, width: ROOM }) + 4
}
