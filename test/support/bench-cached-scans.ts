/** Whole scans, from the name to the kept lead, with an empty cache and with a full one, in one run. */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { closeDatabase, createDatabase } from '#db/client'
import { migrate } from '#db/migrate'
import { startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { silentLog } from '#platform/log'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createGenerationalCache } from '#redis/generational-cache'
import { createCurrentOverrides } from '#scans/cache/current-overrides'
import { createScanCache } from '#scans/cache/scan-cache'
import { scanDomain, type ScanDeps } from '#scans/scan-domain'
import type { Dns } from '#signals/dns/dns'

interface CachedScansInput {
  dns: Dns
  count: number
  concurrency: number
}

const MIGRATIONS = join(import.meta.dirname, '../../migrations')
const clock = systemClock

export async function benchCachedScans({ dns, count, concurrency }: CachedScansInput): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-scan-'))
  const server = await startPostgres({ dir, durable: false })
  const redis = fork(join(import.meta.dirname, 'counted-redis-process.ts'))
  const [{ url: redisUrl }] = (await once(redis, 'message')) as [{ url: string }]
  await migrate({ url: server.url, folder: MIGRATIONS })
  const db = createDatabase({ url: server.url, maxConnections: 4, statementTimeoutMs: 30_000 })
  try {
    const client = createRedis({ url: redisUrl, token: 'bench', timeoutMs: 5_000, batching: true })
    const counts = new Map<string, number>()
    const cached = cachedDeps({ db, dns, redis: client, counts })
    const { cache: _cache, ...plain } = cached
    const requests = async () => {
      redis.send('requests')
      const [answer] = (await once(redis, 'message')) as [{ requests: number }]
      return answer.requests
    }
    const measure = async (name: string, deps: ScanDeps, label: string) => {
      const before = await requests()
      counts.clear()
      const line = await scanAll(deps, { label, count, concurrency })
      const perScan = ((await requests()) - before) / count
      console.log(`scan and keep, ${name}, ${concurrency} at once: ${line.text}`)
      console.log(`  ${perScan.toFixed(2)} requests to Redis for each scan; ${rates(counts)}`)
      return line
    }
    await scanAll(plain, { label: 'warm-up', count: 200, concurrency })
    await measure('no cache', plain, 'plain')
    const cold = await measure('empty cache', cached, 'bench')
    const warm = await measure('full cache', cached, 'bench')
    console.log(`  ${(warm.perSecond / cold.perSecond).toFixed(1)} times as many as with an empty one`)
    await Promise.all(scanKeys(count).map((key) => client.del(key)))
    await measure('DNS and registry answers cached, judged again', cached, 'bench')
    const alone = await scanAll(cached, { label: 'bench', count: Math.min(count, 500), concurrency: 1 })
    console.log(`scan and keep, full cache, one at a time: ${alone.text}`)
    console.log(`a GET of Redis alone, one at a time: ${await timeGets(client)}`)
  } finally {
    await closeDatabase(db)
    redis.kill()
    await server.close()
    await rm(dir, { recursive: true })
  }
}

function scanKeys(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `scan:v1:bench-${at}.com`)
}

/** What keeping a judgement in Redis would cost at least, each time that one is looked for. */
async function timeGets(client: ReturnType<typeof createRedis>): Promise<string> {
  const times: number[] = []
  const before = process.cpuUsage()
  for (let round = 0; round < 500; round += 1) {
    const beganMs = performance.now()
    await client.get('scan:v1:bench-0.com')
    times.push(performance.now() - beganMs)
  }
  const { user, system } = process.cpuUsage(before)
  times.sort((a, b) => a - b)
  return `p50 ${(times[250] ?? 0).toFixed(2)} ms, ${Math.round((user + system) / times.length)} µs of this process's CPU`
}

interface Parts {
  db: ReturnType<typeof createDatabase>
  dns: Dns
  redis: ReturnType<typeof createRedis>
  counts: Map<string, number>
}

function cachedDeps({ db, dns, redis, counts }: Parts): ScanDeps {
  const count = (kind: string, outcome: string) => {
    const name = `${kind} ${outcome}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const shared = { openUntil: async () => undefined, publish: async () => undefined }
  const breaker = createBreaker({ clock, log: silentLog, shared })
  const entries = createGenerationalCache({ redis, breaker, clock, log: silentLog, newToken: randomUUID })
  const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))
  return {
    db,
    dns,
    clock,
    overrides: createCurrentOverrides({ db, clock }),
    pacer: { acquire: async () => undefined },
    registration: async (domain) => ({
      state: 'absent',
      rcode: 'NXDOMAIN',
      records: [],
      resolver: `registry of ${domain}`,
      at: clock.now().toISOString(),
    }),
    budgetMs: 8_000,
    turnWaitMs: 5_000,
    cache: createScanCache({ entries, clock, count, pause, random: Math.random }),
  }
}

async function scanAll(
  deps: ScanDeps,
  { label, count, concurrency }: { label: string; count: number; concurrency: number },
) {
  const limit = pLimit(concurrency)
  const times: number[] = []
  const startMs = performance.now()
  await limit.map(
    Array.from({ length: count }, (_, at) => at),
    async (at) => {
      const beganMs = performance.now()
      await scanDomain(deps, `${label}-${at}.com`)
      times.push(performance.now() - beganMs)
    },
  )
  const perSecond = count / ((performance.now() - startMs) / 1_000)
  times.sort((a, b) => a - b)
  const percentile = (p: number) => (times[Math.floor((times.length - 1) * p)] ?? 0).toFixed(1)
  const text = `${perSecond.toFixed(0)} domains/s, p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`
  return { perSecond, text }
}

function rates(counts: Map<string, number>): string {
  const kinds = ['scan', 'dns', 'whois', 'provider', 'scoring']
  const parts = kinds.flatMap((kind) => {
    const [hits, all] = [
      counts.get(`${kind} hit`) ?? 0,
      ['hit', 'miss', 'error'].map((o) => counts.get(`${kind} ${o}`) ?? 0),
    ]
    const looks = all.reduce((sum, each) => sum + each, 0)
    return looks === 0 ? [] : [`${kind} ${((100 * hits) / looks).toFixed(0)} %`]
  })
  return parts.length === 0 ? 'no look into a cache' : `hits: ${parts.join(', ')}`
}
