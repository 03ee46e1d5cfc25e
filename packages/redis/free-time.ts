/** The rule of a sliding window, which Redis's script and this instance's memory share, and when it lets the next token through. */

/** What was taken in the window before, and in the current one. Windows start at multiples of their length. */
interface WindowCounts {
  previous: number
  current: number
}

export interface WindowState extends WindowCounts {
  windowMs: number
  nowMs: number
}

/** All of the current window counts, and the share of the one before that lies less than a window back. */
export function countUsed({ previous, current, windowMs, nowMs }: WindowState): number {
  return Math.floor((previous * (windowMs - (nowMs % windowMs))) / windowMs) + current
}

/** The first millisecond from `nowMs` on at which one more token fits, if no call takes one before. A limit is at least 1. */
export function findFreeTime({ previous, current, windowMs, nowMs, limit }: WindowState & { limit: number }): number {
  const startMs = nowMs - (nowMs % windowMs)
  const here = findFreeOffset(previous, limit - current - 1, windowMs)
  if (here !== undefined) return Math.max(nowMs, startMs + here)
  const next = findFreeOffset(current, limit - 1, windowMs)
  return startMs + windowMs + (next ?? windowMs)
}

/** The first millisecond of a window in which no more than `room` of the window before still count; undefined: none of it. */
function findFreeOffset(before: number, room: number, windowMs: number): number | undefined {
  if (room < 0) return undefined
  if (before <= room) return 0
  const leftMs = Math.ceil(((room + 1) * windowMs) / before) - 1
  return leftMs < 1 ? undefined : windowMs - leftMs
}
