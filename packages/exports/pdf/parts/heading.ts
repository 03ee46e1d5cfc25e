import { INK, PAGE, ROOM, type Sheet } from '#exports/pdf/sheet'

/** Height that a section needs to begin on a page: its heading and a first row. */
export const BEGINNING = 64

export function drawHeading(sheet: Sheet, text: string): void {
  sheet.keepTogether(BEGINNING)
  const { y } = sheet
  sheet.decorate(() => sheet.doc.rect(PAGE.side, y + 1, 3, 11).fill(INK.accent))
  const box = { x: PAGE.side + 10, y: y - 1, width: ROOM - 10 }
  sheet.y += sheet.write(sheet.root, 'H2', text, { size: 11.5, weight: 'semibold', linesMax: 1 }, box) + 8
}
