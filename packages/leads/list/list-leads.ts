/**
 * Lists leads page by page with one statement, whatever the page's size. The planner first estimates a text search, and a verdict
 * in another table's order. An import, moves or a kind of referral are counted first.
 */
import { and, desc, eq, gte, inArray, lte, type SQL, sql } from 'drizzle-orm'
import { QueryBuilder } from 'drizzle-orm/pg-core'
import type { Queryable } from '#db/client'
import { cutPage, type PageQuery, parseCursor } from '#db/page'
import { companies, leadMoves, leadScores, leadsReady, rawLeads } from '#db/tables'
import { joinLeads, type LeadTable } from '#leads/list/join-leads'
import {
  type LeadOrder,
  type LeadPlace,
  type LeadSort,
  listPriorityKeys,
  resolveLeadOrder,
  selectKey,
} from '#leads/list/lead-order'
import { buildSearchParts } from '#leads/list/search-text'
import type { ReferralKind } from '#leads/score/score'
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
  /** Only companies whose best open referral is of this kind. */
  referral?: ReferralKind | undefined
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
  const order = resolveLeadOrder(query)
  const after = parseCursor(order.listing, query.cursor)
  const wanted = and(buildConditionsInOrder(query, order), after && isAfter(order, after))
  const places = await findPlaces(db, query, order)
  const rows = await readPage(db, choosePage(places, { wanted, order, page: query }), order)
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

/** Where a chosen lead must be found; a lead that several places have is one. */
interface Place {
  /** Tables that hold it, and the condition there; no condition: every lead. */
  tables: LeadTable[]
  matches?: SQL
  /** True when few leads are left, so that to collect and sort them all is faster than a walk along the order. */
  isFew: boolean
}

/** Up to this many matches in a million leads, collecting and sorting reads less than walking. */
const FEW = 6_000
/** An index holds domains in their order, so that a walk which looks at nothing else pays off earlier. */
const FEW_DOMAINS = 2_000

/** Leads are few where one of the filters leaves few: the planner expects too few of two filters that go together. */
async function findPlaces(db: Queryable, query: LeadQuery, order: LeadOrder): Promise<Place[]> {
  const { text, segment, provider, scoreMin, scoreMax } = query
  const parts = text === undefined ? [] : buildSearchParts(text)
  const verdict = and(...buildConditions({ segment, provider, scoreMin, scoreMax }))
  const sets = parts.map(({ table, matches }) => sql`select from ${table} where ${matches}`)
  // without a text, an index has the verdict and this order, so that a walk reads nothing but the page
  const isServed = text === undefined && order.table === leadScores
  if (verdict && !isServed) sets.push(sql`select from ${leadScores} where ${verdict}`)
  const isFew = await choosesFew(db, query)
  const estimates = isFew || sets.length === 0 ? [] : await estimateRows(db, sets)
  const leavesFew = isFew || (estimates[parts.length] ?? Infinity) <= FEW
  if (text === undefined) return [{ tables: [], isFew: leavesFew }]
  return parts.map(({ table, matches }, at) => {
    const most = order.name === 'domain' && table === companies ? FEW_DOMAINS : FEW
    return { tables: [table], matches, isFew: leavesFew || (estimates[at] ?? Infinity) <= most }
  })
}

/** Counts the rows of the import, the moves or the referrals, up to a limit: statistics do not know a new import yet. */
async function choosesFew(db: Queryable, { importId, movedSince, referral }: LeadFilters): Promise<boolean> {
  const choices = [
    importId === undefined ? undefined : selectImported(importId),
    movedSince && selectMoved(movedSince),
    referral && selectReferred(referral),
  ]
  for (const choice of choices) {
    if (!choice) continue
    const { rows } = await db.execute<{ rows: number }>(
      sql`select count(*)::int as rows from (${choice} limit ${FEW + 1}) as chosen`,
    )
    if ((rows[0]?.rows ?? 0) <= FEW) return true
  }
  return false
}

interface Plan {
  'Node Type': string
  'Plan Rows': number
  Plans: Plan[]
}

/** Reads how many rows the planner expects of each, up to a limit; none if it dropped one. EXPLAIN only reads statistics. */
async function estimateRows(db: Queryable, selects: SQL[]): Promise<number[]> {
  const limited = selects.map((select) => sql`(${select} limit ${FEW + 1})`)
  const { rows } = await db.execute<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    sql`explain (format json) ${sql.join(limited, sql` union all `)}`,
  )
  const plan = rows[0]?.['QUERY PLAN'][0].Plan
  const parts = plan?.['Node Type'] === 'Append' ? plan.Plans : plan ? [plan] : []
  return parts.length === selects.length ? parts.map((part) => part['Plan Rows']) : []
}

/**
 * Selects the company ids and sort keys of a page. The first leads of all places are among the first of each. No place leaves
 * out what another finds, because names resemble domains: a walk would read all leads and find none.
 */
function choosePage(places: Place[], { wanted, order, page: { limit, offset = 0 } }: Choice): SQL {
  const inOrder = sql`order by ${order.direction(sql`key`)}, ${order.direction(sql`company_id`)}`
  const firstOfEach = places.map(({ tables, matches, isFew }) => {
    const all = sql`
      select ${order.id} as company_id, ${order.column} as key from ${joinLeads([order.table, ...tables])}
       where ${and(wanted, matches) ?? sql`true`}`
    // the inner LIMIT fences the collection: without it, the planner flattens it into a slow walk
    const chosen = isFew ? sql`select * from (${all} limit ${EVERY_ROW}) as collected` : all
    return sql`(${chosen} ${inOrder} limit ${offset + limit + 1})`
  })
  return sql`select * from (${sql.join(firstOfEach, sql` union `)}) as chosen ${inOrder} limit ${limit + 1} offset ${offset}`
}

interface Choice {
  wanted: SQL | undefined
  order: LeadOrder
  page: PageQuery
}

const EVERY_ROW = 2 ** 31 - 1

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

function selectImported(importId: string) {
  return new QueryBuilder().select({ id: rawLeads.companyId }).from(rawLeads).where(eq(rawLeads.importId, importId))
}

function selectMoved(since: Date) {
  return new QueryBuilder().select({ id: leadMoves.companyId }).from(leadMoves).where(gte(leadMoves.at, since))
}

function selectReferred(kind: ReferralKind) {
  return new QueryBuilder().select({ id: leadScores.companyId }).from(leadScores).where(eq(leadScores.referral, kind))
}

type Conditions = { [Name in keyof LeadFilters]-?: (value: NonNullable<LeadFilters[Name]>) => SQL | undefined }

/** A filter without a condition would be documented, validated and ignored, so it does not compile. */
const CONDITIONS: Conditions = {
  segment: (segment) => eq(leadScores.segment, segment),
  provider: (provider) => eq(leadScores.mailbox, provider),
  scoreMin: (score) => gte(leadScores.value, score),
  scoreMax: (score) => lte(leadScores.value, score),
  importId: (importId) => inArray(leadScores.companyId, selectImported(importId)),
  movedSince: (since) => inArray(leadScores.companyId, selectMoved(since)),
  referral: (kind) => eq(leadScores.referral, kind),
  // a search has one part for each index
  text: () => undefined,
}

/** Conditions on `lead_scores`, as `joinLeads` names it. */
export function buildConditions(query: LeadFilters): (SQL | undefined)[] {
  const names = Object.keys(CONDITIONS) as (keyof LeadFilters)[]
  return names.map((name) => {
    const value = query[name]
    return value === undefined ? undefined : CONDITIONS[name](value as never)
  })
}

/**
 * A walk in the order of priorities reaches a band of scores by its keys: as a filter on scores, it would read all leads of
 * better priorities first.
 */
function buildConditionsInOrder(
  { scoreMin, scoreMax, ...query }: LeadFilters,
  { name, column }: LeadOrder,
): SQL | undefined {
  const isBand = scoreMin !== undefined || scoreMax !== undefined
  if (name !== 'priority' || !isBand) return and(...buildConditions({ ...query, scoreMin, scoreMax }))
  const keys = sql.param(listPriorityKeys({ scoreMin, scoreMax }))
  return and(...buildConditions(query), sql`${column} = any(${keys}::int[])`)
}

/** Compares both columns at once, as the index does: thousands of leads share a score, and a page may begin among them. */
function isAfter({ column, id, direction, isTimed }: LeadOrder, [key, company]: LeadPlace): SQL {
  const value = isTimed ? sql`${key}::timestamptz` : sql`${key}`
  return sql`(${column}, ${id}) ${sql.raw(direction === desc ? '<' : '>')} (${value}, ${company})`
}
