/** The day, month and week of a moment in a time zone's calendar. */
interface CalendarDay {
  /** Example: `2026-11-20` */
  day: string
  /** Example: `2026-11` */
  month: string
  /** The Sunday that begins its week: `2026-11-15`. */
  week: string
}

const DAY_MS = 86_400_000

/** @param timezone IANA name, such as `Europe/Istanbul` */
export function createCalendar(timezone: string): (at: Date) => CalendarDay {
  // The Swedish format is ISO 8601.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  return (at) => {
    // A date without a time of day: daylight saving cannot shift it.
    const date = new Date(`${format.format(at)}T00:00:00Z`)
    const sunday = new Date(date.getTime() - date.getUTCDay() * DAY_MS)
    return { day: isoDate(date), month: isoDate(date).slice(0, 7), week: isoDate(sunday) }
  }
}

function isoDate(date: Date): string {
  return date.toISOString().slice(0, 10)
}
