/** Fields of a new key, for the API, the command and the import. */
import * as z from 'zod/mini'
import { instant, defineLine } from '#db/input-fields'
import { type Scope, SCOPES } from '#db/tables'

const LIMIT = 'must be a whole number from 1 to 1000000'

export const keyFields = {
  name: defineLine(1, 200),
  scopes: z.pipe(
    z
      .array(z.enum(SCOPES, `must be ${SCOPES.join(', ')}`), 'must be a list of scopes')
      .check(z.minLength(1, 'must hold at least one scope'), z.maxLength(10, 'must hold at most 10 scopes')),
    z.transform((scopes: Scope[]) => [...new Set(scopes)]),
  ),
  limit_per_minute: z.optional(z.int(LIMIT).check(z.gte(1, LIMIT), z.lte(1_000_000, LIMIT))),
  expires_at: z.optional(instant),
}

export const newKeyBody = z.strictObject(keyFields)
