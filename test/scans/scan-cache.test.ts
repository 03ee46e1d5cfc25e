import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { companies, leadChanges, scans } from '#db/tables'
import { getLead } from '#leads/get-lead'
import { putOverride } from '#leads/provider-overrides'
import { AppError } from '#platform/errors'
import { createRedis } from '#redis/client'
import { createJob } from '#scans/create-job'
import { listJobDomains } from '#scans/job-progress'
import { processBatch } from '#scans/process-batch'
import { queueJob } from '#scans/queue-batches'
import { observeAnew } from '#scans/observe-domain'
import { rescanDomain, scanDomain } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import {
  type CountingRedis,
  createFakeRegistry,
  createInstance,
  type FakeRegistry,
  type Instance,
  startCountingRedis,
} from '../support/cached-scans.ts'
import { createFakeDns, type FakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { registrationOf } from '../support/sample-signals.ts'
import { createFakeQueue } from '../support/scan-deps.ts'
import { refusingUrl } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'

const FIRMA = 'firma.com.tr' as Domain
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

let database: HunterDatabase
let redis: CountingRedis
let clock: TestClock
let dns: FakeDns
let registry: FakeRegistry
let one: Instance
let other: Instance
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, scan_jobs, provider_overrides cascade`)
  clock = new TestClock()
  redis = await startCountingRedis(clock)
  dns = createFakeDns(
    { ...googleCompany(FIRMA), [FIRMA]: { ...googleCompany(FIRMA)[FIRMA], ns: ['ns1.firma.com.tr'] } },
    clock,
  )
  registry = createFakeRegistry()
  one = instance()
  other = instance()
})
afterEach(() => redis.close())

const instance = (changes: Parameters<typeof createInstance>[1] = {}, url = redis.url) =>
  createInstance({ db: database.db, redis: { url }, dns, clock, registry }, changes)
const scan = (deps = one) => scanDomain(deps, FIRMA)
const moveTo = (host: string) => dns.zone.set(FIRMA, { ...dns.zone.get(FIRMA), mx: [host] })
const hostOf = ({ signals: { mx } }: Awaited<ReturnType<typeof scan>>) =>
  mx.state === 'present' ? mx.value.hosts[0]?.host : mx.state
/** What the DNS is asked during `work`. */
async function asking(work: () => Promise<unknown>): Promise<string[]> {
  dns.asked = []
  await work()
  return dns.asked
}
const client = () => createRedis({ url: redis.url, token: 't', timeoutMs: 5_000 })

describe('a scan of a domain that was scanned within the hour', () => {
  it('is answered with the kept lead by one request to Redis: no question, no turn, nothing written', async () => {
    const first = await scan()
    const rows = () => database.db.select().from(companies).innerJoin(scans, eq(scans.companyId, companies.id))
    const before = await rows()
    clock.advanceMs(40 * MINUTE_MS)
    const requests = redis.requests
    for (const deps of [one, other]) {
      expect(await asking(async () => expect(await scan(deps)).toEqual(first))).toEqual([])
    }
    expect(redis.requests - requests).toBe(2)
    expect([one.turnsTaken(), other.turnsTaken(), registry.asked.length]).toEqual([1, 0, 1])
    expect(await rows()).toEqual(before)
    expect(first.signals.mx.at).toBe('2026-11-20T00:00:00.000Z')
    expect(await database.db.select().from(leadChanges)).toEqual([])
  })

  it('keeps the caller’s own part all the same, in a transaction', async () => {
    const first = await scan()
    const seen: unknown[] = []
    await scanDomain(one, FIRMA, async (tx, kept) => {
      seen.push(kept)
      await tx.execute(sql`select 1`)
    })
    expect(seen).toEqual([{ lead: first, changes: [] }])
    const failing = scanDomain(one, FIRMA, () => Promise.reject(new Error('not kept')))
    await expect(failing).rejects.toThrow('not kept')
  })

  it('asks again when the hour is over: the DNS, and the registry only after a day', async () => {
    await scan()
    moveTo('mx.yandex.net')
    clock.advanceMs(HOUR_MS - 1)
    expect(hostOf(await scan(other))).toBe('aspmx.l.google.com')
    clock.advanceMs(1)
    expect(hostOf(await scan(other))).toBe('mx.yandex.net')
    expect(registry.asked).toHaveLength(1)
    registry.facts = registrationOf({ registrar: 'Another' })
    clock.advanceMs(23 * HOUR_MS - 1)
    const day = await scan()
    expect(day.signals.registration).toMatchObject({ value: { registrar: 'Örnek Alan Adları A.Ş.' } })
    // the registry's answer was all but a day old: what was judged by it ends with it
    clock.advanceMs(1)
    expect((await scan()).signals.registration).toMatchObject({ value: { registrar: 'Another' } })
    expect(registry.asked).toHaveLength(2)
  })

  it('is not answered with a lead that is no longer in the database, or that changed there', async () => {
    const first = await scan()
    await database.db.delete(companies)
    expect(await asking(async () => expect(await scan()).toEqual(first))).toEqual([])
    expect(await getLead(database.db, FIRMA)).toEqual(first)
    const elsewhere = instance({}, await refusingUrl())
    clock.advanceMs(MINUTE_MS)
    moveTo('mx.yandex.net')
    await rescanDomain(elsewhere, FIRMA) // Redis is not told
    for (const deps of [one, other]) expect(hostOf(await scan(deps))).toBe('mx.yandex.net')
  })

  it('is judged anew, without a question, when an administrator’s overrides have changed', async () => {
    await scan()
    const change = { actor: 'test', at: clock.now() }
    await putOverride(database.db, { signal: 'mx', suffix: 'l.google.com', providerId: 'natro', note: '' }, change)
    one.overrides.forget()
    const asked = await asking(async () => expect((await scan()).provider.mailbox.id).toBe('natro'))
    expect(asked).toEqual([])
    // who still goes by the earlier overrides does not take the new judgement for its own
    clock.advanceMs(MINUTE_MS)
    expect((await scan(other)).provider.mailbox.id).toBe('natro')
    await database.db.execute(sql`truncate provider_overrides`)
    clock.advanceMs(MINUTE_MS)
    for (const deps of [one, other]) expect((await scan(deps)).provider.mailbox.id).toBe('google-workspace')
  })
})

it('a lead that two instances judged by different overrides at one moment is judged anew', async () => {
  await scan(other) // goes by no overrides for a minute
  const change = { actor: 'test', at: clock.now() }
  await putOverride(database.db, { signal: 'mx', suffix: 'l.google.com', providerId: 'natro', note: '' }, change)
  await rescanDomain(one, FIRMA)
  const noted = await client().get(`scan:v1:${FIRMA}`)
  await scan(other)
  await client().set(`scan:v1:${FIRMA}`, noted) // as if it had been noted last
  expect((await scan(one)).provider.mailbox.id).toBe('natro')
})

describe('what was not answered', () => {
  it('is remembered for a minute, then asked for again, and nothing else with it', async () => {
    const dmarc = dns.zone.get(`_dmarc.${FIRMA}`)!
    dns.zone.set(`_dmarc.${FIRMA}`, { fails: 'SERVFAIL' })
    expect((await scan()).signals.dmarc.state).toBe('unknown')
    dns.zone.set(`_dmarc.${FIRMA}`, dmarc)
    clock.advanceMs(MINUTE_MS - 1)
    expect(await asking(async () => expect((await scan()).signals.dmarc.state).toBe('unknown'))).toEqual([])
    clock.advanceMs(1)
    const asked = await asking(async () => expect((await scan(other)).signals.dmarc.state).toBe('present'))
    expect(asked).toEqual([`_dmarc.${FIRMA}`])
    // the rest is as old as it was
    moveTo('mx.yandex.net')
    clock.advanceMs(HOUR_MS - MINUTE_MS - 1)
    expect(hostOf(await scan())).toBe('aspmx.l.google.com')
    clock.advanceMs(1)
    expect(hostOf(await scan())).toBe('mx.yandex.net')
  })

  it('never takes the place of what was', async () => {
    const first = await scan()
    clock.advanceMs(HOUR_MS)
    for (const [name, found] of dns.zone) dns.zone.set(name, { ...found, fails: 'TIMEOUT' })
    dns.zone.set(FIRMA, googleCompany(FIRMA)[FIRMA]!)
    registry.facts = 'silent'
    const second = await scan()
    expect(second.signals.dmarc).toEqual(first.signals.dmarc)
    clock.advanceMs(24 * HOUR_MS)
    expect((await scan()).signals.registration).toEqual(first.signals.registration)
    expect((await scan(other)).signals.registration).toEqual(first.signals.registration)
  })

  it('is not remembered at all where nobody answered: the next scan asks again', async () => {
    const zone = [...dns.zone]
    for (const name of [FIRMA, `_dmarc.${FIRMA}`, 'com.tr', '_dmarc.com.tr']) dns.zone.set(name, { fails: 'SERVFAIL' })
    expect(hostOf(await scan())).toBe('unknown')
    dns.zone = new Map(zone)
    expect(hostOf(await scan())).toBe('aspmx.l.google.com')
  })

  it('of a registry is asked for again after a minute, and the DNS is not', async () => {
    registry.facts = 'silent'
    await scan()
    await scan()
    expect(registry.asked).toHaveLength(1)
    registry.facts = registrationOf()
    clock.advanceMs(MINUTE_MS)
    expect(await asking(async () => expect((await scan()).signals.registration.state).toBe('present'))).toEqual([])
    expect([one.turnsTaken(), registry.asked.length]).toEqual([1, 2])
  })
})

describe('a rescan', () => {
  it('asks everything anew, and all instances go by it from then on', async () => {
    await scan()
    moveTo('mx.yandex.net')
    clock.advanceMs(MINUTE_MS)
    const asked = await asking(() => rescanDomain(one, FIRMA))
    expect(asked.length).toBeGreaterThan(20)
    expect(registry.asked).toHaveLength(2)
    expect(await asking(async () => expect(hostOf(await scan(other))).toBe('mx.yandex.net'))).toEqual([])
    await database.db.delete(companies) // what is remembered says so as well
    expect(await asking(async () => expect(hostOf(await scan(other))).toBe('mx.yandex.net'))).toEqual([])
  })

  it('is not undone by a scan that began before it and ends after it, on another instance', async () => {
    await scan()
    clock.advanceMs(HOUR_MS) // nothing is remembered any more
    const held = holding()
    const old = scan(instance({ dns: held.dns }))
    await held.reached
    clock.advanceMs(MINUTE_MS)
    moveTo('mx.yandex.net')
    await rescanDomain(other, FIRMA)
    held.release()
    expect(hostOf(await old)).toBe('mx.yandex.net') // what it saw is older than what is known
    const asked = await asking(async () => {
      for (const deps of [one, other, instance()]) expect(hostOf(await scan(deps))).toBe('mx.yandex.net')
    })
    expect(asked).toEqual([])
  })

  it('in the same process is not joined to an older scan, and later scans join it', async () => {
    await scan()
    clock.advanceMs(HOUR_MS)
    const held = holding()
    const deps = instance({ dns: held.dns })
    const old = scan(deps)
    await held.reached
    held.dns.zone.set(FIRMA, { ...dns.zone.get(FIRMA), mx: ['mx.yandex.net'] })
    const { lead } = await rescanDomain(deps, FIRMA)
    expect(hostOf(lead)).toBe('mx.yandex.net')
    held.release()
    await old
    expect(hostOf(await scan(deps))).toBe('mx.yandex.net')
  })

  it('of an unknown company forgets nothing', async () => {
    await expect(rescanDomain(one, 'yok.com.tr')).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' })
    expect(await client().dbsize()).toBe(0)
  })
})

describe('many who want to know the same at the same moment', () => {
  it('are answered by one computation in one process', async () => {
    const single = await asking(() => scan())
    await client().flushall()
    const leads: unknown[] = []
    let connections = 0
    const count = () => void (connections += 1)
    database.db.$client.on('acquire', count)
    const asked = await asking(async () => {
      leads.push(...(await Promise.all(Array.from({ length: 100 }, () => scan()))))
    })
    database.db.$client.off('acquire', count)
    expect(asked).toHaveLength(single.length)
    expect(connections).toBe(1) // the lead is written once, whoever is first
    expect([one.turnsTaken(), registry.asked.length]).toEqual([2, 2])
    expect(new Set(leads.map((lead) => JSON.stringify(lead))).size).toBe(1)
  })

  it('in one process keep it once, each with his own part; a part that fails is his alone', async () => {
    let kept = 0
    const part = async () => void (kept += 1)
    const scans = Array.from({ length: 5 }, (_, n) =>
      scanDomain(one, FIRMA, n === 0 ? () => Promise.reject(new Error('not kept')) : part),
    )
    const [first, ...others] = await Promise.allSettled(scans)
    expect(first).toMatchObject({ status: 'rejected', reason: new Error('not kept') })
    expect(others.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(kept).toBe(4)
    const lead = await getLead(database.db, FIRMA)
    for (const other of others) expect(other).toMatchObject({ value: lead })
  })

  it('let a rescan tell what it changed, also when one who joined it keeps the lead first', async () => {
    await scan()
    moveTo('mx.yandex.net')
    clock.advanceMs(HOUR_MS)
    const { cache } = one
    const seen = await observeAnew(one, FIRMA, new Date(clock.now().getTime() + 1_000))
    const flights = { join: async () => seen, start: async () => seen }
    const shared = { ...one, cache: { ...cache!, flights } }
    expect(hostOf(await scan(shared))).toBe('mx.yandex.net')
    const { changes } = await rescanDomain(shared, FIRMA)
    expect(changes.map(({ type }) => type)).toContain('mx_changed')
  })

  it('on several instances are answered by one of them', async () => {
    const single = await asking(() => scan())
    await client().flushall()
    const instances = Array.from({ length: 4 }, () => instance())
    const asked = await asking(() => Promise.all(instances.map(scan)))
    expect(asked.length).toBe(single.length)
    expect(registry.asked).toHaveLength(2)
  })

  it('do not wait for an instance that died while it asked', async () => {
    const held = holding()
    const dead = scan(instance({ dns: held.dns }))
    await held.reached
    const before = clock.now().getTime()
    expect(hostOf(await scan(other))).toBe('aspmx.l.google.com')
    expect(clock.now().getTime() - before).toBeLessThan(other.budgetMs + 1_500)
    held.release()
    await dead
  })

  it('keep an answer that one had when another, who was given up, ends without it', async () => {
    const held = holding()
    held.dns.zone.set(`_dmarc.${FIRMA}`, { fails: 'SERVFAIL' })
    const late = scan(instance({ dns: held.dns }))
    await held.reached
    const { signals } = await scan(other)
    held.release()
    await late
    await database.db.delete(companies) // what is remembered is all that is left
    const asked = await asking(async () => expect((await scan(other)).signals.dmarc).toEqual(signals.dmarc))
    expect(asked).toEqual([])
  })

  it('wait for no failure twice: it is theirs, and the next one asks again', async () => {
    const refused = instance({ turns: { take: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) } })
    const waiting = await Promise.allSettled(Array.from({ length: 5 }, () => scan(refused)))
    expect(waiting.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'))
    expect(await client().dbsize()).toBe(0)
    expect(hostOf(await scan())).toBe('aspmx.l.google.com')
  })

  it('are not held up by one who has more time', async () => {
    const never = Promise.withResolvers<void>()
    const line = {
      take: (until: Date) => (until.getTime() > clock.now().getTime() + 30_000 ? never.promise : Promise.resolve()),
    }
    const patient = instance({ turns: line, turnWaitMs: 60_000 })
    const slow = scan(patient)
    expect(hostOf(await scan({ ...patient, turnWaitMs: 1_000 }))).toBe('aspmx.l.google.com')
    never.resolve()
    await slow
  })
})

describe('a Redis that is gone or holds rubbish', () => {
  it('makes scans slower, never wrong, and is left alone after a few calls', async () => {
    const alone = instance({}, await refusingUrl())
    const first = await scan(alone)
    for (let times = 0; times < 10; times += 1) expect((await scan(alone)).score).toEqual(first.score)
    expect(alone.turnsTaken()).toBe(11)
    expect(alone.counted.filter((each) => each === 'scan error')).toHaveLength(11)
    moveTo('mx.yandex.net')
    clock.advanceMs(1_000)
    expect(hostOf((await rescanDomain(alone, FIRMA)).lead)).toBe('mx.yandex.net')
  })

  it.each([
    ['rubbish', () => 'rubbish'],
    ['an empty object', () => ({})],
    [
      'an entry of another shape',
      () => ({ until: Date.parse('2026-11-20T00:30:00Z'), generation: '', value: { at: 5, answers: 'x' } }),
    ],
    [
      'answers of a time to come',
      () =>
        entryOf([
          ['mx firma.com.tr', 'NOERROR', [{ host: 'evil.test', preference: 1 }], null, '2026-11-20T00:20:00.000Z'],
        ]),
    ],
    [
      'answers that are old',
      () =>
        entryOf([
          ['mx firma.com.tr', 'NOERROR', [{ host: 'evil.test', preference: 1 }], null, '2026-11-19T22:59:00.000Z'],
        ]),
    ],
    [
      'records of another kind',
      () => entryOf([['mx firma.com.tr', 'NOERROR', ['evil.test'], null, '2026-11-20T00:00:00.000Z']]),
    ],
    [
      'questions of no kind',
      () => entryOf([['any firma.com.tr', 'NOERROR', ['evil.test'], null, '2026-11-20T00:00:00.000Z']]),
    ],
  ])('%s in every key is not looked at, and is overwritten', async (_, make) => {
    const stored = client()
    for (const kind of ['dns', 'whois', 'scan']) await stored.set(`${kind}:v1:${FIRMA}`, make())
    const lead = await scan()
    expect(hostOf(lead)).toBe('aspmx.l.google.com')
    expect([one.turnsTaken(), registry.asked.length]).toEqual([1, 1])
    expect(await asking(async () => expect(await scan(other)).toEqual(lead))).toEqual([])
  })

  function entryOf(answers: unknown[]) {
    return {
      until: Date.parse('2026-11-20T00:30:00Z'),
      generation: '',
      value: { at: '2026-11-20T00:00:00.000Z', answers },
    }
  }
})

it('asks with a turn what the remembered answers do not tell, and goes without it where there is no turn', async () => {
  await scan()
  const stored = client()
  const entry = (await stored.get<{ value: { answers: [string][] } }>(`dns:v1:${FIRMA}`))!
  entry.value.answers = entry.value.answers.filter(([question]) => question !== `txt _dmarc.${FIRMA}`)
  await stored.set(`dns:v1:${FIRMA}`, entry)
  await database.db.delete(companies)
  const refused = instance({ turns: { take: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) } })
  const without = await scan(refused)
  expect([without.signals.dmarc.rcode, hostOf(without)]).toEqual(['TIMEOUT', 'aspmx.l.google.com'])
  clock.advanceMs(MINUTE_MS)
  const asked = await asking(async () => expect((await scan(other)).signals.dmarc.state).toBe('present'))
  expect([asked, other.turnsTaken()]).toEqual([[`_dmarc.${FIRMA}`], 1])
})

it('counts every look into a cache by its kind', async () => {
  await scan()
  await scan()
  await database.db.delete(companies)
  await scan()
  expect(one.counted).toEqual([
    'scan miss',
    'dns miss',
    'whois miss',
    'provider miss',
    'scoring miss',
    'scan hit',
    'scan miss',
    'dns hit',
    'whois hit',
    'provider hit',
    'scoring hit',
  ])
})

describe('a bulk scan', () => {
  const names = Array.from({ length: 12 }, (_, n) => `firma${n}.com.tr`)
  const bulk = async (deps: Instance) => {
    const jobId = await createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs: names, keyid: null })
    await queueJob({ db: database.db, queue: createFakeQueue(), clock }, jobId)
    const result = await processBatch(deps, { jobId, batch: 1, lastTry: false })
    const { items } = await listJobDomains(database.db, jobId, { after: 0, limit: 100 })
    return { result, outcomes: items.map(({ outcome }) => outcome) }
  }
  beforeEach(() => {
    for (const name of names) for (const [at, found] of Object.entries(googleCompany(name))) dns.zone.set(at, found)
  })

  it('asks nothing about domains that were scanned within the hour, and ends them as done', async () => {
    const first = await bulk(one)
    expect(first.result).toEqual({ done: 12, failed: 0, repeated: false })
    const asked = await asking(async () => expect(await bulk(other)).toEqual(first))
    expect([asked, other.turnsTaken()]).toEqual([[], 0])
    expect(await asking(() => scanDomain(other, names[3]!))).toEqual([])
  })

  it('still fails the domains that nobody answers for, each time', async () => {
    for (const name of ['firma0.com.tr', '_dmarc.firma0.com.tr', 'com.tr', '_dmarc.com.tr'])
      dns.zone.set(name, { fails: 'SERVFAIL' })
    expect((await bulk(one)).result).toEqual({ done: 11, failed: 1, repeated: false })
    expect((await bulk(other)).result).toEqual({ done: 11, failed: 1, repeated: false })
    dns.zone.delete('com.tr')
    for (const [at, found] of Object.entries(googleCompany('firma0.com.tr'))) dns.zone.set(at, found)
    expect((await bulk(other)).result).toEqual({ done: 12, failed: 0, repeated: false })
  })
})

/** A DNS with today's zone whose first answer waits until it is released. */
function holding() {
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const held = createFakeDns(Object.fromEntries(dns.zone), clock)
  held.onAsk = async () => {
    delete held.onAsk
    reached.resolve()
    await released.promise
  }
  return { dns: held, reached: reached.promise, release: released.resolve }
}
