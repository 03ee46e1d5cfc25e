/** Pages of leads: one statement whatever the page's size. A text takes two, and before each one about the statistics. */
import { and, desc, eq, gt, gte, isNotNull, like, lt, lte, notLike, or, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { cutPage, type PageQuery, parseCursor } from '#db/page'
import { companies, leadsReady } from '#db/tables'
import { type LeadOrder, type LeadPlace, type LeadSort, resolveLeadOrder, selectKey } from '#leads/list/lead-order'
import { buildLikePattern } from '#leads/list/search-text'
import type { Segment } from '#leads/score/segment'

/** What narrows a list of leads down. */
export interface LeadFilters {
  segment?: Segment | undefined
  /** Identifier of the mailbox provider, such as `google`. */
  provider?: string | undefined
  scoreMin?: number | undefined
  scoreMax?: number | undefined
  /** Part of the domain as people type it; its beginning where the text has one or two characters. */
  text?: string | undefined
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
  const { limit, text } = query
  const order = resolveLeadOrder(query.sort)
  const after = parseCursor(order.listing, query.cursor)
  const wanted = and(...buildConditions(query), isNotNull(order.id), after && afterCursor(order, after))
  const find = { wanted, order, limit: limit + 1 }
  const rows = text === undefined ? await walk(db, find) : await search(db, buildLikePattern(text), find)
  const { items, nextCursor } = cutPage(order.listing, {
    rows,
    limit,
    placeOf: ({ lead, key }) => [key, lead.companyId],
  })
  return { leads: items.map(({ lead: { companyId: _companyId, ...lead } }) => lead), nextCursor }
}

interface Find {
  wanted: SQL | undefined
  order: LeadOrder
  limit: number
}
interface Row {
  lead: Omit<typeof leadsReady.$inferSelect, 'domainFolded'>
  /** What it is sorted by, as a cursor has it. */
  key: string | number
}

/** Without what only a search looks at: a walk along an index that lacks it would look up every row. */
const LEAD = {
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
}

/**
 * By the domain in ASCII, and by the folded form of the few that have one. As one condition no index would serve both
 * well; as two, the first looks at nothing of the second.
 */
async function search(db: Queryable, pattern: string, { wanted, ...find }: Find): Promise<Row[]> {
  const inDomain = like(leadsReady.domain, pattern)
  const inFolded = and(like(leadsReady.domainFolded, pattern), notLike(leadsReady.domain, pattern))
  const plain = await searchOne(db, { ...find, wanted: and(wanted, inDomain) }, like(companies.domain, pattern))
  const folded = await searchOne(db, { ...find, wanted: and(wanted, inFolded) }, like(companies.domainFolded, pattern))
  return folded.length === 0 ? plain : [...plain, ...folded].toSorted(compareBy(find.order)).slice(0, find.limit)
}

async function searchOne(db: Queryable, find: Find, inCompanies: SQL): Promise<Row[]> {
  return (await isRare(db, inCompanies, find.order)) ? collect(db, find) : walk(db, find)
}

/** As the server sorts: keys are numbers, text in the order of its bytes, or times in one length. */
function compareBy({ direction }: LeadOrder): (one: Row, other: Row) => number {
  const sign = direction === desc ? -1 : 1
  return (one, other) => {
    if (one.key === other.key) return sign * (one.lead.companyId - other.lead.companyId)
    return one.key < other.key ? -sign : sign
  }
}

/** Along an index in the order of the page, until the page is full. */
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
 * For the order of creation, which one index of companies has with their ids. The other orders ask nothing of it, and the
 * planner leaves a left join out that nobody asks; `isNotNull` lets it begin with companies.
 */
const isItsCompany = eq(companies.id, leadsReady.companyId)

const EVERY_ROW = 2 ** 31 - 1

/**
 * All of them first, then in order, then what the page shows of them. Left alone, the planner walks in the hope to meet
 * the few soon: a limit, whatever it is, keeps it from looking inside.
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
 * Up to so many leads of a million are collected and sorted faster than a page of them is met on a walk in its order. The
 * walk in the order of domains needs no look at the tables, and pays earlier.
 */
const RARE_MAX: Record<LeadOrder['name'], number> = { score: 6_000, scanned_at: 6_000, domain: 2_000, created: 6_000 }

/** Whether the server expects few domains with this part; it only looks at its statistics. */
async function isRare(db: Queryable, condition: SQL, { name }: LeadOrder): Promise<boolean> {
  const { rows } = await db.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) select from ${companies} where ${condition}`,
  )
  return rows[0] !== undefined && rows[0]['QUERY PLAN'][0].Plan['Plan Rows'] <= RARE_MAX[name]
}

type Conditions = { [Name in keyof LeadFilters]-?: (value: NonNullable<LeadFilters[Name]>) => SQL | undefined }

/** A filter without a condition does not compile: it would be validated, documented and ignored. */
const CONDITIONS: Conditions = {
  segment: (segment) => eq(leadsReady.segment, segment),
  provider: (provider) => eq(leadsReady.mailbox, provider),
  scoreMin: (score) => gte(leadsReady.score, score),
  scoreMax: (score) => lte(leadsReady.score, score),
  // `search` has two conditions for a text, each for an index of its own
  text: () => undefined,
}

function buildConditions(query: LeadFilters): (SQL | undefined)[] {
  const names = Object.keys(CONDITIONS) as (keyof LeadFilters)[]
  return names.map((name) => {
    const value = query[name]
    return value === undefined ? undefined : CONDITIONS[name](value as never)
  })
}

/**
 * Rows after the cursor. As one comparison of two columns where one index has both: a score is shared by thousands, and
 * a page may begin amid them, as it may amid companies of one import. Elsewhere ties are rare, and the bound on the
 * column alone lets its index start there.
 */
function afterCursor({ column, id, direction, isTimed, isIndexedWithId }: LeadOrder, [key, company]: LeadPlace) {
  const value = isTimed ? sql`${key}::timestamptz` : sql`${key}`
  if (isIndexedWithId) {
    const pass = sql.raw(direction === desc ? '<' : '>')
    return sql`(${column}, ${id}) ${pass} (${value}, ${company})`
  }
  const [reach, pass] = direction === desc ? [lte, lt] : [gte, gt]
  return and(reach(column, value), or(pass(column, value), pass(id, company)))
}
