import { randomUUID } from 'node:crypto'
import { asc, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deliverDue, type DeliverDeps } from '#alerts/deliver'
import { buildDigest } from '#alerts/digest/build-digest'
import { type DigestDeps, makeDigests, readDigestDelay } from '#alerts/digest/make-digests'
import { previewDigest } from '#alerts/digest/preview'
import { listDeliveries, resendDelivery } from '#alerts/log'
import type { Message, Outcome } from '#alerts/message'
import { alertChannels, alertDeliveries, alertDigests, type DigestBackup } from '#db/tables'
import { silentLog } from '#platform/log'
import { keepChanges, keepChannel, keepMove, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

const START = '2026-11-20T00:00:00.000Z' // 03:00 in Istanbul
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let database: HunterDatabase
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
})
beforeEach(async () => {
  clock = new TestClock(START)
  backup = null
  sent.length = 0
  await database.db.execute(sql`truncate alert_channels, alert_queues, companies cascade`)
})
afterAll(() => database.close())

let backup: DigestBackup | null = null
const sent: { channel: string; message: Message }[] = []

const digestDeps = (): DigestDeps => ({
  db: database.db,
  clock,
  log: silentLog,
  newId: randomUUID,
  readBackup: async () => backup,
})

const SENT: Outcome = { kind: 'sent', status: 200 }

function deliver(outcome = SENT) {
  const deps: DeliverDeps = {
    ...digestDeps(),
    random: () => 0,
    open: ({ id, name, kind, address, language }) => ({ id, name, kind, address, language, secrets: [] }),
    wait: async (ms) => clock.advanceMs(ms),
    send: async ({ name }, message) => {
      sent.push({ channel: name, message })
      return outcome
    },
  }
  return deliverDue(deps, { until: new Date(clock.now().getTime() + MINUTE_MS) })
}

/** Runs both functions as their schedules do. */
async function run(minutes = 1): Promise<void> {
  for (let n = 0; n < minutes; n += 1) {
    await makeDigests(digestDeps())
    await deliver()
    clock.advanceMs(MINUTE_MS)
  }
}

const at = (time: string) => {
  clock = new TestClock(time)
}
const readDigests = () => database.db.select().from(alertDigests).orderBy(asc(alertDigests.toAt))
const movedIn = ({ message }: { message: Message }) => message.digest?.moves.top.map(({ domain }) => domain)
const move = (domain: string) => keepMove(database.db, sampleLead({ domain, segment: 'Existing' }))
const raise = (domain: string) =>
  keepChanges(database.db, sampleLead({ domain, segment: 'Existing' }), [sampleChange()])

/** A channel whose digest has begun: it is 03:01. */
async function keepReader(changes: Parameters<typeof keepChannel>[1] = {}): Promise<string> {
  const id = await keepChannel(database.db, { name: 'reader', digestHour: 8, ...changes })
  await run()
  return id
}

/** A scan that has raised its alert, and is saved when it may `end`. */
async function raiseSlowly(domain: string) {
  const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const lead = sampleLead({ domain, segment: 'Existing' })
  const saved = keepChanges(database.db, lead, [sampleChange()], () => (begun.resolve(), mayEnd.promise))
  await begun.promise
  return { end: mayEnd.resolve, saved }
}

describe('a digest', () => {
  it('is sent once a day, and tells what happened since the last one', async () => {
    await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T04:59:00.000Z')
    await run()
    expect(sent).toEqual([])
    await run(3) // 08:00 to 08:02
    expect(sent.map(movedIn)).toEqual([['bir.com.tr']])
    await move('iki.com.tr')
    at('2026-11-20T23:00:00.000Z')
    await run(2)
    expect(sent).toHaveLength(1)
    at('2026-11-21T05:00:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr'], ['iki.com.tr']])
    const [, second] = sent.map(({ message }) => message.digest)
    expect(second?.from).toEqual(new Date('2026-11-20T05:00:00.000Z'))
    expect(second?.to).toEqual(new Date('2026-11-21T05:00:00.000Z'))
  })

  it('tells no company as new that a scan of the minutes before its first period only found once more', async () => {
    for (const time of ['2026-10-01T00:00:00.000Z', '2026-11-19T23:58:00.000Z'])
      await keepLead(database.db, sampleLead({ domain: 'eski.com.tr', at: time }))
    await keepReader()
    at('2026-11-20T05:00:00.000Z')
    await run(3)
    expect((await readDigests()).map(({ state }) => state)).toEqual(['empty'])
  })

  it('is made once by two functions at once, at each step', async () => {
    await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await Promise.all([makeDigests(digestDeps()), makeDigests(digestDeps())])
    clock.advanceMs(MINUTE_MS)
    const reports = await Promise.all([1, 2, 3].map(() => makeDigests(digestDeps())))
    expect(reports.reduce((sum, { queued }) => sum + queued, 0)).toBe(1)
    await Promise.all([deliver(), deliver()])
    expect(sent).toHaveLength(1)
  })

  it('is made by the next run when the function was killed between its steps', async () => {
    await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await makeDigests(digestDeps()) // and is killed
    at('2026-11-20T07:00:00.000Z')
    await run(2)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr']])
  })

  it('tells what a transaction adds that was in progress when the period ended, and tells it once', async () => {
    await keepReader()
    const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow = keepMove(database.db, sampleLead({ domain: 'yavas.com.tr', segment: 'Existing' }), {}, async () => {
      begun.resolve()
      await mayEnd.promise
    })
    await begun.promise
    await move('sonra.com.tr') // gets a later id, and is there earlier
    at('2026-11-20T05:00:00.000Z')
    await run()
    mayEnd.resolve()
    await slow
    await run(2)
    expect(movedIn(sent[0]!)?.sort()).toEqual(['sonra.com.tr', 'yavas.com.tr'])
    at('2026-11-21T05:00:00.000Z')
    await run(3)
    expect(sent).toHaveLength(1)
  })

  it('is late rather than lost when nothing runs at its hour, and tells what happened until it is made', async () => {
    await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T11:30:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr']])
    await move('iki.com.tr')
    at('2026-11-24T06:00:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr'], ['iki.com.tr']])
    expect((await readDigests()).map(({ day }) => day)).toEqual(['2026-11-20', '2026-11-24'])
  })

  it('is not sent when there is nothing to say, unless the backups need a person', async () => {
    await keepReader()
    at('2026-11-20T05:00:00.000Z')
    await run(3)
    expect((await readDigests()).map(({ state }) => state)).toEqual(['empty'])
    expect(sent).toEqual([])
    backup = { state: 'read', newest: null, hoursMax: 26 }
    at('2026-11-21T05:00:00.000Z')
    await run(3)
    expect(sent.map(({ message }) => message.digest?.backup)).toEqual([backup])
  })

  it('keeps its id when it is tried later', async () => {
    await keepReader({ kind: 'webhook', secret: 's' })
    await move('bir.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await makeDigests(digestDeps())
    clock.advanceMs(MINUTE_MS)
    await makeDigests(digestDeps())
    await deliver({ kind: 'failed', status: 503, reason: 'The receiver answered 503.', next: 'retry' })
    clock.advanceMs(HOUR_MS)
    await deliver()
    expect(sent.map(movedIn)).toEqual([['bir.com.tr'], ['bir.com.tr']])
    expect(sent[0]?.message.id).toBe(sent[1]?.message.id)
    expect(await database.db.select({ state: alertDeliveries.state }).from(alertDeliveries)).toEqual([
      { state: 'sent' },
    ])
  })

  it('loses a company that was erased while it waited', async () => {
    await keepReader()
    for (const domain of ['silinen.com.tr', 'kalan.com.tr']) await move(domain)
    at('2026-11-20T05:00:00.000Z')
    await makeDigests(digestDeps())
    clock.advanceMs(MINUTE_MS)
    await makeDigests(digestDeps())
    await database.db.execute(sql`delete from companies where domain = 'silinen.com.tr'`)
    await deliver()
    expect(sent.map(movedIn)).toEqual([['kalan.com.tr']])
  })
})

describe('the preview', () => {
  it('says just before the hour what the digest then says, the first one of a channel as the later ones', async () => {
    await move('eski.com.tr')
    const id = await keepReader()
    const periods: unknown[] = []
    for (const day of ['2026-11-20', '2026-11-21']) {
      await move(`tasindi-${day}.com.tr`)
      await raise(`uyari-${day}.com.tr`)
      at(`${day}T05:00:00.000Z`)
      const { dueAt, digest } = await previewDigest(digestDeps(), id)
      await run(3)
      const { at: now, digest: facts } = sent.at(-1)!.message
      expect([dueAt, digest]).toEqual([new Date(`${day}T05:00:00.000Z`), buildDigest(facts!, { now })])
      periods.push([digest.from, digest.sections.map(({ name, count }) => `${name} ${count}`)])
    }
    expect(periods).toEqual([
      [new Date(START), ['moves 1', 'alerts 1']],
      [new Date('2026-11-20T05:00:00.000Z'), ['moves 1', 'alerts 1']],
    ])
  })
})

describe('the log', () => {
  const read = async (channel: string, page: { limit: number; cursor?: string | undefined }) => {
    const { items, nextCursor } = await listDeliveries(database.db, { channel, ...page })
    return { items, cursor: nextCursor ?? undefined, told: items.map(({ digest, domain }) => digest?.day ?? domain) }
  }

  it('has alerts and digests in one order, with what each digest held, in pages of every size', async () => {
    const id = await keepReader({ digestHour: null })
    await raise('once.com.tr')
    await run()
    await database.db.update(alertChannels).set({ digestHour: 8 }).where(eq(alertChannels.id, id))
    await run()
    await move('bir.com.tr')
    for (const day of ['2026-11-20', '2026-11-21']) {
      at(`${day}T05:00:00.000Z`)
      await run(3)
    }
    at('2026-11-21T06:00:00.000Z')
    await database.db.update(alertChannels).set({ digestHour: null }).where(eq(alertChannels.id, id))
    const now = clock.now().toISOString()
    await keepChanges(database.db, sampleLead({ domain: 'sonra.com.tr' }), [sampleChange({ at: now })])
    await run(2)
    const whole = await read(id, { limit: 10 })
    expect(whole).toMatchObject({
      told: ['sonra.com.tr', '2026-11-21', '2026-11-20', 'once.com.tr'],
      cursor: undefined,
    })
    const none = { moves: 0, migration: 0, expiring: 0, alerts: 0, channels: 0 }
    expect(whole.items.slice(1, 3)).toMatchObject([
      { id: null, state: 'empty', attempts: 0, digest: { counts: none } },
      {
        id: sent[1]?.message.id,
        state: 'sent',
        attempts: 1,
        digest: { from: sent[1]?.message.digest?.from, to: sent[1]?.message.digest?.to, counts: { ...none, moves: 1 } },
      },
    ])
    for (const limit of [1, 2, 3]) {
      const told: unknown[] = []
      for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
        const page = await read(id, { limit, cursor })
        told.push(...page.told)
        cursor = page.cursor
      }
      expect([limit, told]).toEqual([limit, whole.told])
    }
  })

  it('says why a digest did not arrive, and sends it once more under its id', async () => {
    const id = await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await makeDigests(digestDeps())
    expect((await read(id, { limit: 1 })).items).toMatchObject([{ id: null, state: 'open', digest: { counts: null } }])
    clock.advanceMs(MINUTE_MS)
    await makeDigests(digestDeps())
    await deliver({ kind: 'failed', status: 400, reason: 'The receiver answered 400.', next: 'give-up' })
    const [failed] = (await read(id, { limit: 1 })).items
    expect(failed).toMatchObject({ state: 'failed', lastError: 'The receiver answered 400.', lastStatus: 400 })
    await resendDelivery(digestDeps(), { id: failed!.id!, actor: 'cli' })
    await deliver()
    expect(sent.map(({ message }) => message.id)).toEqual([failed!.id, failed!.id])
    expect((await read(id, { limit: 1 })).items).toMatchObject([{ state: 'sent', attempts: 1 }])
  })
})

describe('a channel', () => {
  it('gets one digest a day although a person moves its hour, and the next one tells the rest', async () => {
    const id = await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await run(3)
    await database.db.update(alertChannels).set({ digestHour: 18 }).where(eq(alertChannels.id, id))
    await move('iki.com.tr')
    at('2026-11-20T15:00:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr']])
    at('2026-11-21T15:00:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr'], ['iki.com.tr']])
  })

  it('that changes to a digest gets each alert once: at once until then, in the digest afterwards', async () => {
    const id = await keepChannel(database.db, { name: 'reader' })
    await raise('once.com.tr')
    await database.db.update(alertChannels).set({ digestHour: 8 }).where(eq(alertChannels.id, id))
    await raise('arada.com.tr')
    await run()
    await raise('sonra.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await run(3)
    const told = sent.map(({ message: { alerts, digest } }) => [
      alerts.map(({ domain }) => domain),
      digest?.alerts.flatMap(({ top }) => top.map(({ domain }) => domain)),
    ])
    expect(told).toEqual([
      [['once.com.tr', 'arada.com.tr'], undefined],
      [[], ['sonra.com.tr']],
    ])
  })

  it('that leaves the digest gets at once what its next one would have told', async () => {
    const id = await keepReader({ types: ['dmarc_removed'] })
    await raise('bekledi.com.tr')
    await database.db.update(alertChannels).set({ digestHour: null }).where(eq(alertChannels.id, id))
    await raise('hemen.com.tr')
    await run(2)
    expect(sent.map(({ message }) => message.alerts.map(({ domain }) => domain))).toEqual([
      ['bekledi.com.tr', 'hemen.com.tr'],
    ])
  })

  it('that leaves the digest gets the alert of a scan that was in progress at that moment', async () => {
    const id = await keepReader()
    const { end, saved } = await raiseSlowly('yavas.com.tr')
    const left = { digestHour: null, digestFrom: clock.now() }
    await database.db.update(alertChannels).set(left).where(eq(alertChannels.id, id))
    await run()
    end()
    await saved
    await run(5)
    expect(sent.map(({ message }) => message.alerts.map(({ domain }) => domain))).toEqual([['yavas.com.tr']])
  })

  it('whose new address waits for its test gets later what happened since its last digest', async () => {
    const id = await keepReader()
    await move('bir.com.tr')
    at('2026-11-20T03:00:00.000Z')
    await database.db.update(alertChannels).set({ state: 'unverified' }).where(eq(alertChannels.id, id))
    await run()
    await database.db.update(alertChannels).set({ state: 'active' }).where(eq(alertChannels.id, id))
    at('2026-11-20T05:00:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['bir.com.tr']])
  })

  it('whose digest cannot be read is tried ten times and given up with a reason, and keeps no other channel from its alerts', async () => {
    const id = await keepReader({ kind: 'webhook', secret: 's' })
    await move('bir.com.tr')
    at('2026-11-20T05:00:00.000Z')
    await makeDigests(digestDeps())
    clock.advanceMs(MINUTE_MS)
    await makeDigests(digestDeps())
    const others = ['one', 'two', 'three']
    for (const name of others) await keepChannel(database.db, { name, address: `https://${name}.test/` })
    await raise('iki.com.tr')
    await database.db.execute(sql`alter table lead_moves rename to lead_moves_away`)
    try {
      for (let minute = 0; minute < 15; minute += 1) {
        await deliver().catch(() => undefined)
        clock.advanceMs(MINUTE_MS)
      }
    } finally {
      await database.db.execute(sql`alter table lead_moves_away rename to lead_moves`)
    }
    expect(sent.map(({ channel }) => channel).sort()).toEqual([...others].sort())
    const [digest] = await database.db.select().from(alertDeliveries).where(eq(alertDeliveries.channelId, id))
    const lastError = 'Hunter broke off every attempt, so it does not know whether the message arrived.'
    expect(digest).toMatchObject({ state: 'failed', attempts: 10, lastError })
  })

  it('that was disabled gets no old news once it works', async () => {
    const id = await keepReader()
    await move('eski.com.tr')
    await database.db.update(alertChannels).set({ state: 'disabled' }).where(eq(alertChannels.id, id))
    at('2026-11-20T05:00:00.000Z')
    await run(3)
    at('2026-11-25T12:00:00.000Z')
    await database.db.update(alertChannels).set({ state: 'active' }).where(eq(alertChannels.id, id))
    await run(2)
    await move('yeni.com.tr')
    at('2026-11-26T05:00:00.000Z')
    await run(3)
    expect(sent.map(movedIn)).toEqual([['yeni.com.tr']])
  })

  it('does not keep the digests of others when its own cannot be made', async () => {
    const broken = await keepReader()
    await keepReader({ name: 'other', address: 'https://other.test/' })
    await move('bir.com.tr')
    await database.db.update(alertChannels).set({ timezone: 'Mars/Base' }).where(eq(alertChannels.id, broken))
    at('2026-11-20T05:00:00.000Z')
    const failures = [new RangeError('Invalid time zone specified: Mars/Base')]
    expect(await makeDigests(digestDeps())).toEqual({ queued: 0, empty: 0, failures })
    clock.advanceMs(MINUTE_MS)
    expect(await makeDigests(digestDeps())).toEqual({ queued: 1, empty: 0, failures })
    await deliver()
    expect(sent.map(({ channel }) => channel)).toEqual(['other'])
  })

  it('does not keep the digests of others when it leaves the digest and its alerts cannot be queued', async () => {
    const broken = await keepReader({ name: 'broken' })
    await keepReader({ name: 'other', address: 'https://other.test/' })
    await move('bir.com.tr')
    await raise('iki.com.tr')
    await database.db.update(alertChannels).set({ digestHour: null }).where(eq(alertChannels.id, broken))
    at('2026-11-20T05:00:00.000Z')
    await database.db.execute(sql`
      create function refuse_alerts() returns trigger language plpgsql as $$ begin raise 'statement timeout'; end $$;
      create trigger refuse_alerts before insert on alert_deliveries
        for each row when (new.alert_id is not null) execute function refuse_alerts()`)
    try {
      await makeDigests(digestDeps())
      clock.advanceMs(MINUTE_MS)
      expect(await makeDigests(digestDeps())).toMatchObject({ queued: 1, failures: [expect.any(Error)] })
    } finally {
      await database.db.execute(sql`drop function refuse_alerts cascade`)
    }
    await deliver()
    expect(sent.map(({ channel }) => channel)).toEqual(['other'])
  })
})

it('measures how late a digest is until it is sent, except where the channel fails', async () => {
  const id = await keepReader()
  await move('bir.com.tr')
  const readDelay = () => readDigestDelay({ db: database.db, clock })
  expect(await readDelay()).toBe(0)
  at('2026-11-20T08:00:00.000Z')
  await makeDigests(digestDeps())
  expect(await readDelay()).toBe(3 * 3_600)
  clock.advanceMs(MINUTE_MS)
  await makeDigests(digestDeps())
  expect(await readDelay()).toBe(3 * 3_600 + 60)
  const failing = { state: 'failing', failingSince: clock.now() } as const
  await database.db.update(alertChannels).set(failing).where(eq(alertChannels.id, id))
  expect(await readDelay()).toBe(0)
  await deliver()
  expect(await readDelay()).toBe(0)
})
