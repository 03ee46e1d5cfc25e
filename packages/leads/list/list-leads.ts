/** Pages of leads: one statement, and one about the statistics for part of a domain, whatever the page's size. */
import { and, asc, desc, eq, gt, gte, like, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, leadsReady } from '#db/tables'
import { type Cursor, readCursor, writeCursor } from '#leads/list/cursor'
import type { Segment } from '#leads/score/segment'

export const LEAD_SORTS = ['-score', 'score', '-scanned_at', 'scanned_at', 'domain', '-domain'] as const
export type LeadSort = (typeof LEAD_SORTS)[number]

export interface LeadQuery {
  segment?: Segment | undefined
  /** Identifier of the mailbox provider, such as `google`. */
  provider?: string | undefined
  scoreMin?: number | undefined
  scoreMax?: number | undefined
  /** Part of the domain; its beginning where the text has one or two characters. */
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

const SORT_COLUMNS = { score: 'score', scanned_at: 'scannedAt', domain: 'domain' } as const
type SortColumn = (typeof SORT_COLUMNS)[keyof typeof SORT_COLUMNS]

/** @throws AppError VALIDATION_FAILED for a cursor that is damaged or belongs to another sort */
export async function listLeads(db: Queryable, query: LeadQuery): Promise<LeadPage> {
  const { name, direction } = orderOf(query.sort)
  const after = query.cursor === undefined ? undefined : readCursor(query.sort, query.cursor)
  const wanted = and(...filtersOf(query), after && beyond(name, direction, after))
  const find = (await isRare(db, query, name)) ? collect : walk
  const rows = await find(db, { wanted, name, direction, limit: query.limit + 1 })
  const page = rows.slice(0, query.limit)
  const last = rows.length > query.limit ? page.at(-1) : undefined
  return {
    leads: page.map(({ companyId: _companyId, ...lead }) => lead),
    nextCursor: last ? writeCursor(query.sort, last) : null,
  }
}

interface Find {
  wanted: SQL | undefined
  name: SortColumn
  direction: Direction
  limit: number
}
type Row = typeof leadsReady.$inferSelect

/** Along an index in the order of the page, until the page is full. */
async function walk(db: Queryable, { wanted, name, direction, limit }: Find): Promise<Row[]> {
  return db
    .select()
    .from(leadsReady)
    .where(wanted)
    .orderBy(direction(leadsReady[name]), direction(leadsReady.companyId))
    .limit(limit)
}

const EVERY_ROW = 2 ** 31 - 1

/**
 * All of them first, then in order, then what the page shows of them. Left alone, the planner walks in the hope to meet
 * the few soon: a limit, whatever it is, keeps it from looking inside.
 */
async function collect(db: Queryable, { wanted, name, direction, limit }: Find): Promise<Row[]> {
  const { companyId } = leadsReady
  const found = db
    .select({ companyId, key: leadsReady[name] })
    .from(leadsReady)
    .where(wanted)
    .limit(EVERY_ROW)
    .as('found')
  const page = db.select().from(found).orderBy(direction(found.key), direction(found.companyId)).limit(limit).as('page')
  const rows = await db
    .select()
    .from(page)
    .innerJoin(leadsReady, eq(companyId, page.companyId))
    .orderBy(direction(page.key), direction(page.companyId))
  return rows.map((row) => row.leads_ready)
}

/**
 * Up to so many leads of a million are collected and sorted faster than a page of them is met on a walk in its order. The
 * walk in the order of domains needs no look at the tables, and pays earlier.
 */
const RARE_MAX: Record<SortColumn, number> = { score: 6_000, scannedAt: 6_000, domain: 2_000 }

/** Whether the server expects few domains with this part; it only looks at its statistics. */
async function isRare(db: Queryable, { text }: LeadQuery, order: SortColumn): Promise<boolean> {
  if (text === undefined) return false
  const { rows } = await db.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) select from ${companies} where ${like(companies.domain, patternOf(text))}`,
  )
  return rows[0] !== undefined && rows[0]['QUERY PLAN'][0].Plan['Plan Rows'] <= RARE_MAX[order]
}

type Direction = typeof asc

function orderOf(sort: LeadSort): { name: SortColumn; direction: Direction } {
  const name = sort.replace(/^-/, '') as keyof typeof SORT_COLUMNS
  return { name: SORT_COLUMNS[name], direction: sort.startsWith('-') ? desc : asc }
}

function filtersOf({ segment, provider, scoreMin, scoreMax, text }: LeadQuery): (SQL | undefined)[] {
  return [
    segment && eq(leadsReady.segment, segment),
    provider === undefined ? undefined : eq(leadsReady.mailbox, provider),
    scoreMin === undefined ? undefined : gte(leadsReady.score, scoreMin),
    scoreMax === undefined ? undefined : lte(leadsReady.score, scoreMax),
    text === undefined ? undefined : like(leadsReady.domain, patternOf(text)),
  ]
}

/** The index on parts of a domain knows none that are shorter than this. */
const PART_LENGTH_MIN = 3

function patternOf(text: string): string {
  const escaped = text.toLowerCase().replace(/[\\%_]/g, '\\$&')
  return text.length < PART_LENGTH_MIN ? `${escaped}%` : `%${escaped}%`
}

/**
 * Rows after the cursor. As one comparison of two columns where one index has both: a score is shared by thousands, and
 * a page may begin amid them. Elsewhere ties are rare, and the bound on the column alone lets its index start there.
 */
function beyond(name: SortColumn, direction: Direction, { value, companyId }: Cursor): SQL | undefined {
  const column = leadsReady[name]
  if (name === 'score') {
    const pass = sql.raw(direction === desc ? '<' : '>')
    return sql`(${column}, ${leadsReady.companyId}) ${pass} (${value}, ${companyId})`
  }
  const [reach, pass] = direction === desc ? [lte, lt] : [gte, gt]
  return and(reach(column, value), or(pass(column, value), pass(leadsReady.companyId, companyId)))
}
