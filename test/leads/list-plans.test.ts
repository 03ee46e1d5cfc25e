import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LEAD_SORTS } from '#leads/list/lead-order'
import { type LeadQuery, listLeads } from '#leads/list/list-leads'
import { listMoves } from '#leads/moves/move-log'
import { seedLeads } from '#local/seed/seed-leads'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { LEAD_CASES } from '../support/lead-queries.ts'
import {
  importLeads,
  moveLeads,
  multiplyLeads,
  nameCompanies,
  nameImport,
  respellLeads,
} from '../support/many-leads.ts'
import { SORTED_AS_DEPLOYED } from '../support/postgres-options.ts'
import { isThorough } from '../support/thorough.ts'

const LEADS = 10_000
/** Scanned and judged; the others are copies. */
const SEEDED = 1_000
/** `npm test` takes every fourth: each filter in some orders, and each order with some filters. */
const CASES = LEAD_CASES.filter((_, at) => isThorough || at % 4 === 0)
/** The best first, and one in the order of another table. */
const DEEP_SORTS = LEAD_SORTS.filter((_, at) => isThorough || at % 6 === 0)
const LIMIT = 50
/** A page of 200 leads that is far from the first, where skipping rows would show. */
const DEEP = 40

/** The rows of a page, each of four tables, are 650; a walk past thousands of leads reads as many more. */
const PAGE_BLOCKS = 1_000
/** No index has the order of another table with a verdict, so that such a page collects what matches. */
const isVerdictAlone = ({ query }: (typeof CASES)[number]) =>
  /priority|score/.test(query.sort) &&
  (query.text ?? query.importId ?? query.movedSince ?? query.referral) === undefined

const INDEXES = [
  'companies_by_creation',
  'companies_by_domain',
  'companies_domain_part',
  'companies_folded_by_domain',
  'companies_folded_part',
  'lead_scores_best',
  'lead_scores_by_priority',
  'lead_scores_mailbox_best',
  'lead_scores_mailbox_by_priority',
  'lead_scores_segment_best',
  'lead_scores_segment_mailbox_best',
  'listed_companies_part',
  'scans_newest',
]

let database: HunterDatabase
/** So few rows are read whole now and then; forbidden to, the planner still does where no index serves. */
let forced: Client
beforeAll(async () => {
  database = await createHunterDatabase(SORTED_AS_DEPLOYED)
  await seedLeads(database.db, { leads: SEEDED, now: new Date('2026-11-20T00:00:00Z'), addToOthers: false })
  await multiplyLeads(database.db, LEADS / SEEDED - 1)
  await respellLeads(database.db, { oneIn: 10 })
  await nameCompanies(database.db)
  await importLeads(database.db)
  await moveLeads(database.db)
  forced = new Client({ connectionString: database.url })
  await forced.connect()
  await forced.query('set enable_seqscan = off')
})
afterAll(async () => {
  await forced.end()
  await database.close()
})

interface Plan {
  'Node Type': string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

/** The statements that the list runs, as it runs them. */
async function statementsOf(query: LeadQuery): Promise<{ sql: string; params: unknown[] }[]> {
  const statements: { sql: string; params: unknown[] }[] = []
  const logger = { logQuery: (sql: string, params: unknown[]) => void statements.push({ sql, params }) }
  await listLeads(drizzle(database.db.$client, { logger }), query)
  return statements
}

/** Plans by the index that each case is forced to; several tests look at them. */
const forcedPlans = new Map<string, Promise<Plan>>()
function planForced(query: Omit<LeadQuery, 'limit'>): Promise<Plan> {
  const key = JSON.stringify(query)
  const plan = forcedPlans.get(key) ?? planOf({ ...query, limit: LIMIT }, 'forced')
  forcedPlans.set(key, plan)
  return plan
}

/** Counts the statements of the page together; one that only looks at statistics reads no table. */
async function planOf(query: LeadQuery, how: 'forced' | 'run' | 'free'): Promise<Plan> {
  const statements = (await statementsOf(query)).filter((statement) => !statement.sql.startsWith('explain'))
  const Plans = await Promise.all(statements.map((statement) => planOfOne(statement, how)))
  const sum = (key: 'Shared Hit Blocks' | 'Shared Read Blocks') => Plans.reduce((all, plan) => all + plan[key], 0)
  return {
    'Node Type': 'Page',
    'Shared Hit Blocks': sum('Shared Hit Blocks'),
    'Shared Read Blocks': sum('Shared Read Blocks'),
    Plans,
  }
}

async function planOfOne(last: { sql: string; params: unknown[] }, how: 'forced' | 'run' | 'free'): Promise<Plan> {
  const explain = how === 'run' ? 'explain (analyze, buffers, format json)' : 'explain (format json)'
  const session = how === 'forced' ? forced : database.db.$client
  const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`${explain} ${last.sql}`, last.params)
  return (rows[0] as (typeof rows)[0])['QUERY PLAN'][0].Plan
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
const blocksOf = (plan: Plan) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
const scansWholeTables = (plan: Plan) => nodesOf(plan).filter((node) => node['Node Type'].endsWith('Seq Scan'))

describe(`on ${LEADS} leads`, () => {
  it.each(CASES)('$query.sort, $filter: the page comes from an index', async ({ query }) => {
    const plan = await planForced(query)
    expect(scansWholeTables(plan)).toEqual([])
  })

  it.runIf(isThorough)('needs each of its indexes', async () => {
    const used = new Set<string | undefined>()
    for (const { query } of CASES) {
      for (const node of nodesOf(await planForced(query))) used.add(node['Index Name'])
    }
    expect(INDEXES.filter((name) => !used.has(name))).toEqual([])
  })

  it.each(['akboya1', 'AKBOYA1', '777-7.', 'xyzzy'])(
    'finds %s by indexes, without a hint to the planner',
    async (text) => {
      const plan = await planOf({ text, sort: '-score', limit: LIMIT }, 'free')
      const used = nodesOf(plan).map((node) => node['Index Name'])
      expect(used).toEqual(
        expect.arrayContaining(['companies_domain_part', 'companies_folded_part', 'listed_companies_part']),
      )
      expect(scansWholeTables(plan)).toEqual([])
    },
  )

  it.each(DEEP_SORTS)('%s: a page deep in the list costs as much as the second', async (sort) => {
    let cursor: string | undefined
    const blocks: number[] = []
    for (let page = 0; page <= DEEP; page += 1) {
      const query = { sort, limit: 200, ...(cursor === undefined ? {} : { cursor }) }
      if (page === 1 || page === DEEP) blocks.push(blocksOf(await planOf(query, 'run')))
      cursor = (await listLeads(database.db, query)).nextCursor ?? undefined
    }
    const [second = 0, deep = 0] = blocks
    expect(deep).toBeLessThan(second * 1.5 + 50)
  })

  it.each(CASES.filter(isVerdictAlone))('$query.sort, $filter: reads little but the page', async ({ query }) => {
    expect(blocksOf(await planOf({ ...query, limit: LIMIT }, 'run'))).toBeLessThan(PAGE_BLOCKS)
  })

  it.each([
    ['lead_scores_pkey', 'select segment, mailbox, value from lead_scores where company_id = 7'],
    ['raw_leads_by_company', `select from raw_leads where company_id = 7 and import_id = '${nameImport(1)}'`],
  ])('%s answers what a walk asks of each lead, without the rows of the table', async (index, lookup) => {
    await forced.query('begin; set local enable_bitmapscan = off')
    const plan = await planOfOne({ sql: lookup, params: [] }, 'forced')
    await forced.query('rollback')
    expect(plan).toMatchObject({ 'Node Type': 'Index Only Scan', 'Index Name': index })
  })

  it('reads the moves of a rare kind, and no others', async () => {
    const statements: { sql: string; params: unknown[] }[] = []
    const logger = { logQuery: (sql: string, params: unknown[]) => void statements.push({ sql, params }) }
    const { items } = await listMoves(drizzle(database.db.$client, { logger }), {
      kind: 'gateway-replaced',
      limit: LIMIT,
    })
    expect(items.length).toBeGreaterThan(0)
    const plan = await planOfOne(statements[0] as (typeof statements)[0], 'forced')
    expect(nodesOf(plan).map((node) => node['Index Name'])).toContain('lead_moves_by_kind')
  })

  it('plans for random reads, and with no workers beside the statement', async () => {
    const { rows } = await database.db.execute(
      sql`select current_setting('random_page_cost') as cost, current_setting('max_parallel_workers_per_gather') as workers`,
    )
    expect(rows).toEqual([{ cost: '1.1', workers: '0' }])
  })

  it('sends as many statements for a page of 200 as for a page of one', async () => {
    for (const { query } of CASES.filter(({ query: { sort } }) => sort === 'priority' || sort === 'domain')) {
      const [one, many] = [await statementsOf({ ...query, limit: 1 }), await statementsOf({ ...query, limit: 200 })]
      expect(many.length).toBe(one.length)
      const choosing = (query.importId ?? query.movedSince ?? query.referral) ? 1 : 0
      const verdict = query.segment ?? query.provider ?? query.scoreMin
      const asking = query.text !== undefined || (query.sort === 'domain' && verdict !== undefined) ? 1 : 0
      // an import that leaves few makes the estimate needless
      expect(many.length).toBeLessThanOrEqual(1 + choosing + asking)
    }
  })
})
