/** Pages of leads, one statement each whatever the page's size. */
import { and, asc, desc, eq, gt, gte, like, lt, lte, or, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Queryable } from '#db/client'
import { leadsReady } from '#db/tables'
import { type Cursor, readCursor, writeCursor } from '#leads/cursor'
import type { Segment } from '#leads/segment'

export const LEAD_SORTS = ['-score', 'score', '-scanned_at', 'scanned_at', 'domain', '-domain'] as const
export type LeadSort = (typeof LEAD_SORTS)[number]

export interface LeadQuery {
  segment?: Segment | undefined
  /** Identifier of the mailbox provider, such as `google`. */
  provider?: string | undefined
  scoreMin?: number | undefined
  scoreMax?: number | undefined
  /** Part of the domain. */
  text?: string | undefined
  sort: LeadSort
  limit: number
  /** `nextCursor` of the page before, asked with the same sort. */
  cursor?: string | undefined
}

export type LeadRow = Omit<typeof leadsReady.$inferSelect, 'companyId'>

export interface LeadPage {
  leads: LeadRow[]
  /** null on the last page. */
  nextCursor: string | null
}

const SORT_COLUMNS = { score: leadsReady.score, scanned_at: leadsReady.scannedAt, domain: leadsReady.domain } as const

/** @throws AppError VALIDATION_FAILED for a cursor that is damaged or belongs to another sort */
export async function listLeads(db: Queryable, query: LeadQuery): Promise<LeadPage> {
  const { column, direction } = orderOf(query.sort)
  const after = query.cursor === undefined ? undefined : readCursor(query.sort, query.cursor)
  const rows = await db
    .select()
    .from(leadsReady)
    .where(and(...filtersOf(query), after && beyond(column, direction, after)))
    .orderBy(direction(column), direction(leadsReady.companyId))
    .limit(query.limit + 1)
  const page = rows.slice(0, query.limit)
  const last = rows.length > query.limit ? page.at(-1) : undefined
  return {
    leads: page.map(({ companyId: _companyId, ...lead }) => lead),
    nextCursor: last ? writeCursor(query.sort, last) : null,
  }
}

type Direction = typeof asc

function orderOf(sort: LeadSort): { column: PgColumn; direction: Direction } {
  const name = sort.replace(/^-/, '') as keyof typeof SORT_COLUMNS
  return { column: SORT_COLUMNS[name], direction: sort.startsWith('-') ? desc : asc }
}

function filtersOf({ segment, provider, scoreMin, scoreMax, text }: LeadQuery): (SQL | undefined)[] {
  return [
    segment && eq(leadsReady.segment, segment),
    provider === undefined ? undefined : eq(leadsReady.mailbox, provider),
    scoreMin === undefined ? undefined : gte(leadsReady.score, scoreMin),
    scoreMax === undefined ? undefined : lte(leadsReady.score, scoreMax),
    text === undefined ? undefined : like(leadsReady.domain, `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`),
  ]
}

/** Rows after the cursor. The bound on the column alone looks redundant: it is what lets an index start there. */
function beyond(column: PgColumn, direction: Direction, { value, companyId }: Cursor): SQL | undefined {
  const [reach, pass] = direction === desc ? [lte, lt] : [gte, gt]
  return and(reach(column, value), or(pass(column, value), pass(leadsReady.companyId, companyId)))
}
