/** The options that choose and sort leads, for every command that lists them. */
import type { ArgsDef } from 'citty'
import { REFERRAL_KINDS } from '#db/tables'
import { BEST_FIRST, LEAD_SORTS } from '#leads/list/lead-order'
import { SEGMENTS } from '#leads/score/segment'

const text = (description: string) => ({ type: 'string', description }) as const

export const FILTER_ARGS = {
  segment: { type: 'enum', options: [...SEGMENTS], description: 'Only this segment' },
  provider: text('Id of the mailbox provider, such as google-workspace'),
  'score-min': text('Lowest score, 0 to 100'),
  'score-max': text('Highest score, 0 to 100'),
  text: text(
    'Part of the domain, of the company name or of what its list says, ignoring case and accents; one or two characters match a beginning',
  ),
  'import-id': text('Only companies of this import'),
  'moved-since': text('Only companies whose mail moved, as a scan from this time on found'),
  referral: { type: 'enum', options: [...REFERRAL_KINDS], description: 'Only companies with this kind of referral' },
  sort: {
    type: 'enum',
    options: [...LEAD_SORTS],
    default: BEST_FIRST,
    valueHint: 'ORDER',
    description: `Order: ${BEST_FIRST} (best first: by priority, then by score), or one of ${LEAD_SORTS.filter((sort) => sort !== BEST_FIRST).join(', ')}`,
  },
} satisfies ArgsDef

export const FILTER_NAMES = [
  'segment',
  'provider',
  'score-min',
  'score-max',
  'text',
  'import-id',
  'moved-since',
  'referral',
  'sort',
] as const

/** Names options as the API's fields: `score-min` becomes `score_min`. */
export function toFields<Name extends string>(
  names: readonly Name[],
  args: { [name in Name]?: string | undefined },
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name.replace('-', '_'), args[name]]))
}
