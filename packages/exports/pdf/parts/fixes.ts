import type { Report } from '#exports/pdf/report'
import { formatPoints } from '#exports/pdf/parts/breakdown'
import { drawHeading } from '#exports/pdf/parts/heading'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

const FIXES_MAX = 4
const PILL = { width: 40, height: 18 }
const TITLE: TextStyle = { size: 9.5, weight: 'semibold', linesMax: 1 }
const TEXT: TextStyle = { size: 9, color: INK.muted, linesMax: 2 }

/** What would raise the score most comes first. */
export function drawFixes(sheet: Sheet, { lead, sales, texts }: Report): void {
  drawHeading(sheet, texts.fixes.heading)
  const gains = lead.score.breakdown.flatMap(({ counterfactual }) => counterfactual ?? [])
  for (const { rule, points, text } of gains.toSorted((a, b) => b.points - a.points).slice(0, FIXES_MAX)) {
    drawFix(sheet, points, texts.advice[rule] ?? { title: text, text: '' })
  }
  const { unchecked } = sales.metadata
  const notes = [
    ...(gains.length === 0 ? [texts.fixes.none] : []),
    ...(unchecked.length > 0 ? [texts.fixes.notChecked(unchecked.join(', '))] : []),
  ]
  for (const note of notes) {
    sheet.keepTogether(14)
    sheet.y += sheet.write(sheet.root, 'P', note, TEXT, { x: PAGE.side, y: sheet.y, width: ROOM }) + 4
  }
  sheet.y += 12
}

function drawFix(sheet: Sheet, points: number, { title, text }: { title: string; text: string }): void {
  const x = PAGE.side + PILL.width + 12
  const width = ROOM - PILL.width - 12
  const height = 14 + (text === '' ? 0 : sheet.measure(text, TEXT, width)) + 8
  sheet.keepTogether(height)
  const { y } = sheet
  sheet.decorate(() => {
    sheet.doc.roundedRect(PAGE.side, y, PILL.width, PILL.height, PILL.height / 2).fill(INK.accent)
  })
  const pill: TextStyle = { ...TITLE, color: INK.light, align: 'center' }
  sheet.write(sheet.root, 'P', formatPoints(points), pill, { x: PAGE.side, y: y + 3.5, width: PILL.width })
  sheet.write(sheet.root, 'H3', title, TITLE, { x, y, width })
  if (text !== '') sheet.write(sheet.root, 'P', text, TEXT, { x, y: y + 13, width })
  sheet.y = y + height
}
