/**
 * Counts the leads that a list's filters match, without reading them all: from the kept counts where these suffice;
 * otherwise exactly up to a thousand, and beyond as the planner estimates.
 */
import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, leadCountChanges, leadCounts } from '#db/tables'
import { joinLeads } from '#leads/list/join-leads'
import { buildConditions, type LeadFilters } from '#leads/list/lead-filters'
import { buildSearchParts } from '#leads/list/search-text'
import { type Segment } from '#leads/score/segment'

interface LeadTotal {
  value: number
  /** False: an estimate, above `COUNTED_MAX`. */
  exact: boolean
}

export const COUNTED_MAX = 1_000

export async function countLeads(db: Queryable, filters: LeadFilters): Promise<LeadTotal> {
  const { segment, provider, scoreMin, scoreMax, text, importId, movedSince, referral } = filters
  const others = [scoreMin, scoreMax, text, importId, movedSince, referral]
  if (others.some((value) => value !== undefined)) return countMatches(db, filters)
  const counts = await readLeadCounts(db, { segment, mailbox: provider })
  return { value: counts.reduce((total, { leads }) => total + leads, 0), exact: true }
}

export interface LeadCount {
  segment: Segment
  mailbox: string
  priority: number
  leads: number
}

/** Reads the kept counts, those that are not folded yet included, in one statement. */
export async function readLeadCounts(
  db: Queryable,
  { segment, mailbox }: { segment?: Segment | undefined; mailbox?: string | undefined } = {},
): Promise<LeadCount[]> {
  const wanted = (table: typeof leadCounts | typeof leadCountChanges) =>
    and(segment && eq(table.segment, segment), mailbox === undefined ? undefined : eq(table.mailbox, mailbox)) ??
    sql`true`
  const { rows } = await db.execute<LeadCount & Record<string, unknown>>(sql`
    select segment, mailbox, priority, sum(leads)::float8 as leads
      from (
        select segment, mailbox, priority, leads from ${leadCounts} where ${wanted(leadCounts)}
        union all
        select segment, mailbox, priority, leads from ${leadCountChanges}
         where ${isNull(leadCountChanges.quarter)} and ${wanted(leadCountChanges)}
      ) counts
     group by segment, mailbox, priority having ${gt(sql`sum(leads)`, 0)}`)
  return rows
}

/** Two statements, whatever they find; the second only reads statistics. */
async function countMatches(db: Queryable, filters: LeadFilters): Promise<LeadTotal> {
  const parts = selectMatches(filters)
  const limited = parts.map((part) => sql`(${part} limit ${COUNTED_MAX + 1})`)
  const found = await db.execute<{ value: number }>(
    // ends before the later parts where the first ones suffice
    sql`select count(*)::int as value from (select from (${sql.join(limited, sql` union all `)}) parts limit ${COUNTED_MAX + 1}) found`,
  )
  const value = found.rows[0]?.value ?? 0
  const plan = await db.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) ${sql.join(parts, sql` union all `)}`,
  )
  if (value <= COUNTED_MAX) return { value, exact: true }
  const estimate = plan.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
  return { value: Math.max(COUNTED_MAX + 1, estimate), exact: false }
}

/** Reads only the tables that the filters name. A search has the same parts as in the list. */
function selectMatches(filters: LeadFilters): SQL[] {
  const wanted = and(...buildConditions(filters))
  if (filters.text === undefined) return [sql`select from ${joinLeads([])} where ${wanted ?? sql`true`}`]
  return buildSearchParts(filters.text).map(
    ({ table, matches, isKnown }) =>
      sql`select from ${joinLeads([companies, table])} where ${and(wanted, matches, isKnown && sql`(${isKnown}) is not true`)}`,
  )
}
