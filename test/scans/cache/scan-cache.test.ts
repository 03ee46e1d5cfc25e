import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { companies, leadChanges, scans } from '#db/tables'
import { getLead } from '#leads/get-lead'
import { putOverride } from '#leads/provider-overrides'
import { AppError } from '#platform/errors'
import { createJob } from '#scans/bulk/create-job'
import { listJobDomains } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { queueJob } from '#scans/bulk/queue-batches'
import { rescanDomain, scanDomain } from '#scans/scan-domain'
import { type Instance } from '../../support/cached-scans.ts'
import { googleCompany } from '../../support/fake-dns.ts'
import { registrationOf } from '../../support/sample-signals.ts'
import { createFakeQueue } from '../../support/scan-deps.ts'
import { refusingUrl } from '../../support/stub-redis.ts'
import { FIRMA, hostOf, HOUR_MS, MINUTE_MS, useScanWorld } from '../../support/scan-world.ts'

const world = useScanWorld()
const { instance, client, scan, moveTo, asking, holding } = world

describe('a scan of a domain that was scanned within the hour', () => {
  it('returns the saved lead with one request to Redis, without a query, a turn or a write', async () => {
    const first = await scan()
    const rows = () => world.database.db.select().from(companies).innerJoin(scans, eq(scans.companyId, companies.id))
    const before = await rows()
    world.clock.advanceMs(40 * MINUTE_MS)
    const requests = world.redis.requests
    for (const deps of [world.one, world.other]) {
      expect(await asking(async () => expect(await scan(deps)).toEqual(first))).toEqual([])
    }
    expect(world.redis.requests - requests).toBe(2)
    expect([world.one.turnsTaken(), world.other.turnsTaken(), world.registry.asked.length]).toEqual([1, 0, 1])
    expect(await rows()).toEqual(before)
    expect(first.signals.mx.at).toBe('2026-11-20T00:00:00.000Z')
    expect(await world.database.db.select().from(leadChanges)).toEqual([])
  })

  it('still saves the caller’s own records, in a transaction', async () => {
    const first = await scan()
    const seen: unknown[] = []
    await scanDomain(world.one, FIRMA, async (tx, kept) => {
      seen.push(kept)
      await tx.execute(sql`select 1`)
    })
    expect(seen).toEqual([{ lead: first, changes: [], moves: [] }])
    const failing = scanDomain(world.one, FIRMA, () => Promise.reject(new Error('not kept')))
    await expect(failing).rejects.toThrow('not kept')
  })

  it('queries the DNS again after an hour, and the registry after a day', async () => {
    await scan()
    moveTo('mx.yandex.net')
    world.clock.advanceMs(HOUR_MS - 1)
    expect(hostOf(await scan(world.other))).toBe('aspmx.l.google.com')
    world.clock.advanceMs(1)
    expect(hostOf(await scan(world.other))).toBe('mx.yandex.net')
    expect(world.registry.asked).toHaveLength(1)
    world.registry.facts = registrationOf({ registrar: 'Another' })
    world.clock.advanceMs(23 * HOUR_MS - 1)
    const day = await scan()
    expect(day.signals.registration).toMatchObject({ value: { registrar: 'Örnek Alan Adları A.Ş.' } })
    // the registry's answer was all but a day old: what was judged by it ends with it
    world.clock.advanceMs(1)
    expect((await scan()).signals.registration).toMatchObject({ value: { registrar: 'Another' } })
    expect(world.registry.asked).toHaveLength(2)
  })

  it('does not return a lead that was deleted or changed in the database', async () => {
    const first = await scan()
    await world.database.db.delete(companies)
    expect(await asking(async () => expect(await scan()).toEqual(first))).toEqual([])
    expect(await getLead(world.database.db, FIRMA)).toEqual(first)
    const elsewhere = instance({}, await refusingUrl())
    world.clock.advanceMs(MINUTE_MS)
    moveTo('mx.yandex.net')
    await rescanDomain(elsewhere, FIRMA) // Redis is not told
    for (const deps of [world.one, world.other]) expect(hostOf(await scan(deps))).toBe('mx.yandex.net')
  })

  it('is judged again, without a query, when an administrator’s overrides have changed', async () => {
    await scan()
    const change = { actor: 'test', at: world.clock.now() }
    await putOverride(
      world.database.db,
      { signal: 'mx', suffix: 'l.google.com', providerId: 'natro', note: '' },
      change,
    )
    world.one.overrides.invalidate()
    const asked = await asking(async () => expect((await scan()).provider.mailbox.id).toBe('natro'))
    expect(asked).toEqual([])
    // who still goes by the earlier overrides does not take the new judgement for its own
    world.clock.advanceMs(MINUTE_MS)
    expect((await scan(world.other)).provider.mailbox.id).toBe('natro')
    await world.database.db.execute(sql`truncate provider_overrides`)
    world.clock.advanceMs(MINUTE_MS)
    for (const deps of [world.one, world.other]) expect((await scan(deps)).provider.mailbox.id).toBe('google-workspace')
  })
})

it('judges a lead again that two instances judged by different overrides at the same time', async () => {
  await scan(world.other) // goes by no overrides for a minute
  const change = { actor: 'test', at: world.clock.now() }
  await putOverride(world.database.db, { signal: 'mx', suffix: 'l.google.com', providerId: 'natro', note: '' }, change)
  await rescanDomain(world.one, FIRMA)
  const noted = await client().get(`scan:v1:${FIRMA}`)
  await scan(world.other)
  await client().set(`scan:v1:${FIRMA}`, noted) // as if it had been noted last
  expect((await scan(world.one)).provider.mailbox.id).toBe('natro')
})

describe('a failed query', () => {
  it('is cached for a minute, then queried again, and nothing else with it', async () => {
    const dmarc = world.dns.zone.get(`_dmarc.${FIRMA}`)!
    world.dns.zone.set(`_dmarc.${FIRMA}`, { fails: 'SERVFAIL' })
    expect((await scan()).signals.dmarc.state).toBe('unknown')
    world.dns.zone.set(`_dmarc.${FIRMA}`, dmarc)
    world.clock.advanceMs(MINUTE_MS - 1)
    expect(await asking(async () => expect((await scan()).signals.dmarc.state).toBe('unknown'))).toEqual([])
    world.clock.advanceMs(1)
    const asked = await asking(async () => expect((await scan(world.other)).signals.dmarc.state).toBe('present'))
    expect(asked).toEqual([`_dmarc.${FIRMA}`])
    // the rest is as old as it was
    moveTo('mx.yandex.net')
    world.clock.advanceMs(HOUR_MS - MINUTE_MS - 1)
    expect(hostOf(await scan())).toBe('aspmx.l.google.com')
    world.clock.advanceMs(1)
    expect(hostOf(await scan())).toBe('mx.yandex.net')
  })

  it('never replaces an answer', async () => {
    const first = await scan()
    world.clock.advanceMs(HOUR_MS)
    for (const [name, found] of world.dns.zone) world.dns.zone.set(name, { ...found, fails: 'TIMEOUT' })
    world.dns.zone.set(FIRMA, googleCompany(FIRMA)[FIRMA]!)
    world.registry.facts = 'silent'
    const second = await scan()
    expect(second.signals.dmarc).toEqual(first.signals.dmarc)
    world.clock.advanceMs(24 * HOUR_MS)
    expect((await scan()).signals.registration).toEqual(first.signals.registration)
    expect((await scan(world.other)).signals.registration).toEqual(first.signals.registration)
  })

  it('is not cached if no server answered: the next scan queries again', async () => {
    const zone = [...world.dns.zone]
    for (const name of [FIRMA, `_dmarc.${FIRMA}`, 'com.tr', '_dmarc.com.tr'])
      world.dns.zone.set(name, { fails: 'SERVFAIL' })
    expect(hostOf(await scan())).toBe('unknown')
    world.dns.zone = new Map(zone)
    expect(hostOf(await scan())).toBe('aspmx.l.google.com')
  })

  it('of a registry is queried again after a minute, and the DNS is not', async () => {
    world.registry.facts = 'silent'
    await scan()
    await scan()
    expect(world.registry.asked).toHaveLength(1)
    world.registry.facts = registrationOf()
    world.clock.advanceMs(MINUTE_MS)
    expect(await asking(async () => expect((await scan()).signals.registration.state).toBe('present'))).toEqual([])
    expect([world.one.turnsTaken(), world.registry.asked.length]).toEqual([1, 2])
  })
})

describe('a rescan', () => {
  it('repeats every query, and all instances use its result from then on', async () => {
    await scan()
    moveTo('mx.yandex.net')
    world.clock.advanceMs(MINUTE_MS)
    const asked = await asking(() => rescanDomain(world.one, FIRMA))
    expect(asked.length).toBeGreaterThan(20)
    expect(world.registry.asked).toHaveLength(2)
    expect(await asking(async () => expect(hostOf(await scan(world.other))).toBe('mx.yandex.net'))).toEqual([])
    await world.database.db.delete(companies) // what is remembered says so as well
    expect(await asking(async () => expect(hostOf(await scan(world.other))).toBe('mx.yandex.net'))).toEqual([])
  })

  it('is not undone by an older scan on another instance that ends later', async () => {
    await scan()
    world.clock.advanceMs(HOUR_MS) // nothing is remembered any more
    const held = holding()
    const old = scan(instance({ dns: held.dns }))
    await held.reached
    world.clock.advanceMs(MINUTE_MS)
    moveTo('mx.yandex.net')
    await rescanDomain(world.other, FIRMA)
    held.release()
    expect(hostOf(await old)).toBe('mx.yandex.net') // what it saw is older than what is known
    const asked = await asking(async () => {
      for (const deps of [world.one, world.other, instance()]) expect(hostOf(await scan(deps))).toBe('mx.yandex.net')
    })
    expect(asked).toEqual([])
  })

  it('in the same process does not join an older scan, and later scans join it', async () => {
    await scan()
    world.clock.advanceMs(HOUR_MS)
    const held = holding()
    const deps = instance({ dns: held.dns })
    const old = scan(deps)
    await held.reached
    held.dns.zone.set(FIRMA, { ...world.dns.zone.get(FIRMA), mx: ['mx.yandex.net'] })
    const { lead } = await rescanDomain(deps, FIRMA)
    expect(hostOf(lead)).toBe('mx.yandex.net')
    held.release()
    await old
    expect(hostOf(await scan(deps))).toBe('mx.yandex.net')
  })

  it('of an unknown company forgets nothing', async () => {
    await expect(rescanDomain(world.one, 'yok.com.tr')).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' })
    expect(await client().dbsize()).toBe(0)
  })
})

it('queries what the cache lacks if it gets a turn, and skips it otherwise', async () => {
  await scan()
  const stored = client()
  const entry = (await stored.get<{ value: { answers: [string][] } }>(`dns:v1:${FIRMA}`))!
  entry.value.answers = entry.value.answers.filter(([question]) => question !== `txt _dmarc.${FIRMA}`)
  await stored.set(`dns:v1:${FIRMA}`, entry)
  await world.database.db.delete(companies)
  const refused = instance({ pacer: { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) } })
  const without = await scan(refused)
  expect([without.signals.dmarc.rcode, hostOf(without)]).toEqual(['TIMEOUT', 'aspmx.l.google.com'])
  world.clock.advanceMs(MINUTE_MS)
  const asked = await asking(async () => expect((await scan(world.other)).signals.dmarc.state).toBe('present'))
  expect([asked, world.other.turnsTaken()]).toEqual([[`_dmarc.${FIRMA}`], 1])
})

it('counts every read of a cache by its kind', async () => {
  await scan()
  await scan()
  await world.database.db.delete(companies)
  await scan()
  expect(world.one.counted).toEqual([
    'scan miss',
    'dns miss',
    'whois miss',
    'scan hit',
    'scan miss',
    'dns hit',
    'whois hit',
  ])
})

describe('a bulk scan', () => {
  const names = Array.from({ length: 12 }, (_, n) => `firma${n}.com.tr`)
  const bulk = async (deps: Instance) => {
    const jobId = await createJob(
      { db: world.database.db, clock: world.clock, newId: v7, batchSize: 50 },
      { inputs: names, keyid: null },
    )
    await queueJob({ db: world.database.db, queue: createFakeQueue(), clock: world.clock }, jobId)
    const result = await processBatch(deps, { jobId, batch: 1, lastTry: false })
    const { items } = await listJobDomains(world.database.db, jobId, { after: 0, limit: 100 })
    return { result, outcomes: items.map(({ outcome }) => outcome) }
  }
  beforeEach(() => {
    for (const name of names)
      for (const [at, found] of Object.entries(googleCompany(name))) world.dns.zone.set(at, found)
  })

  it('sends no query for domains that were scanned within the hour, and ends them as done', async () => {
    const first = await bulk(world.one)
    expect(first.result).toEqual({ done: 12, failed: 0, repeated: false })
    const asked = await asking(async () => expect(await bulk(world.other)).toEqual(first))
    expect([asked, world.other.turnsTaken()]).toEqual([[], 0])
    expect(await asking(() => scanDomain(world.other, names[3]!))).toEqual([])
  })

  it('still fails the domains that no server answers for, each time', async () => {
    for (const name of ['firma0.com.tr', '_dmarc.firma0.com.tr', 'com.tr', '_dmarc.com.tr'])
      world.dns.zone.set(name, { fails: 'SERVFAIL' })
    expect((await bulk(world.one)).result).toEqual({ done: 11, failed: 1, repeated: false })
    expect((await bulk(world.other)).result).toEqual({ done: 11, failed: 1, repeated: false })
    world.dns.zone.delete('com.tr')
    for (const [at, found] of Object.entries(googleCompany('firma0.com.tr'))) world.dns.zone.set(at, found)
    expect((await bulk(world.other)).result).toEqual({ done: 12, failed: 0, repeated: false })
  })
})
