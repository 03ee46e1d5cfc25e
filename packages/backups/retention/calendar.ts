/** Which day, month and week a moment belongs to, by the calendar on somebody's wall. */
export interface CalendarDay {
  /** `2026-11-20` */
  day: string
  /** `2026-11` */
  month: string
  /** The Sunday on which its week began: `2026-11-15`. */
  week: string
}

const DAY_MS = 86_400_000

/** @param timezone IANA name, such as `Europe/Istanbul` */
export function calendarIn(timezone: string): (at: Date) => CalendarDay {
  // Swedes write dates as ISO 8601 does
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  return (at) => {
    // from here on a date without a time: no change of the clock can move it
    const date = new Date(`${format.format(at)}T00:00:00Z`)
    const sunday = new Date(date.getTime() - date.getUTCDay() * DAY_MS)
    return { day: isoDate(date), month: isoDate(date).slice(0, 7), week: isoDate(sunday) }
  }
}

function isoDate(date: Date): string {
  return date.toISOString().slice(0, 10)
}
