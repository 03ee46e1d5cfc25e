/** When the digest of a channel is due. Pure. */
import { findNextTime, listLocalDays } from '#platform/local-time'

export interface DueDigest {
  at: Date
  /** `2026-11-30` in the channel's time zone. */
  day: string
}

/** No two hours of neighbouring days are further apart. */
const TWO_DAYS_MS = 50 * 60 * 60_000

/**
 * Returns the newest digest that is due after `from`, where the last one ended. A digest that is not made within a day
 * gives way to the next one, whose period then begins where the last digest ended: it is late, and nothing is lost.
 */
export function findDueDigest(
  { digestHour, timezone, from }: { digestHour: number; timezone: string; from: Date },
  now: Date,
): DueDigest | null {
  let at = findNextTime(digestHour * 60, timezone, from)
  if (at > now) return null
  if (now.getTime() - at.getTime() > TWO_DAYS_MS)
    at = findNextTime(digestHour * 60, timezone, new Date(now.getTime() - TWO_DAYS_MS))
  for (let next = at; next <= now; next = findNextTime(digestHour * 60, timezone, next)) at = next
  return nameDay(at, timezone)
}

/** Returns the digest that a channel gets next, which may be late. `made`: days that have a digest get no second one. */
export function findNextDigest(
  { digestHour, timezone, from }: { digestHour: number; timezone: string; from: Date },
  { now, made }: { now: Date; made: readonly string[] },
): DueDigest {
  const next = (after: Date) => nameDay(findNextTime(digestHour * 60, timezone, after), timezone)
  let due = findDueDigest({ digestHour, timezone, from }, now) ?? next(now)
  while (made.includes(due.day)) due = next(due.at)
  return due
}

function nameDay(at: Date, timezone: string): DueDigest {
  const [today] = listLocalDays(timezone, 1, at)
  return { at, day: today?.day ?? at.toISOString().slice(0, 10) }
}
