/**
 * How long a page of leads takes whatever is filtered and sorted, on invented leads in a server of its own; how long
 * its total takes, and whether it reads a whole table; how long a page deep in the list takes; and how long a migration
 * that adds their indexes.
 * Run it with `npm run bench -- leads [leads]` (1,000,000).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { closeDatabase, createDatabase, type Database, type Queryable } from '#db/client'
import { migrate, rollBack } from '#db/migrate'
import { LEAD_SORTS, type LeadSort } from '#leads/list/lead-order'
import { countLeads } from '#leads/list/count-leads'
import { listLeads } from '#leads/list/list-leads'
import { startPostgres } from '#emulators/postgres/postgres'
import { seedLeads } from '#local/seed/seed-leads'
import { LEAD_CASES } from '../support/lead-queries.ts'
import { importLeads, moveLeads, multiplyLeads, nameCompanies, respellLeads } from '../support/many-leads.ts'
import { SORTED_AS_DEPLOYED } from '../support/postgres-options.ts'

const folder = join(import.meta.dirname, '../../migrations')
const leads = Number(process.argv.at(-1)) || 1_000_000
const INVENTED = Math.min(leads, 20_000)
const LIMIT = 50
const ROUNDS = 8
const DEEP_PAGES = 400

const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-leads-'))
const server = await startPostgres({ dir, durable: false })
const url = await createLeadsDatabase()
const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 0 })
try {
  await prepare()
  await checkPlans()
  await measureCases()
  await measureTotals()
  for (const sort of LEAD_SORTS) await measureDepth(sort)
} finally {
  await closeDatabase(db)
  await server.close()
  await rm(dir, { recursive: true })
}

/** Sorted as people sort, as deployed databases are. */
async function createLeadsDatabase(): Promise<string> {
  const admin = createDatabase({ url: server.url, maxConnections: 1, statementTimeoutMs: 0 })
  await admin.execute(`create database leads ${SORTED_AS_DEPLOYED}`)
  await closeDatabase(admin)
  return server.url.replace(/[^/]+$/, 'leads')
}

async function prepare(): Promise<void> {
  await migrate({ url, folder })
  await seedLeads(db, { leads: INVENTED, now: new Date('2026-11-20T00:00:00Z'), addToOthers: false })
  await rollBack({ url, folder }, { to: '0002_history' }) // rows go in faster without indexes
  await multiplyLeads(db, Math.max(0, Math.round(leads / INVENTED) - 1))
  for (const indexed of ['0003_lead_list', '0010_search']) {
    const beganMs = performance.now()
    await migrate({ url, folder }, { to: indexed })
    console.log(`up to ${indexed} on ${leads} leads: ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`)
  }
  await migrate({ url, folder })
  await respellLeads(db, { oneIn: 25 })
  await nameCompanies(db) // a search reads the names of lists, too
  await importLeads(db)
  await moveLeads(db)
  await analyse(db)
}

async function analyse(db: Database): Promise<void> {
  for (const table of ['companies', 'scans', 'lead_scores']) await db.execute(`vacuum analyze ${table}`)
}

/** The first round finds its pages cold and is left out. */
async function measureCases(): Promise<void> {
  const all: number[] = []
  const slow: string[] = []
  for (const { filter, query } of LEAD_CASES) {
    const times = await timesOf(() => listLeads(db, { ...query, limit: LIMIT }))
    all.push(...times)
    if (percentile(times, 0.5) > 25) slow.push(`  ${percentile(times, 0.5).toFixed(1)} ms  ${query.sort}, ${filter}`)
  }
  console.log(`${LEAD_CASES.length} filters and orders, ${ROUNDS} rounds, pages of ${LIMIT}: ${spread(all)}`)
  if (slow.length > 0) console.log(`the slowest (p50):\n${slow.join('\n')}`)
}

/** Each filter once, whatever the order. */
async function measureTotals(): Promise<void> {
  const filters = new Map(LEAD_CASES.map(({ filter, query: { sort: _sort, ...rest } }) => [filter, rest]))
  const all: number[] = []
  const slow: string[] = []
  const whole: string[] = []
  for (const [filter, query] of filters) {
    const times = await timesOf(() => countLeads(db, query))
    all.push(...times)
    if (percentile(times, 0.5) > 25) slow.push(`\n  ${percentile(times, 0.5).toFixed(1)} ms  ${filter}`)
    if (await readsWholeTable((logged) => countLeads(logged, query))) whole.push(`\n  ${filter}`)
  }
  console.log(`totals of ${filters.size} filters, ${ROUNDS} rounds: ${spread(all)}${slow.join('')}`)
  console.log(`totals that read a whole table: ${whole.length}${whole.join('')}`)
}

/** What the planner chooses for each, with nothing forbidden. */
async function checkPlans(): Promise<void> {
  const whole: string[] = []
  for (const { filter, query } of LEAD_CASES) {
    if (await readsWholeTable((logged) => listLeads(logged, { ...query, limit: LIMIT }))) {
      whole.push(`${query.sort}, ${filter}`)
    }
  }
  console.log(
    `plans that read a whole table: ${whole.length} of ${LEAD_CASES.length}${whole.map((text) => `\n  ${text}`).join('')}`,
  )
}

/** The tables of the kept counts have a few rows, and are read whole. */
async function readsWholeTable(work: (logged: Queryable) => Promise<unknown>): Promise<boolean> {
  const statements: { sql: string; params: unknown[] }[] = []
  const logger = { logQuery: (sql: string, params: unknown[]) => void statements.push({ sql, params }) }
  await work(drizzle(db.$client, { logger }))
  for (const { sql, params } of statements.filter((statement) => !statement.sql.trimStart().startsWith('explain'))) {
    const { rows } = await db.$client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, params)
    if (rows.some((row) => /Seq Scan on (?!lead_count)/.test(row['QUERY PLAN']))) return true
  }
  return false
}

async function measureDepth(sort: LeadSort): Promise<void> {
  const times: number[] = []
  let cursor: string | undefined
  for (let page = 0; page < DEEP_PAGES; page += 1) {
    const beganMs = performance.now()
    const { nextCursor } = await listLeads(db, { sort, limit: 200, cursor })
    times.push(performance.now() - beganMs)
    if (nextCursor === null) break
    cursor = nextCursor
  }
  const [first, last] = [times.slice(1, 51), times.slice(-50)]
  console.log(`${sort}, pages of 200: pages 2 to 51 ${spread(first)}; the last 50 of ${times.length} ${spread(last)}`)
}

async function timesOf(work: () => Promise<unknown>): Promise<number[]> {
  await work()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const beganMs = performance.now()
    await work()
    times.push(performance.now() - beganMs)
  }
  return times
}

function percentile(times: number[], share: number): number {
  return times.toSorted((one, other) => one - other)[Math.floor((times.length - 1) * share)] ?? 0
}

function spread(times: number[]): string {
  return [0.5, 0.95, 0.99, 1].map((share) => `p${share * 100} ${percentile(times, share).toFixed(1)} ms`).join(', ')
}
