/** Filters and sort orders of the lead list, for the API and the command. */
import * as z from 'zod/mini'
import { checkRange, pageFields, wholeNumber } from '#api/http/fields'
import { defineKnownName } from '#api/http/known-name'
import type { SnakeCase } from '#api/http/snake-case'
import { instant, limitCharacters } from '#db/input-fields'
import { REFERRAL_KINDS } from '#db/tables'
import { DELIMITERS, EXPORT_COLUMNS, EXPORT_FORMATS } from '#exports/formats'
import { BEST_FIRST, LEAD_SORTS } from '#leads/list/lead-order'
import type { LeadFilters } from '#leads/list/lead-filters'
import { LOOKUP_DOMAINS_MAX } from '#leads/lookup-leads'
import { SEGMENTS } from '#leads/score/segment'
import { MAILBOX_IDS } from '#signals/provider/fingerprints'

type FilterName = SnakeCase<keyof LeadFilters>

/** Exactly one input for each filter of `listLeads`: the query would ignore any other. */
export const filters = {
  segment: z.optional(
    z.enum(SEGMENTS, `must be one of ${SEGMENTS.join(', ')}`).check(z.describe('Only leads of this segment')),
  ),
  provider: z.optional(
    defineKnownName(MAILBOX_IDS, 'the id of a mailbox provider').check(
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
          'Part of the domain, in Unicode or punycode, or of what an imported list says about the company: its name, the domain of its e-mail address, its other columns. Case, accents and the dots of a Turkish i are ignored. One or two characters match only the beginning of the domain or the name',
        examples: ['acme'],
      }),
    ),
  ),
  import_id: z.optional(
    z.uuid('must be the id of an import').check(
      z.meta({
        description: 'Only companies of this import, even those that an earlier import had',
        examples: ['0190f0a0-0000-7000-8000-000000000000'],
      }),
    ),
  ),
  moved_since: z.optional(instant).check(
    z.meta({
      description: 'Only companies whose mail moved, as a scan from this time on found; `GET /moves` says where',
      examples: ['2026-11-20T00:00:00Z'],
    }),
  ),
  referral: z.optional(
    z
      .enum(REFERRAL_KINDS, `must be one of ${REFERRAL_KINDS.join(', ')}`)
      .check(z.describe('Only companies whose best open referral of Partner Center is of this kind')),
  ),
} satisfies Record<FilterName, z.ZodMiniType>

/** Names the filters as `listLeads` does, and leaves the rest of the query as it is. */
export function toLeadFilters<
  Query extends {
    score_min?: number | undefined
    score_max?: number | undefined
    import_id?: string | undefined
    moved_since?: Date | undefined
  },
>({ score_min: scoreMin, score_max: scoreMax, import_id: importId, moved_since: movedSince, ...rest }: Query) {
  return { ...rest, scoreMin, scoreMax, importId, movedSince }
}

const listed = {
  ...filters,
  sort: z._default(
    z
      .enum(LEAD_SORTS, `must be one of ${LEAD_SORTS.join(', ')}`)
      .check(
        z.describe(
          'Sort order; a minus sign means descending. `priority` lists the best leads first: by priority, then by score',
        ),
      ),
    BEST_FIRST,
  ),
}

export const scoreRange = checkRange('score_min', 'score_max')

export const leadQuery = z.strictObject({ ...listed, ...pageFields }).check(scoreRange)

/** Only the list still takes the filter on favourites: an export that ignored it would hold every lead. */
export const leadListQuery = z
  .strictObject({
    ...listed,
    ...pageFields,
    favorite: z.optional(
      z.enum(['true', 'false'], 'must be true or false').register(z.globalRegistry, {
        description: 'Retired: true answers an empty list, because Hunter no longer keeps favourites',
        deprecated: true,
      }),
    ),
  })
  .check(scoreRange)

const columnName = z.enum(EXPORT_COLUMNS, `must name only ${EXPORT_COLUMNS.join(', ')}`)
const columns = z
  .pipe(
    z.string().check(z.maxLength(1_000, 'must be at most 1,000 characters')),
    z.pipe(
      z.transform((text: string) => text.split(',').map((name) => name.trim())),
      z
        .array(columnName)
        .check(z.refine((names) => new Set(names).size === names.length, 'must name each column once')),
    ),
  )
  .register(z.globalRegistry, {
    description: `Columns in the order of the file, separated by commas: ${EXPORT_COLUMNS.join(', ')}. By default all except the networks and countries, which need IP enrichment, and fields, which stands for every other column of the imported lists`,
  })

/** The whole list as a file: the list's filters and sorts, without pages. */
export const exportQuery = z
  .strictObject({
    ...listed,
    format: z._default(
      z.enum(EXPORT_FORMATS, `must be one of ${EXPORT_FORMATS.join(', ')}`).check(z.describe('Format of the file')),
      'csv',
    ),
    columns: z.optional(columns),
    delimiter: z.optional(
      z
        .enum(DELIMITERS, 'must be a comma, a semicolon, a bar or a tab')
        .check(z.describe('Character between the cells of a CSV file: `;` by default for Turkish, else `,`')),
    ),
  })
  .check(
    scoreRange,
    z.refine(({ format, delimiter }) => format === 'csv' || delimiter === undefined, {
      path: ['delimiter'],
      message: 'has a meaning only in the format csv',
    }),
  )

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
