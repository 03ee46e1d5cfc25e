/**
 * Reads, writes, changes, losses and invalidations in random order on random instances never return an answer after its
 * TTL. `HUNTER_CACHE_RUNS` sets how many orders are tried.
 */
import { sql } from 'drizzle-orm'
import * as fc from '../support/seeded.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { putOverride } from '#leads/provider-overrides'
import type { Lead } from '#leads/store'
import { formatStableJson } from '#platform/stable-hash'
import { createRedis } from '#redis/client'
import { rescanDomain, scanDomain } from '#scans/scan-domain'
import type { Evidence } from '#signals/evidence'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'
import type { Dmarc, Mx, Registration } from '#signals/signals'
import {
  type CountingRedis,
  createFakeRegistry,
  createInstance,
  type Instance,
  startCountingRedis,
} from '../support/cached-scans.ts'
import { createFakeDns, type FakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { registrationOf } from '../support/sample-signals.ts'
import { refusingUrl } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'
import { isThorough } from '../support/thorough.ts'

const RUNS = Number(process.env.HUNTER_CACHE_RUNS ?? (isThorough ? 30 : 4))
const FIRMA = 'firma.com.tr' as Domain
const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

type Part = 'mx' | 'dmarc' | 'registration'
const PARTS = ['mx', 'dmarc', 'registration'] as const
const LIFE_MS = { mx: HOUR_MS, dmarc: HOUR_MS, registration: DAY_MS } as const satisfies Record<Part, number>
const INSTANCES = ['first', 'second', 'without Redis'] as const

type Step =
  | { do: 'pass'; ms: number }
  | { do: 'change' | 'fail' | 'heal'; part: Part }
  | { do: 'scan' | 'rescan'; on: (typeof INSTANCES)[number] }
  | { do: 'scan on two at once' | 'override' | 'begin' | 'end' | 'lose the lead' }
  | { do: 'lose' | 'spoil'; kind: 'dns' | 'whois' | 'scan' }

const passing = fc.constantFrom(
  1,
  SECOND_MS,
  MINUTE_MS - 1,
  MINUTE_MS,
  HOUR_MS / 2,
  HOUR_MS - 1,
  HOUR_MS,
  DAY_MS - HOUR_MS,
)
const part = fc.constantFrom(...PARTS)
const kind = fc.constantFrom('dns' as const, 'whois' as const, 'scan' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('scan' as const), on: fc.constantFrom(...INSTANCES) }) },
  { weight: 4, arbitrary: passing.map((ms): Step => ({ do: 'pass', ms })) },
  { weight: 3, arbitrary: part.map((part): Step => ({ do: 'change', part })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'heal' as const), part }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rescan' as const), on: fc.constantFrom(...INSTANCES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'spoil' as const), kind }) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('scan on two at once', 'override', 'begin', 'end', 'lose the lead')
      .map((name): Step => ({ do: name as 'begin' })),
  },
)

/** What was true out there, and when it began to be. */
interface Truth {
  fromMs: number
  value: string
  fails: boolean
}

/** When a scan began, and the newest rescan that had ended by then. */
interface Asked {
  startMs: number
  rescannedMs: number
}

let database: HunterDatabase
let unreachable: string
beforeAll(async () => {
  database = await createHunterDatabase()
  unreachable = await refusingUrl()
})
afterAll(() => database.close())

class World {
  readonly clock: TestClock
  readonly dns: FakeDns
  readonly registry = createFakeRegistry()
  readonly truths: Record<Part, Truth[]> = { mx: [], dmarc: [], registration: [] }
  readonly overrides: { fromMs: number; list: ProviderOverride[] }[] = [{ fromMs: -Infinity, list: [] }]
  readonly instances: Record<(typeof INSTANCES)[number] | 'slow', Instance>
  readonly redis: CountingRedis
  rescannedMs = -Infinity
  /** A scan under way; its answer, or what it threw. */
  held: { lead: Promise<Lead | { code?: string }>; release: () => void; asked: Asked; isLost: boolean } | undefined
  #gate: Promise<void> | undefined
  #changes = 0

  constructor(redis: CountingRedis, clock: TestClock) {
    this.redis = redis
    this.clock = clock
    this.dns = createFakeDns(googleCompany(FIRMA), clock)
    const { db } = database
    const make = (url: string) =>
      createInstance({ db, redis: { url }, dns: this.dns, clock: this.clock, registry: this.registry })
    const slow = make(redis.url)
    const { registration } = slow
    slow.registration = async (...question) => {
      await this.#gate
      return registration!(...question)
    }
    this.instances = { first: make(redis.url), second: make(redis.url), 'without Redis': make(unreachable), slow }
    for (const part of PARTS) this.change(part)
  }

  nowMs = () => this.clock.now().getTime()
  asked = (): Asked => ({ startMs: this.nowMs(), rescannedMs: this.rescannedMs })

  change(part: Part): void {
    this.#changes += 1
    this.#set(part, { value: `value-${this.#changes}`, fails: this.truths[part].at(-1)?.fails ?? false })
  }

  fail(part: Part, fails: boolean): void {
    this.#set(part, { value: this.truths[part].at(-1)!.value, fails })
  }

  #set(part: Part, truth: Omit<Truth, 'fromMs'>): void {
    this.truths[part].push({ fromMs: this.nowMs(), ...truth })
    const { value, fails } = truth
    const failing = fails ? { fails: 'SERVFAIL' as const } : {}
    if (part === 'mx') this.dns.zone.set(FIRMA, { mx: [`${value}.l.google.com`], ns: ['ns1.firma.com.tr'], ...failing })
    else if (part === 'dmarc') {
      this.dns.zone.set(`_dmarc.${FIRMA}`, {
        txt: [`v=DMARC1; p=reject; rua=mailto:${value}@firma.com.tr`],
        ...failing,
      })
    } else this.registry.facts = fails ? 'silent' : registrationOf({ registrar: value })
  }

  async override(): Promise<void> {
    this.#changes += 1
    const providerId = this.#changes % 2 ? 'natro' : 'zoho'
    const rule = { signal: 'mx', suffix: 'l.google.com', providerId } as const
    await putOverride(database.db, { ...rule, note: '' }, { actor: 'test', at: this.clock.now() })
    this.overrides.push({ fromMs: this.nowMs(), list: [rule] })
  }

  begin(): void {
    if (this.held) return
    const gate = Promise.withResolvers<void>()
    this.#gate = gate.promise
    const release = () => {
      this.#gate = undefined
      gate.resolve()
    }
    const asked = this.asked()
    const lead = scanDomain(this.instances.slow, FIRMA).catch((thrown: { code?: string }) => thrown)
    this.held = { lead, release, asked, isLost: false }
  }
}

async function take(world: World, next: Step): Promise<void> {
  const asked = world.asked()
  const scan = async (on: Instance) => hold(world, await scanDomain(on, FIRMA), asked)
  switch (next.do) {
    case 'pass':
      // a scan under way lasts for seconds, never longer
      return world.clock.advanceMs(world.held ? Math.min(next.ms, SECOND_MS) : next.ms)
    case 'change':
      return world.change(next.part)
    case 'fail':
    case 'heal':
      return world.fail(next.part, next.do === 'fail')
    case 'override':
      return world.override()
    case 'scan':
      return scan(world.instances[next.on])
    case 'scan on two at once':
      await Promise.all([scan(world.instances.first), scan(world.instances.second)])
      return
    case 'rescan':
      return rescan(world, next.on)
    case 'begin':
      return world.begin()
    case 'end': {
      const { held } = world
      if (!held) return
      world.held = undefined
      held.release()
      const lead = await held.lead
      if ('signals' in lead) return hold(world, lead, held.asked)
      // whether it had read the company before that was lost is a matter of moments
      if (held.isLost && lead.code === 'LEAD_ERASED') return
      throw lead
    }
    case 'lose the lead':
      await database.db.execute(sql`truncate companies cascade`)
      world.rescannedMs = -Infinity
      if (world.held) {
        world.held.asked.rescannedMs = -Infinity
        world.held.isLost = true
      }
      return
    case 'lose':
    case 'spoil': {
      const redis = createRedis({ url: world.redis.url, token: 't', timeoutMs: 5_000 })
      const key = `${next.kind}:v1:${FIRMA}`
      if (next.do === 'lose') await redis.del(key)
      else await redis.set(key, { until: world.nowMs() + MINUTE_MS, generation: '', value: { at: 'never' } })
    }
  }
}

async function rescan(world: World, on: (typeof INSTANCES)[number]): Promise<void> {
  const asked = world.asked()
  const { lead } = await rescanDomain(world.instances[on], FIRMA).catch((thrown: { code?: string }) => {
    if (thrown.code === 'LEAD_NOT_FOUND') return { lead: undefined }
    throw thrown
  })
  if (!lead) return
  hold(world, lead, { ...asked, rescannedMs: asked.startMs })
  world.rescannedMs = asked.startMs
}

let held = 0

/** Holds a lead that was told to what was true and may still be told. */
function hold(world: World, lead: Lead, asked: Asked): void {
  held += 1
  const { mx, dmarc, registration } = lead.signals
  holdPart(world, 'mx', { evidence: mx, read: ({ hosts: [host] }: Mx) => host?.host.split('.')[0], ...asked })
  const reports = ({ reportUris: [uri = ''] }: Dmarc) => /mailto:(.*)@/.exec(uri)?.[1]
  holdPart(world, 'dmarc', { evidence: dmarc, read: reports, ...asked })
  holdPart(world, 'registration', {
    evidence: registration,
    read: ({ registrar }: Registration) => registrar,
    ...asked,
  })
  const inForce = world.overrides.filter(({ fromMs }, at) => {
    const endMs = world.overrides[at + 1]?.fromMs ?? Infinity
    return fromMs <= world.nowMs() && endMs > asked.startMs - MINUTE_MS
  })
  const judgements = inForce.map(({ list }) => formatStableJson(assessLead(lead.signals, list).provider.mailbox))
  expect(judgements).toContain(formatStableJson(lead.provider.mailbox))
}

interface Told<T> extends Asked {
  evidence: Evidence<T>
  read: (value: T) => string | null | undefined
}

function holdPart<T>(world: World, part: Part, { evidence, read, startMs, rescannedMs }: Told<T>): void {
  const truths = world.truths[part]
  const atMs = Date.parse(evidence.at)
  const lasted = (fromMs: number, toMs: number, is: (truth: Truth) => boolean) =>
    truths.some((truth, at) => is(truth) && truth.fromMs <= toMs && (truths[at + 1]?.fromMs ?? Infinity) >= fromMs)
  const failedLately = lasted(startMs - MINUTE_MS + 1, world.nowMs(), ({ fails }) => fails)
  if (evidence.state === 'present') {
    const value = read(evidence.value)
    // what is told was true when it says that it was seen
    const isTrue = lasted(atMs, atMs, (truth) => !truth.fails && truth.value === value)
    expect([part, value, evidence.at, isTrue || truths]).toEqual([part, value, evidence.at, true])
    // an older one only when no server answered within the last minute
    if (!failedLately) expect(startMs - atMs).toBeLessThan(LIFE_MS[part])
    const failedThen = lasted(rescannedMs, rescannedMs, ({ fails }) => fails)
    if (!failedLately && !failedThen) expect(atMs).toBeGreaterThanOrEqual(rescannedMs)
  } else {
    expect([part, evidence.state, failedLately]).toEqual([part, 'unknown', true])
  }
}

interface StoredEntry {
  until: number
  value: { at: string; answers?: [string, string, unknown[], string | null, string][] }
}

/** Holds every entry in Redis to the lives of what it was made of. */
async function holdEntries(world: World): Promise<void> {
  const redis = createRedis({ url: world.redis.url, token: 't', timeoutMs: 5_000 })
  const keys = ['dns', 'whois', 'scan'].map((kind) => `${kind}:v1:${FIRMA}`)
  const stored = await redis.mget<(StoredEntry | null)[]>(keys)
  for (const [index, entry] of stored.entries()) {
    if (!entry || entry.value.at === 'never') continue
    // Redis drops it soon after its end, by which readers go: who waited for another moved the clock meanwhile
    expect((await redis.pttl(keys[index]!)) + world.nowMs()).toBeLessThan(entry.until + 10 * SECOND_MS)
    const seenAt = [entry.value.at, ...(entry.value.answers ?? []).map(([, , , , at]) => at)].map((at) =>
      Date.parse(at),
    )
    expect(entry.until - Math.max(...seenAt)).toBeLessThanOrEqual(keys[index]!.startsWith('whois') ? DAY_MS : HOUR_MS)
  }
}

it('never returns a wrong or outdated answer, for any events in any order', async () => {
  const orders = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30, size: 'max' }), async (steps) => {
    const clock = new TestClock()
    const world = new World(await startCountingRedis(clock), clock)
    await database.db.execute(sql`truncate companies, provider_overrides cascade`)
    try {
      for (const next of [...steps, { do: 'end' } as const]) {
        await take(world, next)
        await holdEntries(world)
      }
    } finally {
      world.held?.release()
      await world.held?.lead // or it would write into the next order's database
      await world.redis.close()
    }
  })
  await fc.assert(orders, { numRuns: RUNS, endOnFailure: true })
  expect(held).toBeGreaterThan(RUNS)
}, 600_000)
