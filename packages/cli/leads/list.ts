import { leadQuery, toLeadFilters } from '#api/leads/inputs'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { type LeadPage, type LeadRow, listLeads } from '#leads/list/list-leads'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { FILTER_ARGS, FILTER_NAMES, toFields } from '#cli/leads/filter-args'
import { toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
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
      const query = queryOf(args)
      const page = await withDatabase((db) => listLeads(db, query))
      print(args.json ? JSON.stringify(toSnakeCaseKeys(page)) : textOf(page))
    },
  },
  ['npx hunter leads list', 'npx hunter leads list --segment Migration --score-min 70 --sort=-scanned_at --json'],
)

const NAMES = [...FILTER_NAMES, 'limit', 'cursor'] as const

function queryOf(args: { [name in (typeof NAMES)[number]]?: string | undefined }) {
  return toLeadFilters(checkOptions(leadQuery, toFields(NAMES, args)))
}

/** Columns that leave a narrow terminal first; `leads show` has them all. */
const LEAVES = ['scanned', 'range', 'gateway', 'mailbox', 'company']

function textOf({ leads, nextCursor }: LeadPage): string {
  if (leads.length === 0) return 'No leads yet: companies appear here once they have been scanned.'
  const headings = ['domain', 'company', 'segment', 'priority', 'score', 'range', 'mailbox', 'gateway', 'scanned']
  const lines = [formatTable(headings, leads.map(rowOf), { wraps: ['company'], leaves: LEAVES })]
  if (nextCursor !== null) lines.push(paint('dim', `More: --cursor ${nextCursor}`))
  return lines.join('\n')
}

function rowOf(lead: LeadRow): (string | number)[] {
  const { domain, company, segment, provisional, priority, score, scoreMin, scoreMax, mailbox, gateway, scannedAt } =
    lead
  return [
    domain,
    company === null ? '' : toPrintableBeginning(company),
    provisional ? `${segment}?` : segment,
    priority,
    score,
    scoreMin === scoreMax ? '' : `${scoreMin}–${scoreMax}`,
    mailbox,
    gateway ?? '',
    formatTime(scannedAt),
  ]
}
