import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { previewDigest } from '#alerts/digest/preview'
import { readDigestFacts, readMarks } from '#alerts/digest/read-facts'
import { alertChannels, alertDeliveries, alertDigests, type DigestMarks } from '#db/tables'
import { keepChanges, keepChannel, keepMove, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
beforeEach(() => database.db.execute(sql`truncate alert_channels, alert_queues, companies cascade`))
afterAll(() => database.close())

const FROM = new Date('2026-11-19T00:00:00Z')
const TO = new Date('2026-11-21T00:00:00Z')
const EVERYTHING = { id: null, types: null, segments: null, priorityMax: null, timezone: 'Europe/Istanbul' }

async function read(fromMarks: DigestMarks, reader: Partial<Parameters<typeof readDigestFacts>[1]['reader']> = {}) {
  const period = { from: FROM, to: TO, fromMarks, toMarks: await readMarks(database.db) }
  return readDigestFacts(database.db, { reader: { ...EVERYTHING, ...reader }, period, backup: null })
}

const domainsOf = ({ top }: { top: { domain: string }[] }) => top.map(({ domain }) => domain)

/** One of each, for leads of two segments. */
async function keepADay(): Promise<void> {
  const { db } = database
  await keepMove(db, sampleLead({ domain: 'tasindi.com.tr', segment: 'Existing', score: 40 }))
  await keepMove(db, sampleLead({ domain: 'yarim.com.tr', score: 90 }), { kind: 'half-moved', isComplete: false })
  const expiry = sampleChange({ type: 'domain_expiring', old: null, new: '2026-12-09T00:00:00Z' })
  await keepChanges(db, sampleLead({ domain: 'bitiyor.com.tr', segment: 'Cold' }), [expiry])
  const entered = sampleChange({ type: 'segment_changed', old: 'Cold', new: 'Migration' })
  await keepChanges(db, sampleLead({ domain: 'geldi.com.tr', score: 60 }), [entered])
  const left = sampleChange({ type: 'segment_changed', old: 'Migration', new: 'Existing' })
  await keepChanges(db, sampleLead({ domain: 'gitti.com.tr', segment: 'Existing' }), [left, sampleChange()])
}

describe('the facts of a period', () => {
  it('are what happened since the marks, each in one section', async () => {
    await keepLead(database.db, sampleLead({ domain: 'geldi.com.tr', segment: 'Cold' }))
    await keepLead(database.db, sampleLead({ domain: 'gitti.com.tr' }))
    await keepMove(database.db, sampleLead({ domain: 'once.com.tr' }))
    const marks = await readMarks(database.db)
    expect(await read(marks)).toMatchObject({ moves: { count: 0 }, migration: { count: 0 }, alerts: [] })
    await keepADay()

    const facts = await read(marks)
    expect(facts.moves).toMatchObject({
      count: 2,
      kinds: [
        { kind: 'half-moved', count: 1 },
        { kind: 'mailbox-moved', count: 1 },
      ],
    })
    expect(domainsOf(facts.moves)).toEqual(['yarim.com.tr', 'tasindi.com.tr'])
    expect(facts.migration.count).toBe(2)
    expect(domainsOf(facts.migration)).toEqual(['yarim.com.tr', 'geldi.com.tr'])
    expect(facts.expiring).toEqual({
      count: 1,
      top: [{ domain: 'bitiyor.com.tr', company: null, expiresAt: '2026-12-09T00:00:00Z' }],
    })
    expect(facts.alerts).toEqual([
      { type: 'dmarc_removed', count: 1, top: [{ domain: 'gitti.com.tr', old: 'reject', new: null }] },
      { type: 'segment_changed', count: 1, top: [{ domain: 'gitti.com.tr', old: 'Migration', new: 'Existing' }] },
    ])
    expect(await read(await readMarks(database.db))).toMatchObject({ moves: { count: 0 }, migration: { count: 0 } })
  })

  it('count a company as a new Migration lead once: a later scan of it is no news', async () => {
    await keepLead(database.db, sampleLead({ domain: 'yeni.com.tr' }))
    const marks = await readMarks(database.db)
    await keepLead(database.db, sampleLead({ domain: 'yeni.com.tr', at: '2026-11-21T00:00:00.000Z' }))
    expect((await read(marks)).migration.count).toBe(0)
  })

  it('follow the filters of the channel', async () => {
    const marks = await readMarks(database.db)
    await keepADay()
    const migrationOnly = await read(marks, { segments: ['Migration'] })
    expect(domainsOf(migrationOnly.moves)).toEqual(['yarim.com.tr'])
    expect(migrationOnly.expiring.count).toBe(0)
    expect(migrationOnly.migration.count).toBe(2)
    expect(await read(marks, { segments: ['Cold'] })).toMatchObject({ migration: { count: 0 }, expiring: { count: 1 } })
    expect(domainsOf((await read(marks, { priorityMax: 1 })).migration)).toEqual(['yarim.com.tr'])
    const expiryOnly = await read(marks, { types: ['domain_expiring'] })
    expect(expiryOnly).toMatchObject({
      moves: { count: 0 },
      migration: { count: 0 },
      expiring: { count: 1 },
      alerts: [],
    })
  })

  it('lose a company that was erased since', async () => {
    const marks = await readMarks(database.db)
    await keepADay()
    await database.db.execute(sql`delete from companies where domain = 'yarim.com.tr'`)
    const facts = await read(marks)
    expect(domainsOf(facts.moves)).toEqual(['tasindi.com.tr'])
    expect(facts.moves.count).toBe(1)
  })

  it('name other channels that fail, and a disabled one only when a message to it failed or its reader unsubscribed in the period', async () => {
    const { db } = database
    const failingSince = new Date('2026-11-20T00:00:00Z')
    const own = await keepChannel(db, { name: 'Own', state: 'failing', failingSince, stateReason: 'x' })
    await keepChannel(db, {
      name: 'Failing',
      state: 'failing',
      failingSince,
      stateReason: 'The receiver answered 503.',
    })
    await keepChannel(db, { name: 'Off', state: 'disabled', stateReason: 'A person switched the channel off.' })
    const left = { state: 'disabled', stateReason: 'Unsubscribed by its reader.' } as const
    await keepChannel(db, { name: 'Left', ...left, unsubscribedAt: FROM })
    await keepChannel(db, { name: 'Gone long ago', ...left, unsubscribedAt: new Date(FROM.getTime() - 1) })
    await keepChannel(db, { name: 'Came back', unsubscribedAt: FROM })
    const gone = await keepChannel(db, { name: 'Gone' })
    await keepChanges(db, sampleLead({ domain: 'a.com.tr' }), [sampleChange()])
    await db.update(alertDeliveries).set({ state: 'failed', lastAt: FROM }).where(eq(alertDeliveries.channelId, gone))
    await db
      .update(alertChannels)
      .set({ state: 'disabled', failingSince: null })
      .where(sql`id = ${gone}`)
    const { channels } = await read({ moves: 0, alerts: 0, entries: 0 }, { id: own })
    expect(channels.map(({ name, state }) => [name, state])).toEqual([
      ['Failing', 'failing'],
      ['Gone', 'disabled'],
      ['Left', 'disabled'],
    ])
  })
})

it('keeps no digest of a channel that is deleted', async () => {
  const { db } = database
  const channelId = await keepChannel(db, { digestHour: 8 })
  const marks = await readMarks(db)
  const period = { fromAt: FROM, toAt: TO, fromMarks: marks, toMarks: marks, openedAt: TO }
  await db.insert(alertDigests).values({ id: randomUUID(), channelId, day: '2026-11-21', ...period })
  await db.delete(alertChannels)
  expect(await db.$count(alertDigests)).toBe(0)
})

const NOON = new Date('2026-11-20T12:00:00.000Z')

describe('the preview', () => {
  const deps = () => ({
    db: database.db,
    clock: new TestClock('2026-11-20T12:00:00.000Z'),
    readBackup: async () => null,
  })

  it('of a channel that has had no digest begins now: its first digest leaves out what was before', async () => {
    await keepMove(database.db, sampleLead({ domain: 'eski.com.tr', at: '2026-11-20T11:59:00.000Z', segment: 'Cold' }))
    const id = await keepChannel(database.db, { digestHour: 8 })
    expect(await previewDigest(deps(), id)).toMatchObject({
      dueAt: new Date('2026-11-21T05:00:00.000Z'),
      digest: { from: NOON, to: NOON, sections: [], isWorthSending: false },
    })
  })

  it('begins where the last digest of the channel ended, but not once the channel is off', async () => {
    const [digestFrom, digestMarks] = [new Date('2026-11-20T05:00:00Z'), await readMarks(database.db)]
    await keepMove(database.db, sampleLead({ domain: 'yeni.com.tr', segment: 'Cold' }))
    const id = await keepChannel(database.db, { digestHour: 8, digestFrom, digestMarks })
    const { digest, mail } = await previewDigest(deps(), id)
    expect(digest).toMatchObject({ from: digestFrom, sections: [{ name: 'moves', count: 1 }] })
    expect([mail.text, mail.html]).toEqual(Array(2).fill(expect.stringContaining('yeni.com.tr')))
    await database.db.update(alertChannels).set({ state: 'disabled' })
    expect((await previewDigest(deps(), id)).digest).toMatchObject({ from: NOON, sections: [] })
  })

  it.each([
    { made: [], digestHour: 18, due: '2026-11-20T15:00:00.000Z' },
    { made: [], digestHour: 15, due: '2026-11-20T12:00:00.000Z' }, // late, so that it is due now
    { made: ['2026-11-20'], digestHour: 18, due: '2026-11-21T15:00:00.000Z' },
    { made: ['2026-11-20'], digestHour: 15, due: '2026-11-21T12:00:00.000Z' },
    { made: [], digestHour: null, due: null },
  ])('says that the digest is due at $due, with $made made and the hour $digestHour', async (sample) => {
    const { db } = database
    const digestMarks = await readMarks(db)
    const digestFrom = new Date('2026-11-20T05:00:00Z')
    const id = await keepChannel(db, { digestHour: sample.digestHour, digestFrom, digestMarks })
    const period = { fromAt: FROM, toAt: TO, fromMarks: digestMarks, toMarks: digestMarks, openedAt: FROM }
    for (const day of sample.made)
      await db.insert(alertDigests).values({ id: randomUUID(), channelId: id, day, ...period })
    expect((await previewDigest(deps(), id)).dueAt).toEqual(sample.due && new Date(sample.due))
  })

  it('of a channel that gets its alerts at once holds none of them: no digest will tell them', async () => {
    const id = await keepChannel(database.db)
    const at = NOON.toISOString()
    await keepChanges(database.db, sampleLead({ domain: 'bir.com.tr' }), [sampleChange({ at })])
    expect(await previewDigest(deps(), id)).toMatchObject({ dueAt: null, digest: { from: NOON, sections: [] } })
  })

  it('refuses what is no channel', async () => {
    for (const id of ['x', randomUUID()])
      await expect(previewDigest(deps(), id)).rejects.toMatchObject({ code: 'CHANNEL_NOT_FOUND' })
  })
})
