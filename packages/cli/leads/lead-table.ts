/** A page of leads as a table. */
import type { LeadRow } from '#leads/list/list-leads'
import { toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { formatTime } from '#cli/time-text'

/** Columns that leave a narrow terminal first; `leads show` has them all. */
const LEAVES = ['scanned', 'range', 'gateway', 'referral', 'mailbox', 'company']
const HEADINGS = ['domain', 'company', 'segment', 'priority', 'score', 'range', 'mailbox', 'gateway']

/** Few lists have referrals; the others have no empty column. */
export function formatLeads(leads: LeadRow[]): string {
  const hasReferrals = leads.some(({ referral }) => referral !== null)
  const headings = [...HEADINGS, ...(hasReferrals ? ['referral'] : []), 'scanned']
  const rows = leads.map((lead) => buildRow(lead, hasReferrals))
  return formatTable(headings, rows, { wraps: ['company'], leaves: LEAVES.filter((name) => headings.includes(name)) })
}

function buildRow(lead: LeadRow, hasReferrals: boolean): (string | number)[] {
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
    ...(hasReferrals ? [lead.referral ?? ''] : []),
    formatTime(scannedAt),
  ]
}
