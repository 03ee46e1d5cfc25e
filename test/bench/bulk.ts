/**
 * `npm run bench -- bulk [--domains 10000] [--workers 5] [--limit 0]`: a bulk scan from the job's rows to its last commit, over
 * real DNS packets and a real Postgres, with the shared limiter at so many domains a second, or without one (0).
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setInterval, setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate } from '#db/migrate'
import { startPostgres } from '#emulators/postgres/postgres'
import { startRedisServer } from '#emulators/redis/server'
import { systemClock as clock } from '#platform/clock'
import { silentLog } from '#platform/log'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter } from '#redis/limiter'
import { createSharedBreaker } from '#redis/shared-breaker'
import { planBatches } from '#scans/bulk/batch-limits'
import type { BatchMessage, BatchQueue } from '#scans/bulk/batch-message'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { createCurrentOverrides } from '#scans/cache/current-overrides'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { queueJob } from '#scans/bulk/queue-batches'
import { createPacer, type Pacer } from '#scans/dns-pacing'
import { createDns } from '#signals/dns/dns'

const { values } = parseArgs({
  options: {
    domains: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '5' },
    limit: { type: 'string', default: '0' },
  },
})
const [domains, workers, limit] = [Number(values.domains), Number(values.workers), Number(values.limit)]
const SCAN_BUDGET_MS = 8_000
const plan = planBatches({ dnsPerSecond: limit || 100_000, scanBudgetMs: SCAN_BUDGET_MS })
const MIGRATIONS = join(import.meta.dirname, '../../migrations')

let statements = 0
/** Batches that failed and came again. */
let again = 0
const query = Reflect.get(Client.prototype, 'query') as (...args: unknown[]) => unknown
Client.prototype.query = function counting(this: Client, ...args: unknown[]) {
  statements += 1
  return Reflect.apply(query, this, args)
} as typeof Client.prototype.query

const closers = new AsyncDisposableStack()
try {
  await bench()
} finally {
  await closers.disposeAsync()
}

async function bench(): Promise<void> {
  const [address, url, redisUrl] = await Promise.all([startDns(), startDatabase(), startRedis()])
  const db = pool(url)
  const messages: BatchMessage[] = []
  const queue: BatchQueue = {
    send: async (some) => {
      messages.push(...some)
      return { refused: [] }
    },
  }
  const beganMs = performance.now()
  const inputs = Array.from({ length: domains }, (_, n) => `bench-${n}.com`)
  const jobId = await createJob({ db, clock, newId: v7, batchSize: plan.size }, { inputs, keyid: null })
  await queueJob({ db, queue, clock }, jobId)
  const queuedMs = performance.now()
  const sentBefore = statements
  const batches = messages.length
  const watching = watch(db, jobId)
  const cpu = process.cpuUsage()
  await Promise.all(
    Array.from({ length: workers }, () => work(messages, { url, address, pacer: createBenchPacer(redisUrl) })),
  )
  const seconds = (performance.now() - queuedMs) / 1_000
  const polled = await watching.stop()
  const { user, system } = process.cpuUsage(cpu)
  const quietMs = performance.now()
  const job = await getJob(db, jobId)
  const progressMs = (performance.now() - quietMs).toFixed(1)
  const rate = domains / seconds
  console.log(`${domains} domains, ${workers} workers in one process, ${batches} batches of up to ${plan.size}`)
  console.log(`job and messages   ${((queuedMs - beganMs) / 1_000).toFixed(2)} s`)
  console.log(
    `scanned and kept   ${seconds.toFixed(1)} s, ${rate.toFixed(1)} domains/s, ${JSON.stringify(job.domains)}`,
  )
  if (limit > 0) console.log(`of the limit       ${((rate / limit) * 100).toFixed(1)} % of ${limit}/s`)
  console.log(`processor          ${((user + system) / 1e6 / seconds).toFixed(2)} cores of this process`)
  if (again > 0) console.log(`again              ${again} batches`)
  console.log(`statements         ${((statements - sentBefore - polled.length) / batches).toFixed(1)} a batch`)
  console.log(`memory             ${Math.round(process.resourceUsage().maxRSS / 1_024)} MiB resident at most`)
  console.log(
    `progress           p50 ${at(polled, 0.5)} ms, p99 ${at(polled, 0.99)} ms of ${polled.length}; ${progressMs} ms at rest`,
  )
}

async function work(
  messages: BatchMessage[],
  { url, address, pacer }: { url: string; address: string; pacer: Pacer },
): Promise<void> {
  const db = pool(url)
  const overrides = createCurrentOverrides({ db, clock })
  const dns = createDns({ servers: [address], queryTimeoutMs: 2_000, clock })
  const { turnWaitMs } = plan
  const deps = { db, overrides, dns, pacer, clock, budgetMs: SCAN_BUDGET_MS, turnWaitMs, log: silentLog }
  for (let next = messages.shift(); next; next = messages.shift()) {
    try {
      await processBatch(deps, { ...next, lastTry: false })
    } catch {
      again += 1
      messages.push(next) // as the queue does
    }
  }
}

/** Polls the progress while the workers run, as a waiting client does. */
function watch(db: Database, jobId: JobId): { stop: () => Promise<number[]> } {
  const times: number[] = []
  const stopping = new AbortController()
  const look = async () => {
    for await (const _ of setInterval(200, undefined, { signal: stopping.signal })) {
      const beganMs = performance.now()
      await getJob(db, jobId)
      times.push(performance.now() - beganMs)
    }
  }
  const looking = look().catch(() => undefined) // it ends by being stopped
  return {
    stop: async () => {
      stopping.abort()
      await looking
      return times.sort((a, b) => a - b)
    },
  }
}

function at(sorted: number[], share: number): string {
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
}

function createBenchPacer(redisUrl: string): Pacer {
  if (limit === 0) return { acquire: async () => undefined }
  const redis = createRedis({ url: redisUrl, token: 't', timeoutMs: 1_000, batching: true })
  const breaker = createBreaker({ clock, log: silentLog, shared: createSharedBreaker(redis) })
  const rule = { name: 'dns', tokens: limit, windowMs: 1_000, instances: workers }
  const limiter = createLimiter({ redis, clock, breaker }, rule)
  return createPacer({ limiter, background: limiter, clock, pause: (ms) => pause(ms) })
}

function pool(url: string): Database {
  const db = createDatabase({ url, maxConnections: 4, statementTimeoutMs: 30_000 })
  closers.defer(() => closeDatabase(db))
  return db
}

async function startDatabase(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-'))
  closers.defer(() => rm(dir, { recursive: true, force: true }))
  const server = await startPostgres({ dir, durable: true })
  closers.defer(() => server.close())
  await migrate({ url: server.url, folder: MIGRATIONS })
  return server.url
}

async function startRedis(): Promise<string> {
  const server = await startRedisServer({ token: 't', clock })
  closers.defer(() => server.close())
  return server.url
}

/** The name server of the benchmark `scan`, in a process of its own. */
async function startDns(): Promise<string> {
  const server = fork(join(import.meta.dirname, 'scan.ts'), ['serve'])
  closers.defer(() => void server.kill())
  const [{ address }] = (await once(server, 'message')) as [{ address: string }]
  return address
}
