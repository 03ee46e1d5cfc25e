/** Chooses leads for work on many of them: by the filters of the list, or by name. */
import { count, eq, inArray } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, scans } from '#db/tables'
import type { LeadFilters } from '#leads/list/lead-filters'
import { listLeads } from '#leads/list/list-leads'

interface ChosenLeads {
  domains: string[]
  /** null: no further lead matches. */
  nextCursor: string | null
}

/** A statement stays well within its time limit. */
const PAGE = 1_000

/**
 * Takes the first `limit` leads after the cursor, the best score first: every filter has an index in this order, so that
 * a choice among ten million leads reads what it takes.
 * @throws AppError VALIDATION_FAILED (cursor)
 */
export async function chooseLeads(
  db: Queryable,
  filters: LeadFilters,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<ChosenLeads> {
  const domains: string[] = []
  let next: string | null | undefined = cursor
  while (next !== null && domains.length < limit) {
    const size = Math.min(PAGE, limit - domains.length)
    const page = await listLeads(db, { ...filters, sort: '-score', limit: size, cursor: next })
    domains.push(...page.leads.map(({ domain }) => domain))
    next = page.nextCursor
  }
  return { domains, nextCursor: next ?? null }
}

/** Counts which of the domains are leads. */
export async function countKnown(db: Queryable, domains: readonly string[]): Promise<number> {
  if (domains.length === 0) return 0
  const [row] = await db
    .select({ known: count() })
    .from(companies)
    .innerJoin(scans, eq(scans.companyId, companies.id))
    .where(inArray(companies.domain, [...new Set(domains)]))
  return row?.known ?? 0
}
