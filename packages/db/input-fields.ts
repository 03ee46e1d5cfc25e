/** Fields of input that Postgres stores as they are: a line of text and a time. */
import * as z from 'zod/mini'
import { isStorableTime } from '#db/storable'

/** What would break a line, hide or reverse text where a person reads it, and halves of surrogate pairs. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u

/** A name or a note. */
export function oneLine(max: number) {
  return z.string('must be text').check(
    z.trim(),
    z.maxLength(max, `must have at most ${max} characters`),
    z.refine((text: string) => !UNFIT.test(text), { error: 'must be one line without control characters' }),
  )
}

const TIME = 'must be a time of the years 1 to 9999, such as 2027-01-31T00:00:00Z'

export const instant = z
  .pipe(
    z.iso.datetime({ offset: true, error: TIME }),
    z.transform((text: string) => new Date(text)),
  )
  .check(z.refine(isStorableTime, { error: TIME }))
