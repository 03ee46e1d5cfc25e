/** Times as exact as Postgres keeps them: to the microsecond, where a `Date` ends at the millisecond. */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import * as z from 'zod/mini'
import { isStorableTime } from '#db/storable'

/** `2026-11-20T08:00:00.000001Z`, whatever the session's time zone is. */
export function selectMoment(column: SQLWrapper): SQL<string> {
  return sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** What `selectMoment` gives, and Postgres reads again. */
export const moment = z.iso.datetime({ precision: 6 }).check(z.refine((text: string) => isStorableTime(new Date(text))))
