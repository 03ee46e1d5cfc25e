/** Fields that several routes have. */
import * as z from 'zod/mini'
import { isStorableTime } from '#db/storable'

/** From a query string: digits and nothing else, so that `1e2`, ` 5` and `` are refused. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .pipe(
      z.string(message).check(z.regex(/^\d{1,9}$/, message)),
      z.pipe(z.transform(Number), z.number(message).check(z.gte(min, message), z.lte(max, message))),
    )
    .register(z.globalRegistry, { type: 'integer', minimum: min, maximum: max })
}

export function pageLimit(max: number, fallback: number) {
  return z._default(wholeNumber(1, max), fallback)
}

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
