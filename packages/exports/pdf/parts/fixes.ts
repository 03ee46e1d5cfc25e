import type { Report } from '#exports/pdf/report'
import { formatPoints } from '#exports/pdf/parts/breakdown'
import { drawHeading } from '#exports/pdf/parts/heading'
import { explainFixes } from '#leads/fixes/explain-fixes'
import { formatZoneLine } from '#leads/fixes/zone-line'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

const FIXES_MAX = 4
const PILL = { width: 40, height: 18 }
const TITLE: TextStyle = { size: 9.5, weight: 'semibold', linesMax: 1 }
const TEXT: TextStyle = { size: 9, color: INK.muted, linesMax: 2 }
const FIRST: TextStyle = { size: 8.5, color: INK.accent, linesMax: 2 }

type ExplainedFix = ReturnType<typeof explainFixes>[number]

/** What would raise the score most comes first. */
export function drawFixes(sheet: Sheet, { lead, sales, texts, language }: Report): void {
  drawHeading(sheet, texts.fixes.heading)
  const gains = lead.score.breakdown.flatMap(({ counterfactual }) => counterfactual ?? [])
  for (const fix of explainFixes(lead, language).slice(0, FIXES_MAX)) drawFix(sheet, fix)
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

function drawFix(sheet: Sheet, { points, title, text, steps, questions }: ExplainedFix): void {
  const x = PAGE.side + PILL.width + 12
  const width = ROOM - PILL.width - 12
  // the record to begin with, or what must be answered before
  const record = steps[0]?.publish[0]
  const first = record ? formatZoneLine(record) : (questions[0]?.text ?? '')
  const textHeight = sheet.measure(text, TEXT, width)
  const height = 14 + textHeight + (first === '' ? 0 : sheet.measure(first, FIRST, width) + 2) + 8
  sheet.keepTogether(height)
  const { y } = sheet
  sheet.decorate(() => {
    sheet.doc.roundedRect(PAGE.side, y, PILL.width, PILL.height, PILL.height / 2).fill(INK.accent)
  })
  const pill: TextStyle = { ...TITLE, color: INK.light, align: 'center' }
  sheet.write(sheet.root, 'P', formatPoints(points), pill, { x: PAGE.side, y: y + 3.5, width: PILL.width })
  sheet.write(sheet.root, 'H3', title, TITLE, { x, y, width })
  sheet.write(sheet.root, 'P', text, TEXT, { x, y: y + 13, width })
  sheet.write(sheet.root, 'P', first, FIRST, { x, y: y + 15 + textHeight, width })
  sheet.y = y + height
}
