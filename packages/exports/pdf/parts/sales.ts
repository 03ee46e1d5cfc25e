import type { Report } from '#exports/pdf/report'
import { drawHeading } from '#exports/pdf/parts/heading'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'
import { CLOSED_OUTLOOKS, readSalesFacts } from '#leads/sales/facts'

const TEXT: TextStyle = { size: 9.5, lineGap: 3, linesMax: 7 }
const GAP = 5
const INDENT = 14

export function drawSales(sheet: Sheet, { lead, sales, texts }: Report): void {
  const isClosed = CLOSED_OUTLOOKS.has(readSalesFacts(lead).outlook)
  drawHeading(sheet, isClosed ? texts.noCall : texts.callScript)
  const paragraphs = sales.callScript.split('\n\n')
  for (const [at, paragraph] of paragraphs.entries()) {
    // the close alone at the top of a page would be lost
    if (at === paragraphs.length - 2) sheet.keepTogether(measureAll(sheet, paragraphs.slice(at)))
    drawParagraph(sheet, paragraph)
  }
  sheet.y += 10
  drawHeading(sheet, texts.questions)
  for (const question of sales.discoveryQuestions) drawQuestion(sheet, question)
  sheet.y += 12
}

function measureAll(sheet: Sheet, paragraphs: string[]): number {
  return paragraphs.reduce((sum, text) => sum + sheet.measure(text, TEXT, ROOM) + GAP, 0)
}

function drawParagraph(sheet: Sheet, text: string): void {
  sheet.keepTogether(sheet.measure(text, TEXT, ROOM))
  sheet.y += sheet.write(sheet.root, 'P', text, TEXT, { x: PAGE.side, y: sheet.y, width: ROOM }) + GAP
}

function drawQuestion(sheet: Sheet, text: string): void {
  sheet.keepTogether(sheet.measure(text, TEXT, ROOM - INDENT))
  const { y } = sheet
  sheet.decorate(() => sheet.doc.circle(PAGE.side + 4, y + 6, 2).fill(INK.accent))
  const box = { x: PAGE.side + INDENT, y, width: ROOM - INDENT }
  sheet.y += sheet.write(sheet.root, 'P', text, TEXT, box) + 3
}
