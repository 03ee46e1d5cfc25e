/** Local times and days, and which times a change to summer time skips. */
const DAY_MS = 86_400_000
const DAYS_AHEAD = 366

export function isTimeOfDay(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text)
}

/** True for an IANA name that this Node knows. */
export function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/**
 * Returns the first day of the coming year, such as `2027-03-28`, on which the clocks skip `time`; undefined when none
 * does. EventBridge Scheduler skips a run at such a time.
 */
export function findSkippedDay(time: string, timezone: string, from: Date): string | undefined {
  const wall = wallClock(timezone)
  const offsetMs = (at: number) => Date.parse(`${wall(at).replace(' ', 'T')}Z`) - at
  const isThere = (wanted: string) => {
    const naive = Date.parse(`${wanted.replace(' ', 'T')}Z`)
    return [naive - DAY_MS, naive + DAY_MS].some((near) => wall(naive - offsetMs(near)) === wanted)
  }
  const days = Array.from({ length: DAYS_AHEAD }, (_, day) => wall(from.getTime() + day * DAY_MS).slice(0, 10))
  return days.find((day) => !isThere(`${day} ${time}`))
}

const QUARTER_MS = 15 * 60_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * Returns the next moment after `after` at which a day's clock first shows this time, in minutes after midnight, or,
 * where the clocks skip it, a later one: once a day, also on the days of a change to summer or winter time.
 */
export function findNextTime(minutes: number, timezone: string, after: Date): Date {
  const wall = wallClock(timezone)
  const naive = (at: number) => Date.parse(`${wall(at).replace(' ', 'T')}Z`)
  const offsetMs = naive(after.getTime()) - Math.floor(after.getTime() / 60_000) * 60_000
  const today = Date.parse(`${wall(after.getTime()).slice(0, 10)}T00:00Z`)
  for (let day = today; ; day += DAY_MS) {
    const target = new Date(day + minutes * MINUTE_MS).toISOString().slice(0, 16).replace('T', ' ')
    let at = day + minutes * MINUTE_MS - offsetMs - SHIFT_MS_MAX
    while (wall(at) < target) at += QUARTER_MS
    if (at > after.getTime()) return new Date(at)
  }
}

/** No change of the clocks since 1970 moved them further, but for those that skipped a whole day. */
const SHIFT_MS_MAX = 3 * HOUR_MS

export interface LocalDay {
  /** `2026-11-21` */
  day: string
  /** Its first moment: 23 to 25 hours before the next day's, and not midnight where the clocks skip it. */
  start: Date
}

/** Lists the last `days` days of a time zone, today included, oldest first. */
export function listLocalDays(timezone: string, days: number, now: Date): LocalDay[] {
  const wall = wallClock(timezone)
  const today = Date.parse(`${wall(now.getTime()).slice(0, 10)}T00:00Z`)
  let lastMs = NaN
  return Array.from({ length: days }, (_, at) => {
    const day = new Date(today - (days - 1 - at) * DAY_MS).toISOString().slice(0, 10)
    const usual = lastMs + DAY_MS
    lastMs = !Number.isNaN(usual) && wall(usual) === `${day} 00:00` ? usual : findDayStart(wall, day)
    return { day, start: new Date(lastMs) }
  })
}

/** Searches for the first quarter of an hour of the day: no zone changes its clocks at another time. */
function findDayStart(wall: (at: number) => string, day: string): number {
  const utcMs = Date.parse(`${day}T00:00Z`)
  let [before, from] = [utcMs - DAY_MS, utcMs + DAY_MS]
  while (from - before > QUARTER_MS) {
    const middle = before + Math.floor((from - before) / QUARTER_MS / 2) * QUARTER_MS
    if (wall(middle).slice(0, 10) < day) before = middle
    else from = middle
  }
  return from
}

/** Making one takes longer than hundreds of uses. There are some six hundred zones. */
const clocks = new Map<string, (at: number) => string>()

/** `2026-11-21 03:00` */
function wallClock(timezone: string): (at: number) => string {
  const known = clocks.get(timezone)
  if (known) return known
  const made = makeWallClock(timezone)
  clocks.set(timezone, made)
  return made
}

function makeWallClock(timezone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  return (at) => format.format(at)
}
