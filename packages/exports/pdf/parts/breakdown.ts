import { explainEvidence } from '#exports/pdf/evidence'
import type { Report } from '#exports/pdf/report'
import { drawHeading } from '#exports/pdf/parts/heading'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'
import type { ScoreLine } from '#leads/score/score'

/** The rules give at most six. */
const LINES_MAX = 8
const POINTS_WIDTH = 46
const RULE_WIDTH = 168
const GAP = 14

const RULE: TextStyle = { size: 9.5, weight: 'semibold', linesMax: 2 }
const EVIDENCE: TextStyle = { size: 8.5, color: INK.muted, linesMax: 2 }
const NOTE: TextStyle = { size: 8, color: INK.warning, linesMax: 1 }

export function drawBreakdown(sheet: Sheet, report: Report): void {
  drawHeading(sheet, report.texts.breakdown.heading)
  const table = sheet.doc.struct('Table')
  sheet.root.add(table)
  for (const line of report.lead.score.breakdown.slice(0, LINES_MAX)) drawLine(sheet, table, line, report)
  sheet.y += 22
}

function drawLine(sheet: Sheet, table: PDFKit.PDFStructureElement, line: ScoreLine, report: Report): void {
  const { texts } = report
  const rule = texts.rules[line.rule] ?? line.rule
  const evidence = explainEvidence(line, report)
  const note = line.min === line.max ? '' : texts.breakdown.open(formatPoints(line.min), formatPoints(line.max))
  const right = ROOM - POINTS_WIDTH - RULE_WIDTH - GAP
  const left = sheet.measure(rule, RULE, RULE_WIDTH) + (note ? 12 : 0)
  const height = Math.max(left, sheet.measure(evidence, EVIDENCE, right)) + 10
  sheet.keepTogether(height)
  const { y } = sheet
  const row = sheet.doc.struct('TR')
  table.add(row)
  const points: TextStyle = { ...RULE, color: colorPoints(line), align: 'right', linesMax: 1 }
  sheet.write(row, 'TD', formatPoints(line.points), points, { x: PAGE.side, y: y + 5, width: POINTS_WIDTH - 14 })
  const x = PAGE.side + POINTS_WIDTH
  const used = sheet.write(row, 'TH', rule, RULE, { x, y: y + 5, width: RULE_WIDTH })
  if (note) sheet.write(row, 'TD', note, NOTE, { x, y: y + 5 + used, width: RULE_WIDTH })
  sheet.write(row, 'TD', evidence, EVIDENCE, { x: x + RULE_WIDTH + GAP, y: y + 6, width: right })
  sheet.decorate(() => {
    sheet.doc
      .moveTo(PAGE.side, y + height)
      .lineTo(PAGE.side + ROOM, y + height)
      .lineWidth(0.6)
      .stroke(INK.line)
  })
  sheet.y = y + height
}

function colorPoints({ points, state }: ScoreLine): string {
  if (state === 'unknown' || points === 0) return INK.muted
  return points > 0 ? INK.accent : INK.warning
}

export function formatPoints(points: number): string {
  if (points === 0) return '0'
  return points > 0 ? `+${points}` : `−${-points}`
}
