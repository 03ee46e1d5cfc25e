/** The options that choose and sort leads, for every command that lists them. */
import type { ArgsDef } from 'citty'
import { LEAD_SORTS } from '#leads/list/lead-order'
import { SEGMENTS } from '#leads/score/segment'

const text = (description: string) => ({ type: 'string', description }) as const

/** The default order, which the API does not have. */
export const BEST = 'best'

export const FILTER_ARGS = {
  segment: { type: 'enum', options: [...SEGMENTS], description: 'Only this segment' },
  provider: text('Id of the mailbox provider, such as google-workspace'),
  'score-min': text('Lowest score, 0 to 100'),
  'score-max': text('Highest score, 0 to 100'),
  text: text('Part of the domain, ignoring case and accents; one or two characters match its beginning'),
  sort: {
    type: 'enum',
    options: [BEST, ...LEAD_SORTS],
    default: BEST,
    valueHint: 'ORDER',
    description: `${BEST} (priority, then score), or one of ${LEAD_SORTS.join(', ')}`,
  },
} satisfies ArgsDef

export const FILTER_NAMES = ['segment', 'provider', 'score-min', 'score-max', 'text', 'sort'] as const

/** Names options as the API's fields: `score-min` becomes `score_min`. */
export function toFields<Name extends string>(
  names: readonly Name[],
  args: { [name in Name]?: string | undefined },
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name.replace('-', '_'), args[name]]))
}
