/**
 * How long the dashboard takes over invented leads with a year of work, in a server of its own: from the cache beside a
 * route that reads nothing, from the database, and after a restart of the server with its files out of the system's
 * cache; what keeping the counts costs a save, by one worker and by two.
 * Run it with `npm run bench -- dashboard [leads]` (1,000,000).
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate, rollBack } from '#db/migrate'
import { runInTransaction, type Transaction } from '#db/transaction'
import { startPostgres } from '#emulators/postgres/postgres'
import { readDashboard } from '#leads/dashboard/read-dashboard'
import { seedLeads } from '#local/seed/seed-leads'
import { createCache } from '#redis/cache'
import { createRedis } from '#redis/client'
import { multiplyLeads } from '../support/many-leads.ts'
import { createTestApi } from '../support/test-api.ts'
import { recordingLog } from '../support/recording-log.ts'

const folder = join(import.meta.dirname, '../../migrations')
const leads = Number(process.argv.at(-1)) || 1_000_000
const INVENTED = Math.min(leads, 2_000)
const ROUNDS = 40
const COLD_ROUNDS = 10
const CACHED_CALLS = 300
/** As the test API's clock stands. */
const NOW = new Date('2026-11-20T00:00:00Z')
const TIMEZONE = 'Europe/Istanbul'
const DAYS = [30, 365]

const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-dashboard-'))
let server = await startPostgres({ dir, durable: false })
try {
  await prepare()
  await measureReads()
  await measureCached()
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

/** Rows go in faster without indexes; the migrations then build these, and count what is there. */
async function prepare(): Promise<void> {
  const beganMs = performance.now()
  const { url } = server
  await migrate({ url, folder })
  await withDatabase((db) => seedLeads(db, { leads: INVENTED, now: NOW, addToOthers: false }))
  await rollBack({ url, folder }, { to: '0002_history' })
  await withDatabase(async (db) => {
    await multiplyLeads(db, Math.max(0, Math.round(leads / INVENTED) - 1))
    await addHistory(db)
  })
  const indexedMs = performance.now()
  await migrate({ url, folder })
  console.log(`migrations on ${leads} leads: ${seconds(performance.now() - indexedMs)}`)
  await withDatabase(async (db) => {
    await addYear(db)
    await db.execute('vacuum analyze')
  })
  console.log(`all data: ${seconds(performance.now() - beganMs)}; ${describeLoad()}`)
}

/** A change of every company, and an alert of every tenth. Its keys are right, and looking each up takes longer than the row. */
async function addHistory(db: Database): Promise<void> {
  const work = async (tx: Transaction) => {
    await tx.execute(sql`set local session_replication_role = replica`)
    await tx.execute(sql`
      insert into lead_changes (company_id, type, old_value, new_value, at)
      select id, (array['mx_changed', 'spf_changed', 'dmarc_added', 'ns_changed'])[1 + id % 4], to_jsonb(id),
             to_jsonb(id + 1), ${NOW}::timestamptz - random() * interval '60 days'
        from companies order by random()`)
    await tx.execute(sql`
      insert into alerts (change_id, type, raised_at)
      select id, type, at from lead_changes where type in ('mx_changed', 'dmarc_added') and id % 5 = 0`)
  }
  await runInTransaction(db, work, { timeoutMs: 600_000 })
}

/** Work in every quarter of an hour of a year: more rows than this, no trend reads. */
async function addYear(db: Database): Promise<void> {
  await db.execute(sql`
    insert into activity_counts (quarter, scans, changes)
    select ${NOW}::timestamptz - n * interval '15 minutes', 100 + n % 50, n % 7 from generate_series(0, 96 * 366) n
    on conflict (quarter) do nothing`)
}

async function measureReads(): Promise<void> {
  for (const days of DAYS) {
    const times = await withDatabase((db) =>
      timesOf(ROUNDS, () => readDashboard(db, { days, timezone: TIMEZONE, now: NOW })),
    )
    console.log(`dashboard of ${days} days, from the database: ${spread(times)}; ${describeLoad()}`)
  }
}

/**
 * Calls the cached dashboard and a route that reads nothing in turns, so that both meet the same load. Redis has a
 * process of its own; the processor time is the API's alone.
 */
async function measureCached(): Promise<void> {
  const child = fork(join(import.meta.dirname, '../support/counted-redis-process.ts'))
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const redis = createRedis({ url, token: 'bench', timeoutMs: 1_000 })
  await withDatabase(async (db) => {
    const api = createTestApi(db, { dashboardCache: createCache({ redis, log: recordingLog() }) })
    const key = await api.key(['read'])
    const paths = [...DAYS.map((days) => `/api/v1/dashboard?days=${days}`), '/api/v1/scan/bulk/none']
    const spent = paths.map((path) => ({ path, times: [] as number[], cpuMs: 0 }))
    for (let round = -20; round < CACHED_CALLS; round += 1) {
      for (const one of spent) {
        const [before, beganMs] = [process.cpuUsage(), performance.now()]
        await api.call('GET', one.path, { key })
        if (round < 0) continue // warms up
        const { user, system } = process.cpuUsage(before)
        one.times.push(performance.now() - beganMs)
        one.cpuMs += (user + system) / 1_000 / CACHED_CALLS
      }
    }
    for (const { path, times, cpuMs } of spent) {
      console.log(`GET ${path}, cached: ${spread(times)}, processor ${cpuMs.toFixed(2)} ms; ${describeLoad()}`)
    }
  })
  child.kill()
}

/** Each round begins with a server that has just started and reads its files from the disk; the cache is empty. */
async function measureCold(): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < COLD_ROUNDS; round += 1) {
    await server.close()
    await dropFromSystemCache(join(dir, 'data/base'))
    server = await startPostgres({ dir, durable: false })
    await withDatabase(async (db) => {
      const api = createTestApi(db)
      const key = await api.key(['read']) // connects, as the first request of an instance does
      const beganMs = performance.now()
      await api.call('GET', '/api/v1/dashboard?days=365', { key })
      times.push(performance.now() - beganMs)
    })
  }
  console.log(`GET /dashboard of 365 days, cold: ${spread(times)}; ${describeLoad()}`)
}

/** Leaves the catalog's small files, which any statement would have read. */
async function dropFromSystemCache(base: string): Promise<void> {
  for (const name of await readdir(base, { recursive: true })) {
    const path = join(base, name)
    const found = await stat(path)
    if (!found.isFile() || found.size < 200_000) continue
    await promisify(execFile)('dd', [
      `of=${path}`,
      'oflag=nocache',
      'conv=notrunc,fdatasync',
      'count=0',
      'if=/dev/null',
    ])
  }
}

/** Batches of 50 verdicts, by one worker and by two at once, with the triggers and without. */
async function measureSaves(): Promise<void> {
  for (const state of ['enable', 'disable']) {
    await withDatabase((db) => db.execute(sql.raw(`alter table lead_scores ${state} trigger user`)))
    for (const workers of [1, 2]) {
      const times = await withDatabase((db) => saveByWorkers(db, workers))
      console.log(`saving 50 leads, triggers ${state}d, ${workers} at once: ${spread(times)}; ${describeLoad()}`)
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

function describeLoad(): string {
  return `load ${loadavg()[0]?.toFixed(1)}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
