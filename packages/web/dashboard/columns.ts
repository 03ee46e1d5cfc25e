/** The shapes of a chart with a column for each day. Pure. */

const STEPS = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10]

/** A round whole number at or above the largest value. */
export function chooseTop(values: readonly number[]): number {
  const most = Math.max(1, ...values)
  const power = 10 ** Math.floor(Math.log10(most))
  const tops = STEPS.map((step) => step * power)
  return tops.find((top) => top >= most && Number.isInteger(top)) ?? 10 * power
}

/** Pixels: a few days still look like a measurement, not like blocks. */
const COLUMN_MAX = 36

interface Panel {
  width: number
  height: number
  top: number
}

/** One path: columns with a gap between them, or steps where a column would be too thin for one. */
export function drawColumns(values: readonly number[], { width, height, top }: Panel): string {
  const band = width / values.length
  const gap = band >= 6 ? Math.max(band * 0.3, band - COLUMN_MAX) : 0
  return values
    .map((value, at) => {
      const x = at * band + gap / 2
      // a small number is still seen
      const y = value === 0 ? height : Math.min(height - 1, height * (1 - value / top))
      return value === 0 ? '' : `M${round(x)} ${height}V${round(y)}H${round(x + band - gap)}V${height}Z`
    })
    .join('')
}

/** Days that have room for a label, the last one among them. */
export function chooseLabels(count: number, width: number, labelWidth: number): number[] {
  const fits = Math.max(1, Math.floor(width / labelWidth))
  const step = Math.ceil(count / fits)
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => count - 1 - at * step).toReversed()
}

const round = (value: number) => Math.round(value * 100) / 100
