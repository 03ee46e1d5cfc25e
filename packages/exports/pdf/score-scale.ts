/** Draws a score on its scale, with the range that it may still take. */
import { INK, type Sheet } from '#exports/pdf/sheet'

const HEIGHT = 8
/** Where the segments change (`segment.ts`). */
const TICKS = [0, 30, 60, 100]

interface ScaleInput {
  score: { value: number; min: number; max: number }
  x: number
  y: number
  width: number
}

export function drawScale({ doc }: Sheet, { score, x, y, width }: ScaleInput): void {
  const at = (points: number) => x + (Math.min(100, Math.max(0, points)) / 100) * width
  doc.roundedRect(x, y, width, HEIGHT, HEIGHT / 2).fill(INK.line)
  if (score.value > 0) doc.roundedRect(x, y, Math.max(HEIGHT, at(score.value) - x), HEIGHT, HEIGHT / 2).fill(INK.accent)
  if (score.min < score.max) {
    doc
      .roundedRect(at(score.min), y - 3, Math.max(4, at(score.max) - at(score.min)), HEIGHT + 6, 3)
      .lineWidth(1)
      .dash(2, { space: 2 })
      .stroke(INK.warning)
      .undash()
  }
  doc
    .circle(at(score.value), y + HEIGHT / 2, 6.5)
    .lineWidth(2.5)
    .fillAndStroke(INK.light, INK.accent)
  doc.font('regular').fontSize(7).fillColor(INK.muted)
  for (const tick of TICKS) {
    doc.text(String(tick), at(tick) - 10, y + HEIGHT + 6, { width: 20, align: 'center', lineBreak: false })
  }
}
