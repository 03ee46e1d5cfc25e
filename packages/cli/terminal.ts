import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours the text when the stream is a terminal with colours; NO_COLOR and FORCE_COLOR override that. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

const COLUMNS_DEFAULT = 80

/** Returns the terminal's width; undefined without a terminal, as in a pipe: a program gets everything uncut. */
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
 * Keeps working after the reader of our output has closed the pipe, as `head` does. Nothing more is printed, and the
 * work runs to its own end and status: a backup, a restore or an import must not stop half-way.
 */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', throwUnlessUnread)
}

/** Keeps a long-running command alive when its output cannot be written, as on a full disk: only the output is lost. */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', throwUnlessUnread)
    stream.on('error', () => undefined)
  }
}

/**
 * Ends a command that only prints look-ups once its reader has closed the pipe: nothing is left to do, and that is no
 * failure.
 */
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
