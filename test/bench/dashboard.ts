/**
 * How long the dashboard takes over invented leads in a server of its own: after a restart of the server and warm, with
 * the cache and without; what counting the tables would take instead; what keeping the counts costs a save; and whether
 * two workers at once are slowed down. Run it with `npm run bench -- dashboard [leads]` (1,000,000).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate, rollBack } from '#db/migrate'
import { startPostgres } from '#emulators/postgres/postgres'
import { startRedisServer } from '#emulators/redis/server'
import { readDashboard } from '#leads/dashboard/read-dashboard'
import { seedLeads } from '#local/seed/seed-leads'
import { systemClock } from '#platform/clock'
import { createCache } from '#redis/cache'
import { createRedis } from '#redis/client'
import { multiplyLeads } from '../support/many-leads.ts'
import { createTestApi } from '../support/test-api.ts'
import { recordingLog } from '../support/recording-log.ts'

const folder = join(import.meta.dirname, '../../migrations')
const leads = Number(process.argv.at(-1)) || 1_000_000
const INVENTED = Math.min(leads, 20_000)
const ROUNDS = 40
const COLD_ROUNDS = 8
const NOW = new Date('2026-11-20T00:00:00Z')

const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-dashboard-'))
let server = await startPostgres({ dir, durable: false })
try {
  await prepare()
  await measureReads()
  await measureCold()
  await measureSaves()
} finally {
  await server.close()
  await rm(dir, { recursive: true })
}

async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = createDatabase({ url: server.url, maxConnections: 4, statementTimeoutMs: 0 })
  try {
    return await work(db)
  } finally {
    await closeDatabase(db)
  }
}

async function prepare(): Promise<void> {
  const { url } = server
  await migrate({ url, folder })
  await withDatabase((db) => seedLeads(db, { leads: INVENTED, now: NOW, addToOthers: false }))
  await rollBack({ url, folder }, { to: '0002_history' }) // rows go in faster without indexes
  await withDatabase((db) => multiplyLeads(db, Math.max(0, Math.round(leads / INVENTED) - 1)))
  await migrate({ url, folder }, { to: '0012_audit_list' })
  const beganMs = performance.now()
  await migrate({ url, folder })
  console.log(`up to 0013 on ${leads} leads: ${seconds(performance.now() - beganMs)}`)
  await withDatabase(async (db) => {
    for (const table of ['companies', 'scans', 'lead_scores']) await db.execute(`vacuum analyze ${table}`)
  })
}

async function measureReads(): Promise<void> {
  for (const days of [30, 365]) {
    const times = await withDatabase((db) =>
      timesOf(ROUNDS, () => readDashboard(db, { days, timezone: 'Europe/Istanbul', now: NOW })),
    )
    console.log(`dashboard of ${days} days, without the cache: ${spread(times)}`)
  }
  const redis = await startRedisServer({ token: 't', clock: systemClock })
  const client = createRedis({ url: redis.url, token: 't', timeoutMs: 1_000 })
  const times = await withDatabase(async (db) => {
    const api = createTestApi(db, { dashboardCache: createCache({ redis: client, log: recordingLog() }) })
    const key = await api.key(['read'])
    return timesOf(ROUNDS, () => api.call('GET', '/api/v1/dashboard?days=365', { key }))
  })
  await redis.close()
  console.log(`GET /dashboard of 365 days, cached: ${spread(times)}`)
  const scans = await withDatabase((db) => timesOf(5, () => countTables(db)))
  console.log(`counting the tables by covering indexes instead: ${spread(scans)}`)
}

/** What the same numbers cost without the kept counts, by indexes that hold all that is counted. */
async function countTables(db: Database): Promise<void> {
  await db.execute(sql`create index if not exists bench_counts on lead_scores (segment, mailbox, priority)`)
  await db.execute(sql`select segment, mailbox, priority, count(*) from lead_scores group by 1, 2, 3`)
  await db.execute(sql`
    select (scanned_at at time zone 'Europe/Istanbul')::date as day, count(*) from scans
     where scanned_at >= ${NOW}::timestamptz - interval '365 days' group by 1`)
}

/** Each round begins with a server that has just started: no page is in its memory, no plan in its sessions. */
async function measureCold(): Promise<void> {
  await withDatabase((db) => db.execute(sql`drop index bench_counts`))
  const times: number[] = []
  for (let round = 0; round < COLD_ROUNDS; round += 1) {
    await server.close()
    server = await startPostgres({ dir, durable: false })
    const beganMs = performance.now()
    await withDatabase((db) => readDashboard(db, { days: 365, timezone: 'Europe/Istanbul', now: NOW }))
    times.push(performance.now() - beganMs)
  }
  console.log(`dashboard of 365 days, the server just started, connecting included: ${spread(times)}`)
}

/** Batches of 50 verdicts, by one worker and by two at once, with the triggers and without. */
async function measureSaves(): Promise<void> {
  for (const state of ['enable', 'disable']) {
    await withDatabase((db) => db.execute(sql.raw(`alter table lead_scores ${state} trigger user`)))
    for (const workers of [1, 2]) {
      const times = await withDatabase((db) => saveByWorkers(db, workers))
      console.log(`saving 50 leads, triggers ${state}d, ${workers} at once: ${spread(times)}`)
    }
  }
}

async function saveByWorkers(db: Database, workers: number): Promise<number[]> {
  const first = await db.execute<{ id: string }>(sql`select min(company_id) as id from lead_scores`)
  const start = Number(first.rows[0]?.id)
  const work = async (worker: number) => {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = start + (worker * ROUNDS + round) * 50
      const beganMs = performance.now()
      await db.execute(sql`
        update lead_scores set priority = case priority when 6 then 7 else 6 end
         where company_id >= ${from} and company_id < ${from + 50}`)
      times.push(performance.now() - beganMs)
    }
    return times
  }
  return (await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))).flat()
}

async function timesOf(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  await work()
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const beganMs = performance.now()
    await work()
    times.push(performance.now() - beganMs)
  }
  return times
}

function spread(times: number[]): string {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.ceil((sorted.length - 1) * share)] ?? 0
  return [0.5, 0.95].map((share) => `p${share * 100} ${at(share).toFixed(1)} ms`).join(', ')
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
