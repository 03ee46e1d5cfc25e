/** Fields of input that Postgres stores as they are: a line of text, a whole number and a time. */
import * as z from 'zod/mini'
import { isStorableTime } from '#db/storable'
import { hasCharacters, hasHiddenText } from '#platform/visible-text'

/** `max` characters as the contract counts them, which are code points. */
export function limitCharacters(min: number, max: number) {
  const error = `must have ${min > 0 ? `${min} to ${max}` : `at most ${max}`} characters`
  return z.refine<string>((text) => hasCharacters(text, min, max), { error, abort: true })
}

/** A name or a note: what a person reads in a list, in a log and in a terminal. */
export function defineLine(min: number, max: number) {
  return z
    .string('must be text')
    .check(
      z.trim(),
      limitCharacters(min, max),
      z.refine((text: string) => !hasHiddenText(text), { error: 'must be one line without hidden characters' }),
    )
    .register(z.globalRegistry, { minLength: min, maxLength: max })
}

/** A number of a JSON body. `unit` completes the message, such as "of days". */
export function defineWholeNumber(min: number, max: number, unit = '') {
  const error = `must be a whole number ${unit === '' ? '' : `${unit} `}from ${min} to ${max}`
  return z.int(error).check(z.gte(min, error), z.lte(max, error))
}

const TIME = 'must be a time of the years 1 to 9999, such as 2027-01-31T00:00:00Z'

export const instant = z
  .pipe(
    z.iso.datetime({ offset: true, error: explainTime }),
    z.transform((text: string) => new Date(text)),
  )
  .check(z.refine(isStorableTime, { error: TIME }))

/** A query turns the `+` of `+03:00` into a space. */
function explainTime({ input }: { input?: unknown }): string {
  return typeof input === 'string' && /T.* \d\d:?\d\d$/.test(input) ? `${TIME}; write its + as %2B in a URL` : TIME
}
