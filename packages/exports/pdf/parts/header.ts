import type { Report } from '#exports/pdf/report'
import { INK, PAGE, ROOM, type Sheet, type TextStyle } from '#exports/pdf/sheet'

/** The name gets smaller before it breaks. */
const SIZES = [26, 22, 18, 15]
/** The domain of a company whose name is above. */
const BELOW: TextStyle = { size: 12, color: INK.pale, linesMax: 3 }
const LEAD_IN: TextStyle = { size: 11, color: INK.text, lineGap: 3.5, linesMax: 6 }

export function drawHeader(sheet: Sheet, { domain, company, texts, sales }: Report): void {
  const title = company ?? domain
  const size = SIZES.find((each) => sheet.measureWidth(title, nameStyle(each)) <= ROOM) ?? 13
  const name = { ...nameStyle(size), linesMax: 4 }
  const nameHeight = sheet.measure(title, name, ROOM)
  const below = company === null ? '' : domain
  const height = 62 + nameHeight + (below === '' ? 0 : sheet.measure(below, BELOW, ROOM) + 2)
  sheet.decorate(() => {
    sheet.doc.rect(0, 0, PAGE.width, height).fill(INK.dark)
    sheet.doc.rect(0, height, PAGE.width, 3).fill(INK.accent)
  })
  const label: TextStyle = { size: 8.5, weight: 'semibold', color: INK.pale, spacing: 0.6, linesMax: 1 }
  sheet.write(sheet.root, 'P', `Hunter  ·  ${texts.kind}`, label, { x: PAGE.side, y: 27, width: ROOM })
  sheet.write(sheet.root, 'H1', title, name, { x: PAGE.side, y: 42, width: ROOM })
  sheet.write(sheet.root, 'P', below, BELOW, { x: PAGE.side, y: 44 + nameHeight, width: ROOM })
  sheet.y = height + 21
  const box = { x: PAGE.side, y: sheet.y, width: ROOM }
  sheet.y += sheet.write(sheet.root, 'P', sales.oneLiner, LEAD_IN, box) + 14
}

function nameStyle(size: number): TextStyle {
  return { size, weight: 'semibold', color: INK.light, linesMax: 1 }
}
