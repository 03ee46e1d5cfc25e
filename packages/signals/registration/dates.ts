/** Parses dates in the many forms that registries write. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Hours ahead of UTC for the time zones that registries name. */
const ZONES: Record<string, number> = {
  est: -5,
  edt: -4,
  cet: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  trt: 3,
  msk: 3,
  jst: 9,
  kst: 9,
}

const YEAR_MIN = 1980
const YEAR_MAX = 2200
const LENGTH_MAX = 64

interface Day {
  year: string | undefined
  month: string | undefined
  day: string | undefined
}

interface Form {
  pattern: RegExp
  order: (keyof Day)[]
}

/** The first form that gives a real day wins: of two numbers, the day comes before the month. */
const DATE_FORMS: Form[] = [
  { pattern: /^(\d{4})(\d{2})(\d{2})(?=\D|$|\d{6}(?!\d))/, order: ['year', 'month', 'day'] },
  { pattern: /^(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})(?!\d)/, order: ['year', 'month', 'day'] },
  { pattern: /^(\d{4})[-/. ]([a-z]{3,9})[-/. ](\d{1,2})(?!\d)/, order: ['year', 'month', 'day'] },
  { pattern: /^(\d{1,2})[-/. ]([a-z]{3,9})[-/.,]? ?(\d{4}|\d{2})(?!\d)/, order: ['day', 'month', 'year'] },
  { pattern: /^([a-z]{3,9})[-/. ](\d{1,2})(?:, ?|[-/. ])(\d{4})(?!\d)/, order: ['month', 'day', 'year'] },
  { pattern: /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)/, order: ['day', 'month', 'year'] },
  { pattern: /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)/, order: ['month', 'day', 'year'] },
]

const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /
/** `sat aug 22 10:00:00 utc 2026`: the year comes last. */
const C_TIME = /^([a-z]{3} \d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?)((?: [a-z]{3,4})?) (\d{4})$/
const TIME =
  /^[t, ]{0,3}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)? ?([ap]m)? ?\(?(z|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?|[a-z]{3,4})?/

/** `030405` after a date, with or without a separator. */
const COMPACT_TIME = /^([t ]?)(\d{2})(\d{2})(\d{2})(?!\d)/

/** Returns `YYYY-MM-DDTHH:MM:SSZ`, or null. A day without a time means its midnight; a time without a zone is UTC. */
export function parseRegistryDate(text: string): string | null {
  if (text.length > LENGTH_MAX) return null
  const plain = text.trim().toLowerCase().replace(/\s+/g, ' ').replace(WEEKDAY, '').replace(C_TIME, '$1 $4 $2$3')
  for (const { pattern, order } of DATE_FORMS) {
    const match = pattern.exec(plain)
    if (!match) continue
    const part = (name: keyof Day) => match[order.indexOf(name) + 1]
    const date = parseDay({ year: part('year'), month: part('month'), day: part('day') })
    if (date !== null) return addTime(date, plain.slice(match[0].length))
  }
  return null
}

/** Returns midnight in milliseconds; null for an impossible day, or one outside a domain's possible life. */
function parseDay({ year: written = '', month = '', day = '' }: Day): number | null {
  const year = written.length === 2 ? expandYear(written) : written
  const monthNumber = MONTHS.indexOf(month.slice(0, 3)) + 1 || Number(month)
  const date = new Date(Date.UTC(Number(year), monthNumber - 1, Number(day)))
  const isReal = date.getUTCMonth() === monthNumber - 1 && date.getUTCDate() === Number(day)
  const isLikely = Number(year) >= YEAR_MIN && Number(year) <= YEAR_MAX
  return isReal && isLikely ? date.getTime() : null
}

/** No domain is older than 1980: `99` is 1999, and `28` is 2028. */
function expandYear(twoDigits: string): string {
  return `${Number(twoDigits) < YEAR_MIN % 100 ? 20 : 19}${twoDigits}`
}

function addTime(midnightMs: number, rest: string): string {
  const [, hours = '0', minutes = '0', seconds = '0', half, zone = ''] =
    TIME.exec(rest.replace(COMPACT_TIME, '$1$2:$3:$4')) ?? []
  const hour = half ? (Number(hours) % 12) + (half === 'pm' ? 12 : 0) : Number(hours)
  const isTime = hour < 24 && Number(minutes) < 60 && Number(seconds) < 61
  const timeMs = isTime ? ((hour * 60 + Number(minutes) - parseOffset(zone)) * 60 + Number(seconds)) * 1_000 : 0
  return new Date(midnightMs + timeMs).toISOString().replace('.000Z', 'Z')
}

function parseOffset(zone: string): number {
  const match = /([+-])(\d{1,2}):?(\d{2})?$/.exec(zone)
  if (!match) return (ZONES[zone] ?? 0) * 60
  const [, sign, hours, minutes = '0'] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
