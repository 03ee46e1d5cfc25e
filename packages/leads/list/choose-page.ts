/**
 * Chooses the leads of a page by company id and sort key. Without a text, an index mostly has the filters in the order of the
 * page. A text has indexes of its own in no order: where many leads hold it, a walk in the order of the page meets enough of
 * them soon; where few do, all are collected and sorted. The planner's estimates decide, and a walk has a limit.
 */
import { and, desc, or, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { countRowsToRead, type PageQuery, parseCursor } from '#db/page'
import { companies, leadScores, listedCompanies } from '#db/tables'
import { joinLeads, type LeadTable } from '#leads/list/join-leads'
import { buildConditions, buildConditionsInOrder, type LeadFilters, selectSets } from '#leads/list/lead-filters'
import type { LeadOrder, LeadPlace } from '#leads/list/lead-order'
import { buildSearchParts, findDomainStart, type SearchPart } from '#leads/list/search-text'

interface Choice {
  /** Filters on the verdict, and the others; both are conditions on `lead_scores`. */
  verdict: SQL | undefined
  sets: SQL | undefined
  after: SQL | undefined
  order: LeadOrder
  page: PageQuery
  few: number
}

/** Up to this many matches in a million leads, collecting and sorting reads less than walking. */
export const FEW = 6_000

/**
 * Returns statements that select `company_id` and `key`: the first that fills the page chooses it, otherwise the last.
 * @throws AppError VALIDATION_FAILED for a cursor that is damaged or belongs to another sort
 */
export async function choosePage(
  db: Queryable,
  query: LeadFilters & PageQuery,
  order: LeadOrder,
  few: number,
): Promise<SQL[]> {
  const { text, segment, provider, scoreMin, scoreMax, importId, movedSince, referral } = query
  const after = parseCursor(order.listing, query.cursor)
  const choice = {
    verdict: buildConditionsInOrder({ segment, provider, scoreMin, scoreMax }, order),
    sets: and(...buildConditions({ importId, movedSince, referral })),
    after: after && isAfter(order, after),
    order,
    page: query,
    few,
  }
  const isFew = await choosesFew(db, query, few)
  return text === undefined ? [await chooseFiltered(db, choice, { isFew })] : chooseFound(db, choice, { text, isFew })
}

/** Without a text, an index has the verdict in an order of the scores, so that a walk reads nothing but the page. */
async function chooseFiltered(db: Queryable, choice: Choice, { isFew }: { isFew: boolean }): Promise<SQL> {
  const { verdict, order, few } = choice
  const isServed = order.table === leadScores || verdict === undefined
  const [verdicts = Infinity] =
    isFew || isServed ? [] : await estimateRows(db, [sql`select from ${leadScores} where ${verdict}`])
  return selectFirst(choice, [selectFiltered(choice, isFew || verdicts <= few)])
}

interface Search {
  text: string
  /** True when another filter leaves few leads. */
  isFew: boolean
}

/** What a plan takes for each lead, relative to one that the text finds by its own index: measured in blocks and time. */
const COST = { found: 1, walked: 1, wanted: 3 }

async function chooseFound(db: Queryable, choice: Choice, { text, isFew }: Search): Promise<SQL[]> {
  const { order, verdict, page, few } = choice
  const parts = buildSearchParts(text)
  if (isFew) return [selectFirst(choice, [selectWanted(choice, parts)])]
  const start = order.name === 'domain' ? findDomainStart(text) : undefined
  const { found, leads, verdicts, passed } = await estimateSearch(db, choice, { parts, start })
  const all = found.reduce((sum, rows) => sum + rows, 0)
  const collects = COST.wanted * verdicts < COST.found * all
  const otherwise = selectFirst(choice, [collects ? selectWanted(choice, parts) : selectFound(choice, parts, all)])
  if (Math.min(all, verdicts) <= few) return [otherwise]
  if (start !== undefined) {
    const places = parts.map((part, at) => {
      const rows = found[at] ?? Infinity
      const walks = part.table === companies || passed <= rows
      return walks ? selectPlace(choice, part) : selectFound(choice, [part], rows)
    })
    return [selectFirst(choice, places)]
  }
  // a walk is given up once it has cost as much as the collection, so that a wrong estimate at most doubles the work
  const walkedMax = Math.ceil(Math.min(COST.found * all, COST.wanted * verdicts) / COST.walked)
  const isServed = order.table === leadScores || verdict === undefined
  const expected = countRowsToRead(page) * (leads / Math.max(...found)) * (isServed ? 1 : leads / verdicts)
  if (expected > walkedMax) return [otherwise]
  const isFound = (_: SearchPart, at: number) => (found[at] ?? Infinity) <= few
  const walk = { parts: parts.filter((part, at) => !isFound(part, at)), fewParts: parts.filter(isFound), walkedMax }
  return [selectFirst(choice, [selectWalk(choice, walk)]), otherwise]
}

/** Counts the rows of the import, the moves or the referrals, up to a limit: statistics do not know a new import yet. */
async function choosesFew(db: Queryable, filters: LeadFilters, few: number): Promise<boolean> {
  for (const set of selectSets(filters)) {
    const { rows } = await db.execute<{ rows: number }>(
      sql`select count(*)::int as rows from (${set} limit ${few + 1}) as chosen`,
    )
    if ((rows[0]?.rows ?? 0) <= few) return true
  }
  return false
}

interface Expected {
  /** Rows that each part of the search finds. */
  found: number[]
  leads: number
  /** Leads with the wanted verdict. */
  verdicts: number
  /** Domains that a walk passes before the first that begins with the text. */
  passed: number
}

/** Leads are few where one of the filters leaves few: the planner expects too few of two filters that go together. */
async function estimateSearch(
  db: Queryable,
  { verdict, after, order }: Choice,
  { parts, start }: { parts: SearchPart[]; start: string | undefined },
): Promise<Expected> {
  const { domain } = companies
  const isBefore = order.direction === desc ? sql`${domain} > ${`${start}~`}` : sql`${domain} < ${start}`
  const sets = [
    ...parts.map(({ table, matches }) => sql`select from ${table} where ${matches}`),
    sql`select from ${leadScores}`,
    sql`select from ${leadScores} where ${verdict ?? sql`true`}`,
    ...(start === undefined ? [] : [sql`select from ${companies} where ${and(after, isBefore)}`]),
  ]
  const rows = await estimateRows(db, sets)
  const [leads = Infinity, verdicts = Infinity, passed = 0] = rows.slice(parts.length)
  return { found: rows.slice(0, parts.length), leads, verdicts, passed }
}

interface Plan {
  'Node Type': string
  'Plan Rows': number
  Plans: Plan[]
}

/** Reads how many rows the planner expects of each; none if it dropped one. EXPLAIN only reads statistics. */
async function estimateRows(db: Queryable, selects: SQL[]): Promise<number[]> {
  const fenced = selects.map((select) => sql`(${select} limit ${EVERY_ROW})`)
  const { rows } = await db.execute<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    sql`explain (format json) ${sql.join(fenced, sql` union all `)}`,
  )
  const plan = rows[0]?.['QUERY PLAN'][0].Plan
  const parts = plan?.['Node Type'] === 'Append' ? plan.Plans : plan ? [plan] : []
  return parts.length === selects.length ? parts.map((part) => part['Plan Rows']) : []
}

const EVERY_ROW = 2 ** 31 - 1

/** Selects the first leads of all selections, which are among the first of each. */
function selectFirst({ order, page }: Choice, selections: SQL[]): SQL {
  const firstOfEach = selections.map((each) => sql`(${each} ${sortPage(order)} limit ${countRowsToRead(page)})`)
  return sql`select * from (${sql.join(firstOfEach, sql` union `)}) as chosen ${sortPage(order)} limit ${page.limit + 1} offset ${page.offset ?? 0}`
}

/** Collects the leads that the filters leave before it sorts them, if they are few; walks along the order otherwise. */
function selectFiltered({ verdict, sets, after, order }: Choice, isCollected: boolean): SQL {
  const all = sql`
    select ${order.id} as company_id, ${order.column} as key from ${joinLeads([order.table])}
     where ${and(verdict, sets, after) ?? sql`true`}`
  return isCollected ? fence(all) : all
}

/** The inner LIMIT keeps the collection: without it, the planner flattens it into a slow walk. */
const fence = (all: SQL) => sql`select * from (${all} limit ${EVERY_ROW}) as collected`

/**
 * Walks along the order, and finds the text in one place. No place leaves out what another finds, because names resemble
 * domains: a walk would read all leads and find none.
 */
function selectPlace({ verdict, sets, after, order }: Choice, { table, matches }: SearchPart): SQL {
  return sql`
    select ${order.id} as company_id, ${order.column} as key from ${joinLeads([order.table, table])}
     where ${and(verdict, sets, after, matches)}`
}

interface Walk {
  parts: SearchPart[]
  /** Find so little that the walk looks for the lead among what they find. */
  fewParts: SearchPart[]
  /** Most leads that it may pass. */
  walkedMax: number
}

/** Walks along the order, and looks for the text of each lead in all of its places. */
function selectWalk({ verdict, sets, after, order }: Choice, { parts, fewParts, walkedMax }: Walk): SQL {
  const isServed = order.table === leadScores
  const walked = sql`
    select ${order.id} as company_id, ${order.column} as key from ${order.table}
     where ${and(after, isServed ? verdict : undefined) ?? sql`true`} ${sortPage(order)} limit ${walkedMax}`
  const needs = (table: LeadTable) => parts.some((part) => part.table === table)
  const joins = [
    !isServed || sets ? sql`join ${leadScores} on ${leadScores.companyId} = walked.company_id` : sql``,
    needs(companies) ? sql`join ${companies} on ${companies.id} = walked.company_id` : sql``,
    needs(listedCompanies)
      ? sql`left join ${listedCompanies} on ${listedCompanies.companyId} = walked.company_id`
      : sql``,
  ]
  const isAmongFew = fewParts.length === 0 ? undefined : sql`walked.company_id in (${selectIds(fewParts)})`
  return sql`
    select walked.company_id, walked.key from (${walked}) as walked ${sql.join(joins, sql` `)}
     where ${and(isServed ? undefined : verdict, sets, or(matchAny(parts), isAmongFew))}`
}

function selectIds(parts: SearchPart[]): SQL {
  const each = parts.map(({ table, matches }) => {
    const id = table === companies ? companies.id : listedCompanies.companyId
    return sql`select ${id} as company_id from ${table} where ${matches}`
  })
  return sql.join(each, sql` union all `)
}

/** More ids than this may need more memory than a statement has for a hash. */
const HASHED_MAX = 125_000

/**
 * Collects the ids that the text finds. Of few, the order is looked up; of more, a walk along the index of the order meets them
 * sooner. \`is true\` makes that walk: it keeps the planner from a join, whose hash has no order.
 */
function selectFound({ verdict, sets, after, order, few }: Choice, parts: SearchPart[], rows: number): SQL {
  const isFound = sql`(${order.id} in (select company_id from found))`
  const isHashed = rows > few / 6 && rows <= HASHED_MAX
  return sql`
    with found as materialized (${selectIds(parts)})
    select ${order.id} as company_id, ${order.column} as key from ${joinLeads([order.table])}
     where ${and(verdict, sets, after, isHashed ? sql`${isFound} is true` : isFound)}`
}

/** Collects what the filters leave, and looks for the text of each. */
function selectWanted({ verdict, sets, after, order }: Choice, parts: SearchPart[]): SQL {
  return fence(sql`
    select ${order.id} as company_id, ${order.column} as key from ${joinLeads([order.table, companies])}
      left join ${listedCompanies} on ${listedCompanies.companyId} = ${leadScores.companyId}
     where ${and(verdict, sets, after, matchAny(parts))}`)
}

const matchAny = (parts: SearchPart[]) => or(...parts.map(({ matches }) => matches))

function sortPage({ direction }: LeadOrder): SQL {
  return sql`order by ${direction(sql`key`)}, ${direction(sql`company_id`)}`
}

/** Compares both columns at once, as the index does: thousands of leads share a score, and a page may begin among them. */
function isAfter({ column, id, direction, isTimed }: LeadOrder, [key, company]: LeadPlace): SQL {
  const value = isTimed ? sql`${key}::timestamptz` : sql`${key}`
  return sql`(${column}, ${id}) ${sql.raw(direction === desc ? '<' : '>')} (${value}, ${company})`
}
