import { describe, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { getLead } from '#leads/get-lead'
import { AppError } from '#platform/errors'
import { observeAnew } from '#scans/observe-domain'
import { rescanDomain, scanDomain } from '#scans/scan-domain'
import { FIRMA, hostOf, HOUR_MS, useScanWorld } from '../support/scan-world.ts'

const world = useScanWorld()
const { instance, client, scan, moveTo, asking, holding } = world

describe('simultaneous scans of one domain', () => {
  it('share one computation in one process', async () => {
    const single = await asking(() => scan())
    await client().flushall()
    const leads: unknown[] = []
    let connections = 0
    const count = () => void (connections += 1)
    world.database.db.$client.on('acquire', count)
    const asked = await asking(async () => {
      leads.push(...(await Promise.all(Array.from({ length: 100 }, () => scan()))))
    })
    world.database.db.$client.off('acquire', count)
    expect(asked).toHaveLength(single.length)
    expect(connections).toBe(2) // one looks the company up, and one writes the lead
    expect([world.one.turnsTaken(), world.registry.asked.length]).toEqual([2, 2])
    expect(new Set(leads.map((lead) => JSON.stringify(lead))).size).toBe(1)
  })

  it('in one process save the lead once, each with its own records; failing records fail only their caller', async () => {
    let kept = 0
    const part = async () => void (kept += 1)
    const scans = Array.from({ length: 5 }, (_, n) =>
      scanDomain(world.one, FIRMA, n === 0 ? () => Promise.reject(new Error('not kept')) : part),
    )
    const [first, ...others] = await Promise.allSettled(scans)
    expect(first).toMatchObject({ status: 'rejected', reason: new Error('not kept') })
    expect(others.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(kept).toBe(4)
    const lead = await getLead(world.database.db, FIRMA)
    for (const each of others) expect(each).toMatchObject({ value: lead })
  })

  it('let a rescan report what changed, even if a scan that joined it saves the lead first', async () => {
    await scan()
    moveTo('mx.yandex.net')
    world.clock.advanceMs(HOUR_MS)
    const { cache } = world.one
    const seen = await observeAnew(world.one, FIRMA, { turnUntil: new Date(world.clock.now().getTime() + 1_000) })
    const flights = { join: async () => seen, start: async () => seen }
    const shared = { ...world.one, cache: { ...cache!, flights } }
    expect(hostOf(await scan(shared))).toBe('mx.yandex.net')
    const { changes } = await rescanDomain(shared, FIRMA)
    expect(changes.map(({ type }) => type)).toContain('mx_changed')
  })

  it('on several instances share the scan of one of them', async () => {
    const single = await asking(() => scan())
    await client().flushall()
    const instances = Array.from({ length: 4 }, () => instance())
    const asked = await asking(() => Promise.all(instances.map(scan)))
    expect(asked.length).toBe(single.length)
    expect(world.registry.asked).toHaveLength(2)
  })

  it('do not wait for an instance that died while it asked', async () => {
    const held = holding()
    const dead = scan(instance({ dns: held.dns }))
    await held.reached
    const before = world.clock.now().getTime()
    expect(hostOf(await scan(world.other))).toBe('aspmx.l.google.com')
    expect(world.clock.now().getTime() - before).toBeLessThan(world.other.budgetMs + 1_500)
    held.release()
    await dead
  })

  it('keep an answer of one scan when a timed-out one ends without it', async () => {
    const held = holding()
    held.dns.zone.set(`_dmarc.${FIRMA}`, { fails: 'SERVFAIL' })
    const late = scan(instance({ dns: held.dns }))
    await held.reached
    const { signals } = await scan(world.other)
    held.release()
    await late
    await world.database.db.delete(companies) // what is remembered is all that is left
    const asked = await asking(async () => expect((await scan(world.other)).signals.dmarc).toEqual(signals.dmarc))
    expect(asked).toEqual([])
  })

  it('all get a failure, and the next scan queries again', async () => {
    const refused = instance({ pacer: { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) } })
    const waiting = await Promise.allSettled(Array.from({ length: 5 }, () => scan(refused)))
    expect(waiting.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'))
    expect(await client().dbsize()).toBe(0)
    expect(hostOf(await scan())).toBe('aspmx.l.google.com')
  })

  it('are not delayed by a caller with more time', async () => {
    const never = Promise.withResolvers<void>()
    const line = {
      acquire: (until: Date) =>
        until.getTime() > world.clock.now().getTime() + 30_000 ? never.promise : Promise.resolve(),
    }
    const patient = instance({ pacer: line, turnWaitMs: 60_000 })
    const slow = scan(patient)
    expect(hostOf(await scan({ ...patient, turnWaitMs: 1_000 }))).toBe('aspmx.l.google.com')
    never.resolve()
    await slow
  })
})
