import { stripVTControlCharacters } from 'node:util'

const EVERY_MS = 100
const BAR_CELLS = 20
const ERASE_LINE = '\r\u001b[K'

export interface Screen {
  isTTY?: boolean
  columns?: number
  write: (text: string) => unknown
}

/** Keeps one line up to date on a terminal; in a pipe it stays silent. Answers what takes the line away. */
export function showProgress(screen: Screen, line: () => string): () => void {
  if (!screen.isTTY) return () => undefined
  const draw = () => screen.write(ERASE_LINE + fit(line(), (screen.columns || 80) - 1))
  draw()
  const timer = setInterval(draw, EVERY_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    screen.write(ERASE_LINE)
  }
}

/** `██████░░░░  60 %`; the size is an estimate, so it is full only when somebody says that all is done. */
export function bar(done: number, expected: number): string {
  const share = expected > 0 ? Math.min(done / expected, 0.99) : 0
  const full = Math.floor(share * BAR_CELLS)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${String(Math.floor(share * 100)).padStart(2)} %`
}

/** Names of tables come from the database: nothing in them may move the cursor. */
function fit(line: string, width: number): string {
  const plain = stripVTControlCharacters(line).replaceAll(/\p{Cc}/gu, ' ')
  return plain.slice(0, Math.max(0, width))
}
