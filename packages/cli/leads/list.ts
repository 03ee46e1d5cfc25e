import { leadQuery, toLeadFilters } from '#api/leads/inputs'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { type LeadPage, listLeads } from '#leads/list/list-leads'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { FILTER_ARGS, FILTER_NAMES, toFields } from '#cli/leads/filter-args'
import { formatLeads } from '#cli/leads/lead-table'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'

const text = (description: string) => ({ type: 'string', description }) as const

export const listCommand = withExamples(
  {
    args: {
      ...FILTER_ARGS,
      limit: text('Leads per page, 1 to 200 (default: 50)'),
      cursor: text('Cursor that the previous page printed'),
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const query = parseFilters(args)
      const page = await withDatabase((db) => listLeads(db, query))
      print(args.json ? JSON.stringify(toSnakeCaseKeys(page)) : formatPage(page, hasFilter(query)))
    },
  },
  ['npx hunter leads list', 'npx hunter leads list --segment Migration --score-min 70 --sort=-scanned_at --json'],
)

const NAMES = [...FILTER_NAMES, 'limit', 'cursor'] as const

function parseFilters(args: { [name in (typeof NAMES)[number]]?: string | undefined }) {
  return toLeadFilters(checkOptions(leadQuery, toFields(NAMES, args)))
}

/** True when a filter or a cursor may leave leads out. */
function hasFilter({ sort: _sort, limit: _limit, ...chosen }: ReturnType<typeof parseFilters>): boolean {
  return Object.values(chosen).some((value) => value !== undefined)
}

function formatPage({ leads, nextCursor }: LeadPage, isFiltered: boolean): string {
  if (leads.length === 0) {
    return isFiltered ? 'No lead matches.' : 'No leads yet: companies appear here once they have been scanned.'
  }
  const more = nextCursor === null ? [] : [paint('dim', `More: --cursor ${nextCursor}`)]
  return [formatLeads(leads), ...more].join('\n')
}
