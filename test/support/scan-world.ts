/** Two instances that scan one company, with one database, one Redis, one registry and one fake DNS under a test clock. */
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { Lead } from '#leads/store'
import { createRedis } from '#redis/client'
import { scanDomain } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import {
  type CountingRedis,
  createFakeRegistry,
  createInstance,
  type FakeRegistry,
  type Instance,
  startCountingRedis,
} from './cached-scans.ts'
import { createFakeDns, type FakeDns, googleCompany } from './fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from './hunter-database.ts'
import { TestClock } from './test-clock.ts'

export const FIRMA = 'firma.com.tr' as Domain
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

interface Parts {
  database: HunterDatabase
  redis: CountingRedis
  clock: TestClock
  dns: FakeDns
  registry: FakeRegistry
  one: Instance
  other: Instance
}

/** The database is the file's; all else is new, and the tables are empty, for each test. The parts are there once tests run. */
export function useScanWorld() {
  const world = {} as Parts
  const instance = (changes: Parameters<typeof createInstance>[1] = {}, url = world.redis.url) =>
    createInstance({ ...world, db: world.database.db, redis: { url } }, changes)
  beforeAll(async () => {
    world.database = await createHunterDatabase()
  })
  afterAll(() => world.database.close())
  beforeEach(async () => {
    await world.database.db.execute(sql`truncate companies, scan_jobs, provider_overrides cascade`)
    world.clock = new TestClock()
    world.redis = await startCountingRedis(world.clock)
    const firma = { ...googleCompany(FIRMA)[FIRMA], ns: ['ns1.firma.com.tr'] }
    world.dns = createFakeDns({ ...googleCompany(FIRMA), [FIRMA]: firma }, world.clock)
    world.registry = createFakeRegistry()
    world.one = instance()
    world.other = instance()
  })
  afterEach(() => world.redis.close())
  return Object.assign(world, {
    instance,
    client: () => createRedis({ url: world.redis.url, token: 't', timeoutMs: 5_000 }),
    scan: (deps = world.one) => scanDomain(deps, FIRMA),
    moveTo: (host: string) => world.dns.zone.set(FIRMA, { ...world.dns.zone.get(FIRMA), mx: [host] }),
    /** What the DNS is asked during `work`. */
    asking: async (work: () => Promise<unknown>): Promise<string[]> => {
      world.dns.asked = []
      await work()
      return world.dns.asked
    },
    holding: () => holding(world),
  })
}

export const hostOf = ({ signals: { mx } }: Lead) => (mx.state === 'present' ? mx.value.hosts[0]?.host : mx.state)

/** A DNS with today's zone whose first answer waits until it is released. */
function holding({ dns, clock }: Parts) {
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const held = createFakeDns(Object.fromEntries(dns.zone), clock)
  held.onAsk = async () => {
    delete held.onAsk
    reached.resolve()
    await released.promise
  }
  return { dns: held, reached: reached.promise, release: released.resolve }
}
