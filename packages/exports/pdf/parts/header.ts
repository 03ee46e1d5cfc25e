import type { Report } from '#exports/pdf/report'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

/** The name gets smaller before it breaks. */
const SIZES = [26, 22, 18, 15]
const LEAD_IN: TextStyle = { size: 11, color: INK.text, lineGap: 3.5, linesMax: 6 }

export function drawHeader(sheet: Sheet, { domain, texts, sales }: Report): void {
  const size = SIZES.find((each) => sheet.measureWidth(domain, nameStyle(each)) <= ROOM) ?? 13
  const name = { ...nameStyle(size), linesMax: 4 }
  const height = 62 + sheet.measure(domain, name, ROOM)
  sheet.decorate(() => {
    sheet.doc.rect(0, 0, PAGE.width, height).fill(INK.dark)
    sheet.doc.rect(0, height, PAGE.width, 3).fill(INK.accent)
  })
  const label: TextStyle = { size: 8.5, weight: 'semibold', color: INK.pale, spacing: 0.6, linesMax: 1 }
  sheet.write(sheet.root, 'P', `Hunter  ·  ${texts.kind}`, label, { x: PAGE.side, y: 27, width: ROOM })
  sheet.write(sheet.root, 'H1', domain, name, { x: PAGE.side, y: 42, width: ROOM })
  sheet.y = height + 21
  const box = { x: PAGE.side, y: sheet.y, width: ROOM }
  sheet.y += sheet.write(sheet.root, 'P', sales.oneLiner, LEAD_IN, box) + 14
}

function nameStyle(size: number): TextStyle {
  return { size, weight: 'semibold', color: INK.light, linesMax: 1 }
}
