import type { Queryable } from '#db/client'
import { type LeadQuery, type LeadRow, listLeads } from '#leads/list/list-leads'

/** Follows the cursors from the first page to the last. No page but a first one is empty. */
export async function walkLeads(db: Queryable, query: LeadQuery, few?: number): Promise<LeadRow[]> {
  const leads: LeadRow[] = []
  for (let cursor: string | undefined; ;) {
    const page = await listLeads(db, { ...query, cursor }, few)
    leads.push(...page.leads)
    if (page.nextCursor === null) return leads
    if (page.leads.length === 0) throw new Error('an empty page names a next one')
    cursor = page.nextCursor
  }
}
