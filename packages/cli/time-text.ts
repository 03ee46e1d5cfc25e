/** Writes times for people: in their own zone, whose offset stands beside each, since it changes with the seasons. */

let shownZone: string | undefined

/** Shows all further times in this zone, for `--utc`. The default is the machine's zone (TZ). */
export function showTimesIn(zone: string): void {
  shownZone = zone
}

/** Writes `2026-11-29 16:23 +03` or `2026-11-29 13:23 UTC`; a text that is no time stays as it is. */
export function formatTime(time: Date | string, zone = shownZone): string {
  const at = new Date(time)
  if (Number.isNaN(at.getTime())) return String(time)
  const { year, month, day, hour, minute, timeZoneName = '' } = formatParts(at, zone)
  return `${year}-${month}-${day} ${hour}:${minute} ${offsetText(timeZoneName)}`
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>()

function formatParts(time: Date, zone: string | undefined): Record<string, string> {
  const format = formats.get(zone) ?? formatIn(zone)
  formats.set(zone, format)
  return Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
}

function formatIn(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', {
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
    timeZone,
  })
}

/** `GMT+03:00` → `+03`, `GMT+05:30` → `+05:30`, `GMT` and `GMT+00:00` → `UTC` */
function offsetText(name: string): string {
  const [, hours = '+00', minutes = '00'] = /^GMT([+-]\d{2}):(\d{2})/.exec(name) ?? []
  if (minutes !== '00') return `${hours}:${minutes}`
  return hours === '+00' ? 'UTC' : hours
}
