/** What a key is made of, over HTTP, on the command line and in an import. */
import * as z from 'zod/mini'
import { SCOPES } from '#db/tables'

const LIMIT = 'must be a whole number from 1 to 1000000'
const TIME = 'must be a time such as 2027-01-31T00:00:00Z'

export const keyFields = {
  name: z
    .string('must be text')
    .check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(200, 'must have at most 200 characters')),
  scopes: z
    .array(z.enum(SCOPES, `must be ${SCOPES.join(', ')}`), 'must be a list of scopes')
    .check(z.minLength(1, 'must hold at least one scope'), z.maxLength(10, 'must hold at most 10 scopes')),
  limit_per_minute: z.optional(z.int(LIMIT).check(z.gte(1, LIMIT), z.lte(1_000_000, LIMIT))),
  expires_at: z.optional(
    z.pipe(
      z.iso.datetime({ offset: true, error: TIME }),
      z.transform((text: string) => new Date(text)),
    ),
  ),
}

export const newKeyBody = z.strictObject(keyFields)
