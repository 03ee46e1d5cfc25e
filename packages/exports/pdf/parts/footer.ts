import type { Report } from '#exports/pdf/report'
import { INK, PAGE, ROOM, type Sheet } from '#exports/pdf/sheet'
import { EN as SALES_EN } from '#leads/sales/texts/en'
import { TR as SALES_TR } from '#leads/sales/texts/tr'

const SALES_TEXTS = { en: SALES_EN, tr: SALES_TR }

/** Comes last, when the number of pages is known. It repeats, so a screen reader passes over it. */
export function drawFooters({ doc, pages }: Sheet, { lead, texts, language }: Report): void {
  const { at } = lead.signals
  const scanned = texts.scannedAt(SALES_TEXTS[language].date(at.slice(0, 10)), at.slice(11, 16))
  const left = `${scanned}  ·  ${texts.rulesVersion(lead.score.rulesVersion)}`
  const y = PAGE.height - 38
  for (let page = 0; page < pages(); page++) {
    doc.switchToPage(page)
    doc.markContent('Artifact', { type: 'Pagination', attached: ['Bottom'] })
    doc
      .moveTo(PAGE.side, y - 8)
      .lineTo(PAGE.side + ROOM, y - 8)
      .lineWidth(0.6)
      .stroke(INK.line)
    doc.font('regular').fontSize(7.8).fillColor(INK.muted)
    doc.text(left, PAGE.side, y, { lineBreak: false })
    doc.text(texts.page(page + 1, pages()), PAGE.side, y, { width: ROOM, align: 'right', lineBreak: false })
    doc.endMarkedContent()
  }
}
