import { stripVTControlCharacters, styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Coloured where the terminal shows colours (NO_COLOR and pipes are respected). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/**
 * Whoever reads our output may have seen enough, as `head` has. Nothing is said any more then, and the work goes on to its own
 * end and status: a backup, a restore or an import must not stop half-way because of that.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', throwUnlessUnread)
}

/** For what runs on and says what it does by the way: a full disk below its output costs the words alone. */
export function outliveFullDisk(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', throwUnlessUnread)
    stream.on('error', () => undefined)
  }
}

/** For what only looks things up, one after the other: without a reader there is nothing left to do, which is no failure. */
export function endWithReader(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0)
  })
}

function throwUnlessUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Columns as wide as their widest cell; numbers to the right. */
export function table(headings: string[], rows: (string | number)[][]): string {
  const cells = rows.map((row) => row.map(String))
  const widths = headings.map((heading, at) => Math.max(heading.length, ...cells.map((row) => widthOf(row[at] ?? ''))))
  const line = (row: string[], numeric: boolean[]) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0, numeric[at] ?? false))
      .join('  ')
      .trimEnd()
  const numeric = headings.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number'))
  return [paint('dim', line(headings, numeric)), ...cells.map((row) => line(row, numeric))].join('\n')
}

/** 1536 → "1.5 kB" (powers of 1,000). */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

function pad(cell: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return right ? space + cell : cell + space
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length
}
