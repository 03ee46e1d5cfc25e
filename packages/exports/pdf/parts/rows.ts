/** The rows of the tables of records and networks. */
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

/** The tables end with this page. */
export const PAGES_MAX = 2
const NAME_WIDTH = 178
const TYPE_WIDTH = 58
const GAP = 8
const VALUE_WIDTH = ROOM - NAME_WIDTH - TYPE_WIDTH - 2 * GAP
const CELL: TextStyle = { size: 7.8, linesMax: 2, lineGap: 1 }
const TYPE: TextStyle = { ...CELL, color: INK.accent, weight: 'semibold' }
const VALUE: TextStyle = { ...CELL, linesMax: 3 }

interface Row {
  name: string
  type: string
  value: string
}

export function addTable({ doc, root }: Sheet): PDFKit.PDFStructureElement {
  const table = doc.struct('Table')
  root.add(table)
  return table
}

export function measureRow(sheet: Sheet, { name, value }: Row): number {
  return Math.max(sheet.measure(name, CELL, NAME_WIDTH), sheet.measure(value, VALUE, VALUE_WIDTH)) + 7
}

/** Draws a row at the height of the sheet, which must have room for it. */
export function drawRow(
  sheet: Sheet,
  table: PDFKit.PDFStructureElement,
  { row, isShaded }: { row: Row; isShaded: boolean },
): void {
  const { y } = sheet
  const height = measureRow(sheet, row)
  if (isShaded) sheet.decorate(() => sheet.doc.rect(PAGE.side, y, ROOM, height).fill(INK.soft))
  const tagged = sheet.doc.struct('TR')
  table.add(tagged)
  const at = (x: number, width: number) => ({ x: PAGE.side + x + GAP / 2, y: y + 4, width })
  sheet.write(tagged, 'TH', row.name, CELL, at(0, NAME_WIDTH))
  sheet.write(tagged, 'TD', row.type, TYPE, at(NAME_WIDTH + GAP, TYPE_WIDTH))
  sheet.write(tagged, 'TD', row.value, VALUE, at(NAME_WIDTH + TYPE_WIDTH + GAP, VALUE_WIDTH))
  sheet.y = y + height
}
