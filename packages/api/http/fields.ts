/** Input fields that several routes and commands share. */
import * as z from 'zod/mini'

/** A whole number in a query string. Accepts digits only: `1e2`, ` 5` and the empty text are refused. */
export function wholeNumber(min: number, max: number, description: string, example = min) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .pipe(
      z.string(message).check(z.regex(/^\d{1,9}$/, message)),
      z.pipe(z.transform(Number), z.number(message).check(z.gte(min, message), z.lte(max, message))),
    )
    .register(z.globalRegistry, { type: 'integer', minimum: min, maximum: max, description, examples: [example] })
}

/** Most items of one page of a list. */
export const PAGE_ITEMS_MAX = 200

export function pageLimit(max: number, fallback: number) {
  return z._default(wholeNumber(1, max, 'Items per page'), fallback)
}

export const pageFields = {
  limit: pageLimit(PAGE_ITEMS_MAX, 50),
  cursor: z.optional(
    z.string().check(
      z.maxLength(1_000, 'must be the next_cursor of the previous page'),
      z.meta({
        description: 'next_cursor of the previous page; leave it out for the first page',
        examples: ['WyIyMDI2LTExLTIwVDA5OjAwOjAwLjAwMDAwMFoiLDQyXQ'],
      }),
    ),
  ),
}

/** Refuses a range whose lower limit is above its upper one, and names both: its empty list would hide the mistake. */
export function checkRange<From extends string, To extends string>(from: From, to: To) {
  type Range = { [Name in From | To]?: number | Date | undefined }
  return z.check<Range>(({ value, issues }) => {
    const [lower, upper] = [value[from], value[to]]
    if (lower === undefined || upper === undefined || lower <= upper) return
    const [above, below] = lower instanceof Date ? ['later', 'earlier'] : ['greater', 'less']
    issues.push(
      { code: 'custom', path: [from], input: lower, message: `must not be ${above} than the upper limit` },
      { code: 'custom', path: [to], input: upper, message: `must not be ${below} than the lower limit` },
    )
  })
}

/** Input of an operation that takes none. */
export const nothing = z.strictObject({})

/** Query of a list without filters. */
export const pageQuery = z.strictObject(pageFields)
