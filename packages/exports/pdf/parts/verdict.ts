/** The score on its scale beside the facts that a salesperson looks for first. */
import type { Report } from '#exports/pdf/report'
import { drawScale } from '#exports/pdf/score-scale'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'
import type { PdfTexts } from '#exports/pdf/texts/texts'
import type { Score } from '#leads/score/score'

const HEIGHT = 180
const SCORE_WIDTH = 186
const PADDING = 16
const ROW = 55

const LABEL: TextStyle = { size: 7.5, weight: 'semibold', color: INK.muted, linesMax: 1 }
const VALUE: TextStyle = { size: 10.5, weight: 'semibold', linesMax: 1 }
const NOTE: TextStyle = { size: 8, color: INK.muted, linesMax: 2, lineGap: 1 }

export function drawVerdict(sheet: Sheet, report: Report): void {
  const { y } = sheet
  sheet.decorate(() => {
    sheet.doc.roundedRect(PAGE.side, y, SCORE_WIDTH, HEIGHT, 8).fill(INK.soft)
    sheet.doc
      .roundedRect(PAGE.side + SCORE_WIDTH + 12, y, ROOM - SCORE_WIDTH - 12, HEIGHT, 8)
      .lineWidth(1)
      .stroke(INK.line)
  })
  drawScore(sheet, report)
  drawFacts(sheet, report)
  sheet.y = y + HEIGHT + 20
}

function drawScore(sheet: Sheet, { lead: { score }, texts }: Report): void {
  const { root, y } = sheet
  const x = PAGE.side + PADDING
  const width = SCORE_WIDTH - 2 * PADDING
  const number: TextStyle = { size: 46, weight: 'semibold', color: INK.accent, linesMax: 1 }
  sheet.write(root, 'P', texts.score, LABEL, { x, y: y + 14, width })
  sheet.write(root, 'P', String(score.value), number, { x, y: y + 22, width })
  const after = x + sheet.measureWidth(String(score.value), number) + 6
  sheet.write(root, 'P', texts.outOf, { size: 11, color: INK.muted, linesMax: 1 }, { x: after, y: y + 56, width: 60 })
  sheet.picture(root, texts.scale(score), () => drawScale(sheet, { score, x, y: y + 90, width }))
  sheet.write(root, 'P', captionScore(score, texts), NOTE, { x, y: y + 122, width })
}

function captionScore({ min, max, breakdown }: Score, texts: PdfTexts): string {
  if (min !== max) return texts.range(min, max)
  return breakdown.some(({ state }) => state === 'unknown') ? texts.unmoved : texts.settled
}

interface Fact {
  label: string
  value: string
  note: string
  isWide?: boolean
}

/** Two facts to a row, and the offer, whose name is long, in a row of its own. */
function drawFacts(sheet: Sheet, report: Report): void {
  const left = PAGE.side + SCORE_WIDTH + 12 + PADDING
  const wide = ROOM - SCORE_WIDTH - 12 - 2 * PADDING
  const narrow = (wide - PADDING) / 2
  for (const [at, { label, value, note, isWide }] of listFacts(report).entries()) {
    const width = isWide ? wide : narrow
    const x = left + (at % 2) * (narrow + PADDING)
    const y = sheet.y + 14 + Math.floor(at / 2) * ROW
    sheet.write(sheet.root, 'P', label, LABEL, { x, y, width })
    sheet.write(sheet.root, 'P', value, VALUE, { x, y: y + 11, width })
    sheet.write(sheet.root, 'P', note, NOTE, { x, y: y + 25, width })
  }
}

function listFacts({ lead, sales, texts }: Report): Fact[] {
  const { segment, provider } = lead
  const { mailbox, gateway } = provider
  const { facts } = texts
  const sure = (confidence: number) => (confidence > 0 ? facts.sure(Math.round(confidence * 100)) : '')
  const { offerName, reasons } = sales.metadata
  return [
    {
      label: facts.segment,
      value: texts.segments[segment.segment],
      note: [texts.segmentReasons[segment.reason], ...(segment.provisional ? [texts.provisional] : [])].join('; '),
    },
    {
      label: facts.priority,
      value: texts.priority(segment.priority),
      note: `${facts.urgency}: ${texts.urgencies[sales.urgency]}; ${facts.potential}: ${sales.opportunityPotential}`,
    },
    { label: facts.mailbox, value: texts.unnamed[mailbox.kind] ?? mailbox.name, note: sure(mailbox.confidence) },
    { label: facts.gateway, value: gateway?.name ?? facts.noGateway, note: gateway ? sure(gateway.confidence) : '' },
    { label: facts.offer, value: offerName, note: reasons.offerTier, isWide: true },
  ]
}
