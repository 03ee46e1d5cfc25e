/**
 * Lists leads page by page with one statement, whatever the page's size. A text search takes three, and asks the planner
 * for an estimate before each; a choice of one import, or of companies that moved, counts them first.
 */
import { and, desc, eq, gt, gte, inArray, isNotNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import { QueryBuilder } from 'drizzle-orm/pg-core'
import type { Queryable } from '#db/client'
import { countRowsToRead, cutPage, type PageQuery, parseCursor } from '#db/page'
import { companies, leadMoves, leadsReady, rawLeads } from '#db/tables'
import { type LeadOrder, type LeadPlace, type LeadSort, resolveLeadOrder, selectKey } from '#leads/list/lead-order'
import { buildSearchParts, type SearchPart } from '#leads/list/search-text'
import type { Segment } from '#leads/score/segment'

/** Filters of a list of leads. */
export interface LeadFilters {
  segment?: Segment | undefined
  /** Identifier of the mailbox provider, such as `google`. */
  provider?: string | undefined
  scoreMin?: number | undefined
  scoreMax?: number | undefined
  /** Part of the domain, or of what lists say, as people type it; one or two characters match only the beginning. */
  text?: string | undefined
  /** Only companies that this import brought, again or for the first time. */
  importId?: string | undefined
  /** Only companies of which a scan found a move from this time on. */
  movedSince?: Date | undefined
}

export interface LeadQuery extends PageQuery, LeadFilters {
  sort: LeadSort
}

export type LeadRow = Omit<Row['lead'], 'companyId'>

export interface LeadPage {
  leads: LeadRow[]
  /** null on the last page. */
  nextCursor: string | null
}

/** @throws AppError VALIDATION_FAILED for a cursor that is damaged or belongs to another sort */
export async function listLeads(db: Queryable, query: LeadQuery): Promise<LeadPage> {
  const { text } = query
  const order = resolveLeadOrder(query)
  const after = parseCursor(order.listing, query.cursor)
  const wanted = and(...buildConditions(query), isNotNull(order.id), after && afterCursor(order, after))
  const isFew = await choosesFew(db, query)
  const find = { wanted, order, limit: countRowsToRead(query), isFew }
  const rows = text === undefined ? await findOne(db, find) : await search(db, buildSearchParts(text), find)
  const { items, nextCursor } = cutPage(order.listing, {
    rows,
    page: query,
    placeOf: ({ lead, key }) => [key, lead.companyId],
  })
  return { leads: items.map(({ lead: { companyId: _companyId, ...lead } }) => lead), nextCursor }
}

interface Find {
  wanted: SQL | undefined
  order: LeadOrder
  limit: number
  /** True when the other filters leave few leads, so that collecting them is faster than walking. */
  isFew: boolean
}
interface Row {
  lead: Omit<typeof leadsReady.$inferSelect, 'domainFolded' | 'listedText'>
  /** Sort key in the form that a cursor stores. */
  key: string | number
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
}

/**
 * Searches one part after the other and merges their pages: the first leads of all parts are among the first of each. A
 * part does not leave out what an earlier one finds, because names resemble domains: a walk would read all leads and find none.
 */
async function search(db: Queryable, parts: SearchPart[], { wanted, ...find }: Find): Promise<Row[]> {
  const found: Row[] = []
  for (const part of parts) {
    const isFew = find.isFew || (await isRare(db, part, find.order))
    found.push(...(await findOne(db, { ...find, wanted: and(wanted, part.matches), isFew })))
  }
  const distinct = new Map(found.map((row) => [row.lead.companyId, row]))
  return [...distinct.values()].toSorted(compareBy(find.order)).slice(0, find.limit)
}

function findOne(db: Queryable, find: Find): Promise<Row[]> {
  return find.isFew ? collect(db, find) : walk(db, find)
}

/** Sorts like the server: keys are numbers, text in byte order, or times of equal length. */
function compareBy({ direction }: LeadOrder): (one: Row, other: Row) => number {
  const sign = direction === desc ? -1 : 1
  return (one, other) => {
    if (one.key === other.key) return sign * (one.lead.companyId - other.lead.companyId)
    return one.key < other.key ? -sign : sign
  }
}

/** Walks along an index in the order of the page until the page is full. */
async function walk(db: Queryable, { wanted, order, limit }: Find): Promise<Row[]> {
  const { column, id, direction } = order
  return db
    .select({ lead: LEAD, key: selectKey(order, column) })
    .from(leadsReady)
    .leftJoin(companies, isItsCompany)
    .where(wanted)
    .orderBy(direction(column), direction(id))
    .limit(limit)
}

/**
 * Needed for the order of creation, whose index on companies includes their ids. The planner drops the left join for
 * the other orders, which read no column of it; `isNotNull` lets it start from companies.
 */
const isItsCompany = eq(companies.id, leadsReady.companyId)

const EVERY_ROW = 2 ** 31 - 1

/**
 * Collects all matches, sorts them, then reads the rows of the page. LIMIT fences the subquery: without it, the planner
 * flattens it into a slow index walk.
 */
async function collect(db: Queryable, { wanted, order, limit }: Find): Promise<Row[]> {
  const { column, direction } = order
  const { companyId } = leadsReady
  const found = db
    .select({ companyId, key: sql`${column}`.as('key') })
    .from(leadsReady)
    .leftJoin(companies, isItsCompany)
    .where(wanted)
    .limit(EVERY_ROW)
    .as('found')
  const page = db.select().from(found).orderBy(direction(found.key), direction(found.companyId)).limit(limit).as('page')
  return db
    .select({ lead: LEAD, key: selectKey(order, page.key) })
    .from(page)
    .innerJoin(leadsReady, eq(companyId, page.companyId))
    .orderBy(direction(page.key), direction(page.companyId))
}

/**
 * Up to this many matches in a million leads, collecting and sorting is faster than walking. The walk by domain is an
 * index-only scan, so it pays off earlier.
 */
const RARE_MAX: Record<LeadOrder['name'], number> = {
  priority: 6_000,
  score: 6_000,
  scanned_at: 6_000,
  domain: 2_000,
  created: 6_000,
}

/** Counts the rows of the import, or the moves, up to a limit: statistics do not know a new import yet. */
async function choosesFew(db: Queryable, query: LeadFilters): Promise<boolean> {
  const choices = [
    query.importId === undefined ? undefined : selectImported(query.importId),
    query.movedSince && selectMoved(query.movedSince),
  ]
  for (const choice of choices) {
    if (!choice) continue
    const { rows } = await db.execute<{ rows: number }>(
      sql`select count(*)::int as rows from (${choice} limit ${RARE_MAX.score + 1}) as chosen`,
    )
    if ((rows[0]?.rows ?? 0) <= RARE_MAX.score) return true
  }
  return false
}

function selectImported(importId: string) {
  return new QueryBuilder().select({ id: rawLeads.companyId }).from(rawLeads).where(eq(rawLeads.importId, importId))
}

function selectMoved(since: Date) {
  return new QueryBuilder().select({ id: leadMoves.companyId }).from(leadMoves).where(gte(leadMoves.at, since))
}

/** True when the planner expects few companies with this text. EXPLAIN only reads statistics. */
async function isRare(db: Queryable, { table, inTable }: SearchPart, { name }: LeadOrder): Promise<boolean> {
  const { rows } = await db.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) select from ${table} where ${inTable}`,
  )
  return rows[0] !== undefined && rows[0]['QUERY PLAN'][0].Plan['Plan Rows'] <= RARE_MAX[name]
}

type Conditions = { [Name in keyof LeadFilters]-?: (value: NonNullable<LeadFilters[Name]>) => SQL | undefined }

/** A filter without a condition would be documented, validated and ignored, so it does not compile. */
const CONDITIONS: Conditions = {
  segment: (segment) => eq(leadsReady.segment, segment),
  provider: (provider) => eq(leadsReady.mailbox, provider),
  scoreMin: (score) => gte(leadsReady.score, score),
  scoreMax: (score) => lte(leadsReady.score, score),
  importId: (importId) => inArray(leadsReady.companyId, selectImported(importId)),
  movedSince: (since) => inArray(leadsReady.companyId, selectMoved(since)),
  // a search has one part for each index
  text: () => undefined,
}

export function buildConditions(query: LeadFilters): (SQL | undefined)[] {
  const names = Object.keys(CONDITIONS) as (keyof LeadFilters)[]
  return names.map((name) => {
    const value = query[name]
    return value === undefined ? undefined : CONDITIONS[name](value as never)
  })
}

/**
 * Rows after the cursor. Compares two columns at once where one index has both: thousands of leads share a score, and a
 * page may begin among them. Elsewhere ties are rare, and the bound on the column alone lets its index start there.
 */
function afterCursor({ column, id, direction, isTimed, isIndexedWithId }: LeadOrder, [key, company]: LeadPlace) {
  const value = isTimed ? sql`${key}::timestamptz` : sql`${key}`
  if (isIndexedWithId) {
    const pass = sql.raw(direction === desc ? '<' : '>')
    return sql`(${column}, ${id}) ${pass} (${value}, ${company})`
  }
  const [reach, pass] = direction === desc ? [lte, lt] : [gte, gt]
  return and(reach(sql`${column}`, value), or(pass(sql`${column}`, value), pass(id, company)))
}
