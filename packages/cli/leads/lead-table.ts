/** A page of leads as a table. */
import type { LeadRow } from '#leads/list/list-leads'
import { toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { formatTime } from '#cli/time-text'

/** Columns that leave a narrow terminal first; `leads show` has them all. */
const LEAVES = ['scanned', 'range', 'gateway', 'mailbox', 'company']
const HEADINGS = ['domain', 'company', 'segment', 'priority', 'score', 'range', 'mailbox', 'gateway', 'scanned']

export function formatLeads(leads: LeadRow[]): string {
  return formatTable(HEADINGS, leads.map(buildRow), { wraps: ['company'], leaves: LEAVES })
}

function buildRow(lead: LeadRow): (string | number)[] {
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
