/** Instances that scan with one database, one Redis and one fake DNS, as functions do. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Database } from '#db/client'
import { createEngine } from '#emulators/redis/engine'
import { createRestServer } from '#emulators/redis/rest'
import { Store } from '#emulators/redis/store'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createGenerationalCache } from '#redis/generational-cache'
import type { BatchDeps } from '#scans/bulk/process-batch'
import { createScanCache } from '#scans/cache/scan-cache'
import type { Evidence } from '#signals/evidence'
import type { Registration } from '#signals/signals'
import type { FakeDns } from './fake-dns.ts'
import { recordingLog } from './recording-log.ts'
import { registrationOf } from './sample-signals.ts'
import { scanDeps } from './scan-deps.ts'
import type { TestClock } from './test-clock.ts'

export interface CountingRedis {
  url: string
  /** Requests so far. */
  requests: number
  close(): Promise<void>
}

export async function startCountingRedis(clock: TestClock): Promise<CountingRedis> {
  const plain = createEngine(new Store(clock))
  const counting: CountingRedis = { url: '', requests: 0, close: async () => undefined }
  const engine = {
    run: (commands: string[][]) => ((counting.requests += 1), plain.run(commands)),
    transaction: (commands: string[][]) => ((counting.requests += 1), plain.transaction(commands)),
  }
  const server = createRestServer({ token: 't', engine }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  counting.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  counting.close = async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return counting
}

export interface FakeRegistry {
  facts: Registration | 'silent'
  /** Domains that it was asked about. */
  asked: string[]
}

export function createFakeRegistry(): FakeRegistry {
  return { facts: registrationOf(), asked: [] }
}

interface World {
  db: Database
  redis: { url: string }
  dns: FakeDns
  clock: TestClock
  registry?: FakeRegistry
}

export interface Instance extends BatchDeps {
  /** `<kind> <outcome>` of each look into a cache. */
  counted: string[]
  /** Turns that it took. */
  turnsTaken: () => number
}

export function createInstance(world: World, changes: Partial<BatchDeps> = {}): Instance {
  const { db, dns, clock, registry } = world
  const redis = createRedis({ url: world.redis.url, token: 't', timeoutMs: 5_000, batching: true })
  const shared = { openUntil: async () => undefined, publish: async () => undefined }
  const breaker = createBreaker({ clock, log: recordingLog(), shared })
  const log = recordingLog()
  const counted: string[] = []
  const count = (kind: string, outcome: string) => void counted.push(`${kind} ${outcome}`)
  let turns = 0
  const entries = createGenerationalCache({ redis, breaker, clock, log, newToken: randomUUID })
  const pause = async (ms: number) => clock.advanceMs(ms)
  const deps = scanDeps(db, dns, {
    clock,
    log,
    pacer: { acquire: async () => void (turns += 1) },
    cache: createScanCache({ entries, clock, count, pause, random: () => 0.5 }),
    ...(registry && { registration: async (domain) => answerOf(registry, domain, clock) }),
    ...changes,
  })
  return { ...deps, counted, turnsTaken: () => turns }
}

function answerOf(registry: FakeRegistry, domain: string, clock: TestClock): Evidence<Registration> {
  registry.asked.push(domain)
  const seen = { records: [], resolver: 'whois.trabis.gov.tr', at: clock.now().toISOString() }
  if (registry.facts === 'silent') return { state: 'unknown', rcode: 'TIMEOUT', ...seen }
  return { state: 'present', rcode: 'NOERROR', ...seen, value: registry.facts }
}
