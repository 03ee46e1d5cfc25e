/** Shows how far long work is: a bar on a terminal, an occasional line in a pipe or a log. */
import { formatProgress, type ProgressState } from '#cli/progress-line'

const DRAW_EVERY_MS = 100
/** Often enough to show that the work goes on, rarely enough to keep a log short. */
const LINE_EVERY_MS = 30_000
const ERASE_LINE = '\r\u001B[K'
const LOG_COLUMNS = 200

export interface Screen {
  isTTY?: boolean
  columns?: number
  write: (text: string) => unknown
}

interface How {
  /** Shows nothing when a program reads JSON. */
  json?: boolean | undefined
  screen?: Screen
  env?: NodeJS.ProcessEnv
  nowMs?: () => number
}

/**
 * Reads the state ten times a second on a terminal and every half minute elsewhere, so the work may report as often as
 * it likes. Call the returned function when the work ends, in success or failure.
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

/** Runs the work and shows its progress. */
export async function withProgress<T>(read: () => ProgressState, how: How, work: () => Promise<T>): Promise<T> {
  const hide = showProgress(read, how)
  try {
    return await work()
  } finally {
    hide()
  }
}

/** A CI system stores the output as a log even when it offers a terminal, and a dumb terminal cannot move back. */
export function canRedraw({ isTTY }: Pick<Screen, 'isTTY'>, { TERM, CI }: NodeJS.ProcessEnv): boolean {
  return isTTY === true && TERM !== 'dumb' && (CI === undefined || CI === '' || CI === 'false')
}

/** Times each step separately. */
function timeSteps(nowMs: () => number): (state: ProgressState) => { elapsedMs: number; doneBefore: number } {
  let step: { what: string; startedMs: number; doneBefore: number } | undefined
  return ({ what, done = 0 }) => {
    if (step?.what !== what) step = { what, startedMs: nowMs(), doneBefore: done }
    return { elapsedMs: nowMs() - step.startedMs, doneBefore: step.doneBefore }
  }
}
