import { randomBytes } from 'node:crypto'
import { asc, eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ChannelDeps, confirmChannel, createChannel, testChannel } from '#alerts/channels'
import { deliverDue } from '#alerts/deliver'
import { newChannelBody } from '#alerts/fields'
import { resendDelivery } from '#alerts/log'
import type { Message } from '#alerts/message'
import { noteReturnedMail } from '#alerts/returns/note-return'
import { isMailEvent, readReturnedMail } from '#alerts/returns/read-event'
import { validateInput } from '#api/http/validate'
import { alertChannels, alertDeliveries } from '#db/tables'
import { silentLog } from '#platform/log'
import { keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { recordingLog } from '../support/recording-log.ts'
import { bounceEvent, complaintEvent, deliveryEvent } from '../support/returned-mail.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

const ADDRESS = 'Satis@firma.com.tr'
const BY = { actor: 'key:sales' }
const HOUR_MS = 3_600_000

let database: HunterDatabase
let deps: ChannelDeps
let clock: TestClock
const sent: Message[] = []
beforeAll(async () => {
  database = await createHunterDatabase()
})
beforeEach(async () => {
  clock = new TestClock('2026-11-20T08:00:00.000Z')
  const made = (count: number) => randomBytes(count)
  deps = { db: database.db, clock, newId: v7, isTrusted: () => false, pepper: 'pepper', randomBytes: made }
  sent.length = 0
  await database.db.execute(sql`truncate alert_channels, alert_queues, companies cascade`)
})
afterAll(() => database.close())

const send = async (_: unknown, message: Message) => (sent.push(message), { kind: 'sent' as const, status: null })

async function add(name: string, fields: object = {}): Promise<string> {
  const input = validateInput(newChannelBody, { name, kind: 'email', address: ADDRESS, ...fields })
  return (await createChannel(deps, { ...input, ...BY })).id
}

const test = (channel: string) => testChannel({ ...deps, send }, { channel, ...BY })

/** Sends a test, whose code the reader hands back an hour later. */
async function confirm(channel: string): Promise<void> {
  await test(channel)
  clock.advanceMs(HOUR_MS)
  await confirmChannel(deps, { channel, code: sent.at(-1)?.code ?? '', ...BY })
}

const readRow = async (id: string) =>
  (await database.db.select().from(alertChannels).where(eq(alertChannels.id, id)))[0]!

/** Raises an alert and sends it; returns what SES would say of the mail. */
async function mail(domain = 'a.com.tr') {
  clock.advanceMs(60_000)
  await keepChanges(database.db, sampleLead({ domain }), [sampleChange()])
  const sentAt = clock.now().toISOString()
  await deliver()
  const deliveries = sent.at(-1)!.alerts.map(({ deliveryId }) => deliveryId)
  return { to: ADDRESS, sentAt, at: new Date(clock.now().getTime() + 1_000).toISOString(), deliveries }
}

const deliver = () =>
  deliverDue(
    {
      ...deps,
      log: silentLog,
      random: () => 0,
      open: ({ id, name, kind, address, language, unsubscribedAt }) => {
        const secrets: string[] = []
        return { id, name, kind, address, language, unsubscribedAt, secrets }
      },
      wait: async () => undefined,
      send,
    },
    { until: new Date(clock.now().getTime() + HOUR_MS) },
  )

/** As the function takes it, the time that the event names included. */
async function report(event: { time: string }) {
  const late = new Date(event.time).getTime() - clock.now().getTime()
  if (late > 0) clock.advanceMs(late)
  const log = recordingLog()
  const returned = readReturnedMail(event)
  if (returned) await noteReturnedMail({ db: database.db, clock, log, pepper: 'pepper' }, returned)
  return log.lines
}

const NO_MAILBOX =
  'There is no mailbox of this address. Repair the address, take it off the suppression list of SES, then send a test.'

describe('a hard bounce', () => {
  it('disables each e-mail channel of the address, says why and what to do, and ends what waits, once', async () => {
    const [one, other] = [await add('one'), await add('other')]
    const [foreign, hook] = [await add('foreign', { address: 'b@firma.com.tr' }), await add('hook', HOOK)]
    for (const id of [one, other, foreign]) await confirm(id)
    await test(hook)
    const event = bounceEvent('Permanent', 'NoEmail', await mail())
    const lines = await report(event)
    for (const id of [one, other])
      expect(await readRow(id)).toMatchObject({ state: 'disabled', stateReason: NO_MAILBOX, failingSince: null })
    for (const id of [foreign, hook]) expect(await readRow(id)).toMatchObject({ state: 'active', stateReason: null })
    const before = await database.db.select().from(alertChannels).orderBy(asc(alertChannels.id))
    await report(event)
    expect(await database.db.select().from(alertChannels).orderBy(asc(alertChannels.id))).toEqual(before)
    expect([lines.length, JSON.stringify(lines)]).toEqual([1, expect.not.stringMatching(/satis|firma\.com/i)])
  })

  it('shows in the log of the channel, but not on a delivery that was sent once more since', async () => {
    const id = await add('one')
    await confirm(id)
    const first = await mail()
    await report(bounceEvent('Transient', 'MailboxFull', first))
    const read = async () => (await database.db.select().from(alertDeliveries))[0]
    expect(await read()).toMatchObject({
      state: 'failed',
      lastError: 'The mailbox is full.',
      lastAt: new Date(first.at),
    })
    clock.advanceMs(HOUR_MS)
    await resendDelivery(deps, { id: first.deliveries[0]!, ...BY })
    await deliver()
    await report(bounceEvent('Transient', 'MailboxFull', first))
    expect(await read()).toMatchObject({ state: 'sent', lastError: null })
  })

  it('shows on each alert of a mail that had several', async () => {
    await confirm(await add('one'))
    await keepChanges(database.db, sampleLead({ domain: 'b.com.tr' }), [sampleChange()])
    const returned = await mail()
    expect(sent.at(-1)?.alerts).toHaveLength(2)
    await mail('c.com.tr')
    await report(bounceEvent('Transient', 'MailboxFull', returned))
    const rows = await database.db.select().from(alertDeliveries).orderBy(asc(alertDeliveries.alertId))
    expect(rows.map(({ state }) => state)).toEqual(['failed', 'failed', 'sent'])
  })

  it('of a mail from before the reader confirmed the address says nothing any more', async () => {
    const id = await add('one')
    await confirm(id)
    const event = bounceEvent('Permanent', 'General', await mail())
    await report(event)
    expect(await readRow(id)).toMatchObject({ state: 'disabled' })
    await confirm(id)
    await report(event)
    expect(await readRow(id)).toMatchObject({ state: 'active', stateReason: null })
  })

  it('of a test disables the channel that no reader has confirmed, and keeps the reason of one that a person switched off', async () => {
    const id = await add('one')
    const lost = { to: ADDRESS, sentAt: '2026-11-20T08:00:00.000Z', at: '2026-11-20T08:00:01.123Z' }
    await report(bounceEvent('Permanent', 'OnAccountSuppressionList', lost))
    expect(await readRow(id)).toMatchObject({ state: 'disabled', stateReason: expect.stringContaining('suppression') })
    await database.db.update(alertChannels).set({ stateReason: 'A person switched the channel off.' })
    await report(bounceEvent('Permanent', 'NoEmail', lost))
    expect(await readRow(id)).toMatchObject({ stateReason: 'A person switched the channel off.' })
  })

  it('of another address, to which this one forwards, counts as a soft one', async () => {
    const id = await add('one')
    await confirm(id)
    await report(bounceEvent('Permanent', 'NoEmail', { ...(await mail()), bounced: 'gone@baska.com.tr' }))
    expect(await readRow(id)).toMatchObject({
      state: 'failing',
      stateReason: 'The mail came back from an address to which this one forwards.',
    })
  })

  it.each(['satis@FIRMA.com.tr', 'Satış <SATIS@firma.com.tr>'])(
    'knows the address as servers write it: %s',
    async (bounced) => {
      const id = await add('one')
      await confirm(id)
      await report(bounceEvent('Permanent', 'NoEmail', { ...(await mail()), bounced }))
      expect(await readRow(id)).toMatchObject({ state: 'disabled' })
    },
  )
})

describe('a complaint', () => {
  it('disables the channel, and only a new code of the reader makes it active', async () => {
    const id = await add('one')
    await confirm(id)
    const code = sent.at(-1)?.code ?? ''
    const event = complaintEvent(await mail())
    await report(event)
    await report(event)
    expect(await readRow(id)).toMatchObject({
      state: 'disabled',
      stateReason: expect.stringMatching(/^A reader marked a mail as spam\. .+ then send a test\.$/),
    })
    await expect(confirmChannel(deps, { channel: id, code, ...BY })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
    await confirm(id)
    expect(await readRow(id)).toMatchObject({ state: 'active' })
  })

  it('that takes a complaint back changes nothing, and neither does a delivery', async () => {
    const id = await add('one')
    await confirm(id)
    const about = await mail()
    for (const event of [complaintEvent(about, 'not-spam'), deliveryEvent(about)])
      expect(await report(event)).toEqual([])
    expect(await readRow(id)).toMatchObject({ state: 'active' })
  })
})

describe('a soft bounce', () => {
  it('is a failure in a row although SES takes the next mail: five days of them disable the channel', async () => {
    const id = await add('one')
    await confirm(id)
    const states: unknown[] = []
    for (let day = 0; day <= 5; day += 1) {
      await report(bounceEvent('Transient', 'MailboxFull', await mail(`a${day}.com.tr`)))
      const { state, stateReason } = await readRow(id)
      states.push([state, stateReason])
      clock.advanceMs(24 * HOUR_MS)
    }
    expect(states).toEqual([
      ...Array.from({ length: 5 }, () => ['failing', 'The mailbox is full.']),
      ['disabled', 'Every message failed for five days. The mailbox is full.'],
    ])
  })

  it('is over once no mail has come back for two days', async () => {
    const id = await add('one')
    await confirm(id)
    await report(bounceEvent('Undetermined', 'Undetermined', await mail()))
    clock.advanceMs(24 * HOUR_MS)
    await mail('b.com.tr')
    expect(await readRow(id)).toMatchObject({ state: 'failing' })
    clock.advanceMs(24 * HOUR_MS)
    await mail('c.com.tr')
    expect(await readRow(id)).toMatchObject({ state: 'active', stateReason: null, lastBouncedAt: null })
  })

  it('counts once, and an older one that comes later changes nothing', async () => {
    const id = await add('one')
    await confirm(id)
    const [older, newer] = [await mail(), await mail('b.com.tr')]
    await report(bounceEvent('Transient', 'General', newer))
    const before = await readRow(id)
    await report(bounceEvent('Transient', 'General', newer))
    await report(bounceEvent('Transient', 'MailboxFull', older))
    expect(await readRow(id)).toEqual(before)
    expect(before).toMatchObject({
      state: 'failing',
      failingSince: new Date(newer.at),
      lastFailedAt: new Date(newer.at),
    })
  })

  it.each(['MessageTooLarge', 'ContentRejected', 'AttachmentRejected'])(
    'for the message itself (%s) says nothing about the channel',
    async (subType) => {
      const id = await add('one')
      await confirm(id)
      await report(bounceEvent('Transient', subType, await mail()))
      expect(await readRow(id)).toMatchObject({ state: 'active', stateReason: null })
      expect(await database.db.select().from(alertDeliveries)).toMatchObject([{ state: 'failed' }])
    },
  )
})

const HOOK = { kind: 'slack', address: 'https://hooks.slack.com/services/T0/B0/secret' }

describe('an event', () => {
  it('of the schedule is none of SES', () => {
    const scheduled = { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: '{}' }
    for (const event of [scheduled, undefined, null, 'aws.ses', { source: 'aws.sesx', detail: {} }])
      expect(isMailEvent(event)).toBe(false)
    expect(
      isMailEvent(deliveryEvent({ to: ADDRESS, sentAt: '2026-11-20T08:00:00Z', at: '2026-11-20T08:00:00Z' })),
    ).toBe(true)
  })

  it('that cannot be read fails the run without its data', () => {
    const event = bounceEvent('Permanent', 'General', { to: ADDRESS, sentAt: 'soon', at: '2026-11-20T08:00:00Z' })
    expect(() => readReturnedMail(event)).toThrow(/^SES sent an event that Hunter cannot read$/)
  })
})
