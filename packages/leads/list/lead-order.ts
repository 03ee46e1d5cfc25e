/** The orders in which leads are listed. The company id breaks ties, so that every lead has its own place. */
import { asc, type Column, desc, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { moment, selectMoment } from '#db/moment'
import type { Listing } from '#db/page'
import { companies, leadScores, scans } from '#db/tables'
import type { LeadTable } from '#leads/list/join-leads'
import { PRIORITIES, type Segment } from '#leads/score/segment'

export const LEAD_SORTS = [
  'priority',
  '-priority',
  '-score',
  'score',
  '-scanned_at',
  'scanned_at',
  'domain',
  '-domain',
  '-created',
  'created',
] as const
export type LeadSort = (typeof LEAD_SORTS)[number]
/** Best first: by priority, then by score. */
export const BEST_FIRST: LeadSort = 'priority'

export type LeadPlace = [key: string | number, companyId: number]

interface SortedBy {
  /** Table whose index gives the order, by the column and then by the company id. */
  table: LeadTable
  column: Column | SQL
  id: Column
  isTimed: boolean
  key: z.ZodMiniType<string | number>
}

const domain = z.string().check(z.regex(/^[a-z0-9.-]{1,253}$/))
const score = z.int().check(z.gte(0), z.lte(100))

const SORTED_BY = {
  /** Priority and score in one number, which migration 0015 has an index of. */
  priority: {
    table: leadScores,
    column: sql`(1000 * ${leadScores.priority} - ${leadScores.value})`,
    id: leadScores.companyId,
    isTimed: false,
    key: z.int().check(z.gte(0), z.lte(7_000)),
  },
  score: { table: leadScores, column: leadScores.value, id: leadScores.companyId, isTimed: false, key: score },
  scanned_at: { table: scans, column: scans.scannedAt, id: scans.companyId, isTimed: true, key: moment },
  domain: { table: companies, column: companies.domain, id: companies.id, isTimed: false, key: domain },
  /**
   * First time the company was saved, which no scan changes: a walk through all leads meets each exactly once, even
   * while scans run.
   */
  created: { table: companies, column: companies.createdAt, id: companies.id, isTimed: true, key: moment },
} satisfies Record<string, SortedBy>

export interface LeadOrder extends SortedBy {
  name: keyof typeof SORTED_BY
  direction: typeof asc
  listing: Listing<LeadPlace>
}

/**
 * Within a segment the priority follows from the score (choosePriority), so that the segment's own indexes, which are
 * ordered by score, serve both sorts.
 */
export function resolveLeadOrder({ sort, segment }: { sort: LeadSort; segment?: Segment | undefined }): LeadOrder {
  const isByScore = segment !== undefined && (sort === 'priority' || sort === '-priority')
  if (isByScore) return resolveLeadOrder({ sort: sort === 'priority' ? '-score' : 'score' })
  const name = sort.replace(/^-/, '') as LeadOrder['name']
  const place = z.tuple([SORTED_BY[name].key, z.int().check(z.gte(0))])
  const direction = sort.startsWith('-') ? desc : asc
  return { name, ...SORTED_BY[name], direction, listing: { name: `leads by ${sort}`, place } }
}

/** Selects the column in the form that a cursor stores. */
export function selectKey({ isTimed }: LeadOrder, column: SQLWrapper): SQL<string | number> {
  return isTimed ? selectMoment(column) : sql<string | number>`${column}`
}

/** All keys of the order by priority that leads with these scores can have, whatever rules judged them. */
export function listPriorityKeys({
  scoreMin = 0,
  scoreMax = 100,
}: {
  scoreMin?: number | undefined
  scoreMax?: number | undefined
}): number[] {
  const scores = Array.from({ length: Math.max(0, scoreMax - scoreMin + 1) }, (_, at) => scoreMin + at)
  return PRIORITIES.flatMap((priority) => scores.map((value) => 1_000 * priority - value))
}
