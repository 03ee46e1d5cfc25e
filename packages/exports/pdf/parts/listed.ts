import type { Report } from '#exports/pdf/report'
import { BEGINNING, drawHeading } from '#exports/pdf/parts/heading'
import { addTable, drawRow, measureRow, PAGES_MAX } from '#exports/pdf/parts/rows'
import type { Sheet } from '#exports/pdf/sheet'

const ROWS_MAX = 8

/** Draws the first columns of the imported lists, where they leave room for the records. */
export function drawListed(sheet: Sheet, { listed, texts }: Report): void {
  const { emailDomain, fields } = listed
  const mail = emailDomain === null ? [] : [{ name: texts.listed.emailDomain, value: emailDomain }]
  const rows = [...mail, ...fields].slice(0, ROWS_MAX).map((field) => ({ ...field, type: '' }))
  const height = rows.reduce((sum, row) => sum + measureRow(sheet, row), 2 * BEGINNING)
  if (rows.length === 0 || (!sheet.hasRoom(height) && sheet.pages() >= PAGES_MAX)) return
  sheet.keepTogether(height - BEGINNING)
  drawHeading(sheet, texts.listed.heading)
  const table = addTable(sheet)
  for (const [at, row] of rows.entries()) drawRow(sheet, table, { row, isShaded: at % 2 === 0 })
  sheet.y += 22
}
