/**
 * Lists leads page by page: one statement chooses a page, whatever its size, and reads its rows. `choosePage` says when a second
 * one is needed, and what is asked before.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { cutPage, type PageQuery } from '#db/page'
import { leadsReady } from '#db/tables'
import { choosePage, FEW } from '#leads/list/choose-page'
import type { LeadFilters } from '#leads/list/lead-filters'
import { type LeadOrder, type LeadSort, resolveLeadOrder, selectKey } from '#leads/list/lead-order'

export interface LeadQuery extends PageQuery, LeadFilters {
  sort: LeadSort
}

export type LeadRow = Omit<Row['lead'], 'companyId'>

export interface LeadPage {
  leads: LeadRow[]
  /** null on the last page. */
  nextCursor: string | null
}

/**
 * `few`: how many matches are collected rather than met in a walk, for tests with a small table.
 * @throws AppError VALIDATION_FAILED for a cursor that is damaged or belongs to another sort
 */
export async function listLeads(db: Queryable, query: LeadQuery, few = FEW): Promise<LeadPage> {
  const order = resolveLeadOrder(query)
  let rows: Row[] = []
  for (const page of await choosePage(db, query, order, few)) {
    rows = await readPage(db, page, order)
    if (rows.length > query.limit) break
  }
  const { items, nextCursor } = cutPage(order.listing, {
    rows,
    page: { limit: query.limit }, // the statement drops the rows before the page
    placeOf: ({ lead, key }) => [key, lead.companyId],
  })
  return { leads: items.map(({ lead: { companyId: _companyId, ...lead } }) => lead), nextCursor }
}

/** Leaves out the columns that only a search needs: an index that lacks them could not serve a walk alone. */
export const LEAD = {
  companyId: leadsReady.companyId,
  domain: leadsReady.domain,
  segment: leadsReady.segment,
  segmentReason: leadsReady.segmentReason,
  priority: leadsReady.priority,
  provisional: leadsReady.provisional,
  score: leadsReady.score,
  scoreMin: leadsReady.scoreMin,
  scoreMax: leadsReady.scoreMax,
  mailbox: leadsReady.mailbox,
  gateway: leadsReady.gateway,
  rulesVersion: leadsReady.rulesVersion,
  scannedAt: leadsReady.scannedAt,
  company: leadsReady.company,
  emailDomain: leadsReady.emailDomain,
  fields: leadsReady.fields,
  referral: leadsReady.referral,
}

interface Row {
  lead: Omit<typeof leadsReady.$inferSelect, 'domainFolded' | 'listedText'>
  /** Sort key in the form that a cursor stores. */
  key: string | number
}

/** Reads the rows of the chosen leads alone. */
async function readPage(db: Queryable, page: SQL, order: LeadOrder): Promise<Row[]> {
  const key = sql`page.key`
  return db
    .select({ lead: LEAD, key: selectKey(order, key) })
    .from(leadsReady)
    .innerJoin(sql`(${page}) as page`, sql`page.company_id = ${leadsReady.companyId}`)
    .orderBy(order.direction(key), order.direction(leadsReady.companyId))
}
