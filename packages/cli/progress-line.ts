/** Writes how far work is, in one line that fits the width. */
import { stripVTControlCharacters } from 'node:util'
import { formatBytes, formatSeconds } from '#cli/terminal'

export interface ProgressState {
  /** The current step, such as `restoring`. */
  what: string
  done?: number
  /** May be an estimate, so 100 % is never shown. */
  total?: number | undefined
  /** The thing counted; bytes are written as sizes. Without a unit there is neither a rate nor a time left. */
  unit?: string
  /** Further facts, the most helpful first. */
  notes?: string[]
}

interface Pace {
  /** How long this step has run. */
  elapsedMs: number
  /** Amount that was done when the step began. */
  doneBefore: number
}

const BAR_CELLS = 20
const BAR_CELLS_MIN = 8
/** A rate measured before that is a guess. */
const PACE_AFTER_MS = 2_000

/**
 * Writes `████░░░░  45 %  restoring, 1.2 of 2.6 GB, 80.0 MB/s, 17 s left`. When the width is short, the bar goes first,
 * then the facts from the last one on.
 */
export function formatProgress(state: ProgressState, pace: Pace, columns: number, barCellsMax = BAR_CELLS): string {
  const { total, what, notes = [] } = state
  const facts = [what, ...formatDone(state), ...formatPace(state, pace), ...notes].map(plain)
  const share = total === undefined ? undefined : `${String(computePercent(state)).padStart(2)} %`
  let text = (share === undefined ? '' : `${share}  `) + (facts[0] ?? '')
  for (const fact of facts.slice(1)) {
    if (text.length + 2 + fact.length > columns) break
    text += `, ${fact}`
  }
  const cells = Math.min(barCellsMax, columns - text.length - 1)
  const line = share === undefined || cells < BAR_CELLS_MIN ? text : `${drawBar(state, cells)} ${text}`
  return line.slice(0, Math.max(0, columns))
}

function computePercent({ done = 0, total = 0 }: ProgressState): number {
  return total > 0 ? Math.min(99, Math.floor((done / total) * 100)) : 0
}

function drawBar(state: ProgressState, cells: number): string {
  const full = Math.floor((computePercent(state) / 100) * cells)
  return '█'.repeat(full) + '░'.repeat(cells - full)
}

function formatDone({ done, total, unit }: ProgressState): string[] {
  if (done === undefined) return []
  const text = (count: number) => (unit === 'bytes' ? formatBytes(count) : Math.round(count).toLocaleString('en'))
  const most = total === undefined || done > total ? done : total
  const named = unit === undefined || unit === 'bytes' ? '' : ` ${most === 1 ? unit.replace(/s$/, '') : unit}`
  return [`${text(done)}${most === total ? ` of ${text(total)}` : ''}${named}`]
}

function formatPace({ done, total, unit }: ProgressState, { elapsedMs, doneBefore }: Pace): string[] {
  if (done === undefined || unit === undefined) return [formatSeconds(elapsedMs)]
  const perMs = (done - doneBefore) / elapsedMs
  if (elapsedMs < PACE_AFTER_MS || !(perMs > 0)) return []
  const perSecond = perMs * 1_000
  const rate =
    unit === 'bytes' ? `${formatBytes(Math.round(perSecond))}/s` : `${Math.round(perSecond).toLocaleString('en')}/s`
  return total === undefined || done >= total ? [rate] : [rate, `${timeText((total - done) / perMs)} left`]
}

/** 95000 → `1 min 35 s` */
function timeText(ms: number): string {
  const total = Math.max(1, Math.round(ms / 1_000))
  const [hours, minutes] = [Math.floor(total / 3_600), Math.floor((total % 3_600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${total % 60} s` : `${total} s`
}

/** Removes control characters: names of tables come from the database and must not move the cursor. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, ' ')
}
