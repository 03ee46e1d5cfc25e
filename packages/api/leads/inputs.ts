/** Filters and sort orders of the lead list, for the API and the command. */
import * as z from 'zod/mini'
import { pageFields, wholeNumber } from '#api/http/fields'
import type { SnakeCase } from '#api/http/snake-case'
import { limitCharacters } from '#db/input-fields'
import { LEAD_SORTS } from '#leads/list/lead-order'
import type { LeadFilters } from '#leads/list/list-leads'
import { LOOKUP_DOMAINS_MAX } from '#leads/lookup-leads'
import { SEGMENTS } from '#leads/score/segment'

type FilterName = SnakeCase<keyof LeadFilters>

/** Exactly one input for each filter of `listLeads`: the query would ignore any other. */
const filters = {
  segment: z.optional(
    z.enum(SEGMENTS, `must be one of ${SEGMENTS.join(', ')}`).check(z.describe('Only leads of this segment')),
  ),
  provider: z.optional(
    z
      .string()
      .check(
        z.regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a provider, such as google-workspace'),
        z.meta({ description: 'Only leads with this mailbox provider', examples: ['google-workspace'] }),
      ),
  ),
  score_min: z.optional(wholeNumber(0, 100, 'Only leads with at least this score', 60)),
  score_max: z.optional(wholeNumber(0, 100, 'Only leads with at most this score', 100)),
  text: z.optional(
    z.string().check(
      z.trim(),
      z.regex(/^[^\p{C}]{1,100}$/u, 'must be 1 to 100 characters'),
      z.meta({
        description:
          'Part of the domain, in Unicode or punycode. Case, accents and the dots of a Turkish i are ignored. One or two characters match only the beginning of a domain',
        examples: ['acme'],
      }),
    ),
  ),
} satisfies Record<FilterName, z.ZodMiniType>

export const leadQuery = z.strictObject({
  ...filters,
  sort: z._default(
    z
      .enum(LEAD_SORTS, `must be one of ${LEAD_SORTS.join(', ')}`)
      .check(z.describe('Sort order; a minus sign means descending')),
    '-score',
  ),
  ...pageFields,
})

/** A text that is no domain is answered with the reason, so only its length has a limit here. */
export const lookupBody = z.strictObject({
  domains: z
    .array(z.string('must be text').check(limitCharacters(0, 2_048)), 'must be a list of domains')
    .check(
      z.describe('Domains, hosts, URLs or e-mail addresses'),
      z.minLength(1, 'must name at least one domain'),
      z.maxLength(LOOKUP_DOMAINS_MAX, `must name at most ${LOOKUP_DOMAINS_MAX} domains`),
    ),
})
