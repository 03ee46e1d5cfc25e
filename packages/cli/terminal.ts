import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Coloured where the stream is a terminal that shows colours; NO_COLOR and FORCE_COLOR decide before that. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

const COLUMNS_DEFAULT = 80

/** How wide the terminal is; undefined where there is none, as in a pipe: nothing is cut for a program. */
export function getTerminalColumns(
  { isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> = process.stdout,
  { COLUMNS }: NodeJS.ProcessEnv = process.env,
): number | undefined {
  if (!isTTY) return undefined
  return Number(/^[1-9]\d{0,4}$/.exec(COLUMNS ?? '')?.[0]) || columns || COLUMNS_DEFAULT
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/**
 * Whoever reads our output may have seen enough, as `head` has. Nothing is said any more then, and the work goes on to its own
 * end and status: a backup, a restore or an import must not stop half-way because of that.
 */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', throwUnlessUnread)
}

/** For what runs on and says what it does by the way: a full disk below its output costs the words alone. */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', throwUnlessUnread)
    stream.on('error', () => undefined)
  }
}

/** For what only looks things up, one after the other: without a reader there is nothing left to do, which is no failure. */
export function exitOnBrokenPipe(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0)
  })
}

function throwUnlessUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** 1536 → "1.5 kB" (powers of 1,000). */
export function formatBytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export function formatSeconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
