/** Shows how far long work is: a bar on a terminal, a line now and then in a pipe or a log. */
import { formatProgress, type ProgressState } from '#cli/progress-line'

const DRAW_EVERY_MS = 100
/** A log should show that the work goes on, and stay short. */
const LINE_EVERY_MS = 30_000
const ERASE_LINE = '\r\u001B[K'
const LOG_COLUMNS = 200

export interface Screen {
  isTTY?: boolean
  columns?: number
  write: (text: string) => unknown
}

interface How {
  /** Whoever reads JSON wants nothing else. */
  json?: boolean | undefined
  screen?: Screen
  env?: NodeJS.ProcessEnv
  nowMs?: () => number
}

/**
 * Reads the state ten times a second on a terminal and every half minute elsewhere, so that the work may report as often
 * as it likes. Call what it answers when the work has ended, however it did.
 */
export function showProgress(read: () => ProgressState, how: How = {}): () => void {
  const { json, screen = process.stderr, env = process.env, nowMs = () => performance.now() } = how
  if (json || env['HUNTER_PROGRESS'] === 'off') return () => undefined
  const isDrawn = canRedraw(screen, env)
  const sinceStart = timeSteps(nowMs)
  const line = (columns: number, barCellsMax?: number) => {
    const state = read()
    return formatProgress(state, sinceStart(state), columns, barCellsMax)
  }
  const draw = () => screen.write(ERASE_LINE + line((screen.columns || 80) - 1))
  const log = () => screen.write(`${line(LOG_COLUMNS, 0)}\n`)
  if (isDrawn) draw()
  const timer = setInterval(isDrawn ? draw : log, isDrawn ? DRAW_EVERY_MS : LINE_EVERY_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    if (isDrawn) screen.write(ERASE_LINE)
  }
}

/** Runs the work with its progress shown. */
export async function withProgress<T>(read: () => ProgressState, how: How, work: () => Promise<T>): Promise<T> {
  const hide = showProgress(read, how)
  try {
    return await work()
  } finally {
    hide()
  }
}

/** A CI system keeps what is written as a log, even where it offers a terminal; a dumb terminal cannot go back. */
export function canRedraw({ isTTY }: Pick<Screen, 'isTTY'>, { TERM, CI }: NodeJS.ProcessEnv): boolean {
  return isTTY === true && TERM !== 'dumb' && (CI === undefined || CI === '' || CI === 'false')
}

/** Each step has a pace of its own. */
function timeSteps(nowMs: () => number): (state: ProgressState) => { elapsedMs: number; doneBefore: number } {
  let step: { what: string; startedMs: number; doneBefore: number } | undefined
  return ({ what, done = 0 }) => {
    if (step?.what !== what) step = { what, startedMs: nowMs(), doneBefore: done }
    return { elapsedMs: nowMs() - step.startedMs, doneBefore: step.doneBefore }
  }
}
