/** Local times, and which of them a change to summer time skips. */
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

/** `2026-11-21 03:00` */
function wallClock(timezone: string): (at: number) => string {
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
