/** Filters and sort orders of the lead list, for the API and the command. */
import * as z from 'zod/mini'
import { pageFields, wholeNumber } from '#api/http/fields'
import type { SnakeCase } from '#api/http/snake-case'
import { LEAD_SORTS } from '#leads/list/lead-order'
import type { LeadFilters } from '#leads/list/list-leads'
import { SEGMENTS } from '#leads/score/segment'

const score = wholeNumber(0, 100)
type FilterName = SnakeCase<keyof LeadFilters>

/** Exactly one input for each filter of `listLeads`: the query would ignore any other. */
const filters = {
  segment: z.optional(z.enum(SEGMENTS, `must be one of ${SEGMENTS.join(', ')}`)),
  provider: z.optional(
    z.string().check(z.regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a provider, such as google-workspace')),
  ),
  score_min: z.optional(score),
  score_max: z.optional(score),
  text: z.optional(
    z
      .string()
      .check(
        z.trim(),
        z.regex(/^[^\p{C}]{1,100}$/u, 'must be 1 to 100 characters'),
        z.describe(
          'Part of the domain, in letters or punycode; case, accents and the dots of a Turkish i do not count. One or two characters: its beginning',
        ),
      ),
  ),
} satisfies Record<FilterName, z.ZodMiniType>

export const leadQuery = z.strictObject({
  ...filters,
  sort: z._default(z.enum(LEAD_SORTS, `must be one of ${LEAD_SORTS.join(', ')}`), '-score'),
  ...pageFields,
})
