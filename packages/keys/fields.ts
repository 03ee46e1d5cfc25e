/** Fields of a new key, for the API, the command and the import. */
import * as z from 'zod/mini'
import { defineLine, defineWholeNumber, instant } from '#db/input-fields'
import { type Scope, SCOPES } from '#db/tables'

export const keyFields = {
  name: defineLine(1, 200).check(z.describe('Name of the owner, shown in lists and logs')),
  scopes: z.pipe(
    z
      .array(z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`), 'must be a list of scopes')
      .check(
        z.minLength(1, 'must contain at least one scope'),
        z.maxLength(10, 'must contain at most 10 scopes'),
        z.describe('What the key may do; admin includes the others'),
      ),
    z.transform((scopes: Scope[]) => [...new Set(scopes)]),
  ),
  limit_per_minute: z
    .optional(defineWholeNumber(1, 1_000_000))
    .check(z.describe('Requests per minute; the default limit applies without it')),
  expires_at: z
    .optional(instant)
    .check(z.describe('The key stops working at this time; without it, the key does not expire')),
}

export const newKeyBody = z.strictObject(keyFields)
