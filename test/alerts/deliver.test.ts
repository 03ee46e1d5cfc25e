import { randomUUID } from 'node:crypto'
import { asc, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deliverDue, type DeliverDeps } from '#alerts/deliver'
import type { Message, OpenChannel, Outcome } from '#alerts/message'
import { claimQueue, noteOutcome, readBacklog, takeMessage } from '#alerts/outbox'
import { alertChannels, alertDeliveries, alertQueues } from '#db/tables'
import { silentLog } from '#platform/log'
import { keepChannel, keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

const START = '2026-11-20T00:00:00.000Z'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SENT: Outcome = { kind: 'sent', status: 200 }
const DOWN = { kind: 'failed', status: 503, reason: 'The receiver answered 503.', next: 'retry' } as const

let database: HunterDatabase
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
})
beforeEach(async () => {
  clock = new TestClock(START)
  await database.db.execute(sql`truncate alert_channels, alert_queues, companies cascade`)
})
afterAll(() => database.close())

type Send = (channel: OpenChannel, message: Message) => Promise<Outcome> | Outcome

/** A deliverer whose addresses answer as `send` says; it records what was sent. */
function deliverer(send: Send = () => SENT) {
  const sent: { channel: string; id: string; alerts: number; domains: string[] }[] = []
  const deps: DeliverDeps = {
    db: database.db,
    clock,
    log: silentLog,
    newId: randomUUID,
    random: () => 0,
    open: ({ id, name, kind, address, language }) => ({ id, name, kind, address, language, secrets: [] }),
    wait: async (ms) => clock.advanceMs(ms),
    send: async (channel, message) => {
      const domains = message.alerts.map(({ domain }) => domain)
      sent.push({ channel: channel.name, id: message.id, alerts: message.alerts.length, domains })
      return send(channel, message)
    },
  }
  const run = () => deliverDue(deps, { until: new Date(clock.now().getTime() + 10 * MINUTE_MS) })
  return { deps, sent, run }
}

async function raise(...domains: string[]): Promise<void> {
  for (const domain of domains) await keepChanges(database.db, sampleLead({ domain }), [sampleChange()])
}

const readChannel = async (id: string) =>
  (await database.db.select().from(alertChannels).where(eq(alertChannels.id, id)))[0]!
const readDeliveries = (id: string) =>
  database.db
    .select()
    .from(alertDeliveries)
    .where(eq(alertDeliveries.channelId, id))
    .orderBy(asc(alertDeliveries.alertId))
const readStates = async (id: string) => (await readDeliveries(id)).map(({ state }) => state)

describe('what waits', () => {
  it('is sent once: a program gets each alert by itself, and people get them together', async () => {
    const [program, people] = [
      await keepChannel(database.db, { name: 'program', kind: 'webhook', secret: 's', address: 'https://one.test/' }),
      await keepChannel(database.db, { name: 'people', kind: 'slack', address: 'https://two.test/' }),
    ]
    await raise('bir.com.tr', 'iki.com.tr', 'uc.com.tr')
    const { sent, run } = deliverer()
    expect(await run()).toEqual({ sent: 4, failed: 0 })
    const counts = (name: string) => sent.filter(({ channel }) => channel === name).map(({ alerts }) => alerts)
    expect(counts('program')).toEqual([1, 1, 1])
    expect(counts('people')).toEqual([3])
    expect(new Set(sent.map(({ id }) => id)).size).toBe(4)
    expect(await run()).toEqual({ sent: 0, failed: 0 })
    for (const id of [program, people]) expect(await readStates(id)).toEqual(['sent', 'sent', 'sent'])
  })

  it('is sent by one of two deliverers that run side by side, never by both', async () => {
    for (let n = 0; n < 4; n += 1)
      await keepChannel(database.db, { name: `${n}`, kind: 'webhook', secret: 's', address: `https://host-${n}.test/` })
    await raise('bir.com.tr', 'iki.com.tr', 'uc.com.tr')
    const [one, other] = [deliverer(), deliverer()]
    await Promise.all([one.run(), other.run()])
    const ids = [...one.sent, ...other.sent].map(({ id }) => id)
    expect(ids).toHaveLength(12)
    expect(new Set(ids).size).toBe(12)
  })
})

describe('a deliverer that is killed between sending and noting', () => {
  it('causes one repeat with the same id, and only after its lease', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const killed = deliverer()
    const queue = (await claimQueue(killed.deps))!
    const taken = (await takeMessage(killed.deps, queue))!
    // it sends, and is killed here

    const next = deliverer()
    expect(await next.run()).toEqual({ sent: 0, failed: 0 })
    clock.advanceMs(MINUTE_MS)
    expect(await next.run()).toEqual({ sent: 1, failed: 0 })
    expect(next.sent[0]?.id).toBe(taken.message.id)
    clock.advanceMs(24 * HOUR_MS)
    expect(await next.run()).toEqual({ sent: 0, failed: 0 })
    expect(await readDeliveries(id)).toMatchObject([{ state: 'sent', attempts: 2 }])
  })

  it('at every attempt is given up, because the message may be the cause', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const { deps, run } = deliverer()
    for (let n = 0; n < 10; n += 1) {
      const queue = (await claimQueue(deps))!
      expect(await takeMessage(deps, queue)).toBeDefined()
      clock.advanceMs(MINUTE_MS)
    }
    expect(await run()).toEqual({ sent: 0, failed: 0 })
    expect(await readStates(id)).toEqual(['failed'])
  })

  it('and comes back late changes nothing that the next one noted', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const frozen = deliverer()
    const queue = (await claimQueue(frozen.deps))!
    const taken = (await takeMessage(frozen.deps, queue))!
    clock.advanceMs(MINUTE_MS)
    await deliverer().run()
    await noteOutcome(frozen.deps, { queue, taken, outcome: DOWN })
    expect(await readStates(id)).toEqual(['sent'])
    expect(await takeMessage(frozen.deps, queue)).toBeUndefined()
  })
})

describe('an address that fails', () => {
  it('rests, keeps what waits, says why, and works on as soon as it answers', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr', 'iki.com.tr')
    let answer: Outcome = DOWN
    const { sent, run } = deliverer(() => answer)
    expect(await run()).toEqual({ sent: 0, failed: 1 })
    expect(await readChannel(id)).toMatchObject({ state: 'failing', stateReason: 'The receiver answered 503.' })
    clock.advanceMs(4_999)
    expect(await run()).toEqual({ sent: 0, failed: 0 })
    answer = SENT
    clock.advanceMs(1)
    expect(await run()).toEqual({ sent: 2, failed: 0 })
    expect(sent.map(({ domains }) => domains[0])).toEqual(['bir.com.tr', 'iki.com.tr', 'bir.com.tr'])
    expect(await readChannel(id)).toMatchObject({ state: 'active', stateReason: null, failingSince: null })
  })

  it('is tried once an hour at most, whatever waits for it', async () => {
    await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr', 'iki.com.tr', 'uc.com.tr', 'dort.com.tr')
    const { sent, run } = deliverer(() => DOWN)
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      await run()
      clock.advanceMs(5 * MINUTE_MS)
    }
    expect(sent.length).toBeGreaterThanOrEqual(20)
    expect(sent.length).toBeLessThanOrEqual(30)
  })

  it('is left alone for as long as it asks', async () => {
    await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr', 'iki.com.tr')
    const { sent, run } = deliverer(() => ({ ...DOWN, status: 429, retryAfterMs: 10 * MINUTE_MS }))
    await run()
    clock.advanceMs(10 * MINUTE_MS - 1)
    await run()
    expect(sent).toHaveLength(1)
    clock.advanceMs(1)
    await run()
    expect(sent).toHaveLength(2)
  })

  it('never delays another one: a channel that hangs does not hold back the others', async () => {
    await keepChannel(database.db, { name: 'slow', address: 'https://slow.test/' })
    for (let n = 0; n < 3; n += 1)
      await keepChannel(database.db, { name: 'quick', address: `https://quick-${n}.test/` })
    await raise('bir.com.tr')
    const hang = Promise.withResolvers<Outcome>()
    let quick = 0
    const { run } = deliverer((channel) => {
      if (channel.name === 'slow') return hang.promise
      quick += 1
      if (quick === 3) hang.resolve(DOWN) // the slow one ends only after all others have had theirs
      return SENT
    })
    expect(await run()).toEqual({ sent: 3, failed: 1 })
  })

  it('shares its rest and its pace with every channel that has it', async () => {
    for (const name of ['one', 'other']) await keepChannel(database.db, { name, kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const { sent, run } = deliverer(() => DOWN)
    await run()
    expect(sent).toHaveLength(1)
  })

  it('disables its channel after five days, and what waited can be sent once more', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const { run } = deliverer(() => DOWN)
    for (let hour = 0; hour < 6 * 24; hour += 4) {
      if (hour === 3 * 24) await raise('iki.com.tr')
      await run()
      clock.advanceMs(4 * HOUR_MS)
    }
    const { state, stateReason } = await readChannel(id)
    expect(state).toBe('disabled')
    expect(stateReason).toBe('Every message failed for five days. The receiver answered 503.')
    expect(await readStates(id)).toEqual(['failed', 'failed'])
  })

  it('begins its five days with the next failure after days without a message', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const { run } = deliverer(() => DOWN)
    await run()
    await database.db.update(alertDeliveries).set({ state: 'failed' }) // nothing waits any more
    clock.advanceMs(6 * 24 * HOUR_MS)
    await raise('iki.com.tr')
    await run()
    expect(await readChannel(id)).toMatchObject({ state: 'failing', failingSince: clock.now() })
    expect(await readStates(id)).toEqual(['failed', 'waiting'])
  })

  it('disables its channel at once when it is gone for good', async () => {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr', 'iki.com.tr')
    const { sent, run } = deliverer(() => ({ kind: 'failed', status: 410, reason: 'Gone.', next: 'disable' }))
    await run()
    expect(sent).toHaveLength(1)
    expect(await readChannel(id)).toMatchObject({ state: 'disabled', stateReason: 'Gone.', failingSince: null })
    expect(await readStates(id)).toEqual(['failed', 'failed'])
    await raise('uc.com.tr')
    expect(await readDeliveries(id)).toHaveLength(2)
  })
})

describe('an answer that comes from the old address of a channel that has another by now', () => {
  /** Takes a message, and gives the channel another address in the given state before the answer comes. */
  async function answerLate(outcome: Outcome, state: Partial<typeof alertChannels.$inferInsert>): Promise<string> {
    const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
    await raise('bir.com.tr')
    const { deps } = deliverer()
    const queue = (await claimQueue(deps))!
    const taken = (await takeMessage(deps, queue))!
    const addressHash = Buffer.alloc(32, 9)
    await database.db.insert(alertQueues).values({ addressHash, nextAt: clock.now() })
    await database.db
      .update(alertChannels)
      .set({ addressHash, ...state })
      .where(eq(alertChannels.id, id))
    await noteOutcome(deps, { queue, taken, outcome })
    return id
  }

  it('does not switch the channel off, and the message is tried at the new address', async () => {
    const gone: Outcome = { kind: 'failed', status: 410, reason: 'Gone.', next: 'disable' }
    const id = await answerLate(gone, { state: 'active' })
    expect(await readChannel(id)).toMatchObject({ state: 'active', stateReason: null })
    expect(await readStates(id)).toEqual(['waiting'])
  })

  it('does not hide that the new address fails', async () => {
    const failing = { state: 'failing', stateReason: DOWN.reason, failingSince: clock.now() } as const
    const id = await answerLate(SENT, failing)
    expect(await readChannel(id)).toMatchObject(failing)
    expect(await readStates(id)).toEqual(['sent'])
  })
})

it('gives up a message that the receiver refuses for itself, which says nothing about the channel', async () => {
  const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
  const refused: Outcome = { kind: 'failed', status: 400, reason: 'Refused.', next: 'give-up' }
  let answer: Outcome = refused
  const { run } = deliverer(() => answer)
  await raise('bir.com.tr')
  expect(await run()).toEqual({ sent: 0, failed: 1 })
  expect(await readDeliveries(id)).toMatchObject([{ state: 'failed', lastStatus: 400, lastError: 'Refused.' }])
  expect(await readChannel(id)).toMatchObject({ state: 'active', failingSince: null })
  clock.advanceMs(5 * 24 * HOUR_MS)
  answer = DOWN
  await raise('iki.com.tr')
  await run()
  expect(await readChannel(id)).toMatchObject({ state: 'failing', failingSince: clock.now() })
  answer = SENT
  clock.advanceMs(MINUTE_MS)
  await run()
  expect(await readChannel(id)).toMatchObject({ state: 'active', failingSince: null })
  expect(await readStates(id)).toEqual(['failed', 'sent'])
})

it('tries a message later that Hunter itself could not build', async () => {
  const id = await keepChannel(database.db, { kind: 'webhook', secret: 's' })
  await raise('bir.com.tr')
  const { run } = deliverer(() => {
    throw new TypeError('a fault of our own')
  })
  expect(await run()).toEqual({ sent: 0, failed: 1 })
  expect(await readDeliveries(id)).toMatchObject([
    { state: 'waiting', lastError: 'Hunter could not build the message.' },
  ])
})

it('sends people at most twenty alerts a message and one message a second', async () => {
  await keepChannel(database.db)
  const changes = Array.from({ length: 45 }, (_, n) => sampleChange({ type: 'mx_changed', old: null, new: `${n}` }))
  await keepChanges(database.db, sampleLead(), changes)
  const times: number[] = []
  const { sent, run } = deliverer(() => {
    times.push(clock.now().getTime() - Date.parse(START))
    return SENT
  })
  await run()
  expect(sent.map(({ alerts }) => alerts)).toEqual([20, 20, 5])
  expect(times).toEqual([0, 1_000, 2_000])
})

it('starts nothing when its time is over, and says how long the oldest has waited', async () => {
  await keepChannel(database.db)
  await raise('bir.com.tr')
  clock.advanceMs(20 * MINUTE_MS)
  const { deps } = deliverer()
  expect(await deliverDue(deps, { until: clock.now() })).toEqual({ sent: 0, failed: 0 })
  expect(await readBacklog(deps)).toBe(20 * 60)
  await database.db.update(alertQueues).set({ nextAt: new Date(clock.now().getTime() + 1) })
  expect(await readBacklog(deps)).toBe(0)
})
