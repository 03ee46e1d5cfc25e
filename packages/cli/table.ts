/**
 * Writes tables that fit the terminal. A column that must stay whole, such as an id or a domain, never shrinks. When
 * space runs out, texts wrap first, then the least important columns leave, and a line below names them. A pipe gets
 * everything.
 */
import { paint, getTerminalColumns } from '#cli/terminal'
import { cutText, measureWidth, wrapText } from '#cli/text-width'

type Cell = string | number

interface GivingWay {
  /** Headings of texts that wrap to the space the other columns leave. */
  wraps?: readonly string[]
  /** Headings of columns to drop when space runs out, the least important first. */
  leaves?: readonly string[]
  /** undefined: no limit, as in a pipe. */
  columns?: number | undefined
}

interface Column {
  heading: string
  isNumeric: boolean
  wraps: boolean
  /** Width of the widest cell. */
  natural: number
  width: number
  cells: string[]
}

const GAP = '  '

/** A text that wraps keeps at least this width; a column is dropped before it gets less. */
const WRAPPED_MIN = 24

/** Writes columns as wide as their widest cell, within the terminal; numbers are right-aligned. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { wraps = [], leaves = [], columns: room = getTerminalColumns() }: GivingWay = {},
): string {
  const all = headings.map((heading, at) => measureColumn(heading, rows, at, wraps.includes(heading)))
  const left = columnsThatLeave(all, leaves, room)
  const shown = all.filter(({ heading }) => !left.includes(heading))
  fitTexts(shown, room)
  const lines = [
    paint(
      'dim',
      formatLine(shown, (column) => cutText(column.heading, column.width)),
    ),
    ...rows.flatMap((_, at) => rowLines(shown, at)),
  ]
  if (left.length > 0)
    lines.push(...wrapText(paint('dim', `Not shown in ${room} columns: ${left.join(', ')}.`), room ?? Infinity))
  return lines.join('\n')
}

function measureColumn(heading: string, rows: readonly (readonly Cell[])[], at: number, wraps: boolean): Column {
  const cells = rows.map((row) => String(row[at] ?? ''))
  const isNumeric = rows.length > 0 && rows.every((row) => typeof row[at] === 'number')
  const natural = cells.reduce((widest, cell) => Math.max(widest, measureWidth(cell)), measureWidth(heading))
  return { heading, isNumeric, wraps, natural, width: natural, cells }
}

function columnsThatLeave(all: Column[], leaves: readonly string[], room: number | undefined): string[] {
  const left: string[] = []
  if (room === undefined) return left
  const least = () => widthTogether(all.filter(({ heading }) => !left.includes(heading)).map(leastWidth))
  for (const heading of leaves) {
    if (least() <= room) break
    if (all.some((column) => column.heading === heading)) left.push(heading)
  }
  return left
}

function leastWidth({ wraps, natural }: Column): number {
  return wraps ? Math.min(natural, WRAPPED_MIN) : natural
}

/** Shares the remaining width among the texts: a short one takes what it needs, long ones share the rest evenly. */
function fitTexts(shown: Column[], room: number | undefined): void {
  if (room === undefined) return
  const texts = shown.filter(({ wraps }) => wraps).sort((a, b) => a.natural - b.natural)
  const whole = shown.filter(({ wraps }) => !wraps).map(({ natural }) => natural)
  let left = room - widthTogether([...whole, ...texts.map(() => 0)])
  for (const [at, column] of texts.entries()) {
    const share = Math.floor(left / (texts.length - at))
    column.width = Math.max(leastWidth(column), Math.min(column.natural, share))
    left -= column.width
  }
}

function widthTogether(widths: number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1)
}

function rowLines(shown: Column[], at: number): string[] {
  const wrapped = new Map(shown.map((column) => [column, wrapText(column.cells[at] ?? '', column.width)]))
  const height = Math.max(...[...wrapped.values()].map(({ length }) => length))
  return Array.from({ length: height }, (_, line) => formatLine(shown, (column) => wrapped.get(column)?.[line] ?? ''))
}

function formatLine(shown: Column[], textOf: (column: Column) => string): string {
  return shown
    .map((column) => pad(textOf(column), column))
    .join(GAP)
    .trimEnd()
}

function pad(text: string, { width, isNumeric }: Column): string {
  const space = ' '.repeat(Math.max(0, width - measureWidth(text)))
  return isNumeric ? space + text : text + space
}
