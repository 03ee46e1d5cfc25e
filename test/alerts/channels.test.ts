import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type * as z from 'zod/mini'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type ChannelDeps,
  confirmChannel,
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  rotateChannel,
  switchOffChannel,
  testChannel,
} from '#alerts/channels'
import { openChannel } from '#alerts/channel-secrets'
import { editChannels } from '#alerts/edit-channels'
import { editChannelsBody, newChannelBody } from '#alerts/fields'
import { listDeliveries, resendDelivery } from '#alerts/log'
import type { Message, Outcome } from '#alerts/message'
import { claimQueue } from '#alerts/outbox'
import { validateInput } from '#api/http/validate'
import { alertChannels, alertDeliveries, alertQueues, auditLog } from '#db/tables'
import { keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

const HOOK = 'https://hooks.slack.com/services/T0/B0/very-secret'
const BY = { actor: 'key:sales' }
const NOBODY = '00000000-0000-7000-8000-000000000000'

let database: HunterDatabase
let deps: ChannelDeps
const sent: Message[] = []
let outcome: Outcome = { kind: 'sent', status: 200 }
beforeAll(async () => {
  database = await createHunterDatabase()
  const clock = new TestClock()
  deps = {
    db: database.db,
    clock,
    newId: v7,
    isTrusted: () => false,
    pepper: 'pepper',
    randomBytes: (count) => randomBytes(count),
  }
})
beforeEach(async () => {
  sent.length = 0
  outcome = { kind: 'sent', status: 200 }
  await database.db.execute(sql`truncate alert_channels, alert_queues, audit_log, companies cascade`)
})
afterAll(() => database.close())

function add(fields: Record<string, unknown> = {}) {
  const input = validateInput(newChannelBody, { name: 'Sales', kind: 'slack', address: HOOK, ...fields })
  return createChannel(deps, { ...input, ...BY })
}

const test = (id: string) =>
  testChannel({ ...deps, send: async (_, message) => (sent.push(message), outcome) }, { channel: id, ...BY })

const readRow = async (id: string) =>
  (await database.db.select().from(alertChannels).where(eq(alertChannels.id, id)))[0]!

describe('a new channel', () => {
  it('keeps its address and its secret encrypted, and shows only the end of the address', async () => {
    const { id, secret } = await add({ kind: 'webhook' })
    expect(secret).toMatch(/^whsec_.{44}$/)
    const row = await readRow(id)
    expect(JSON.stringify(row)).not.toMatch(/very-secret|whsec_/)
    expect(openChannel(deps, row, deps.clock.now())).toMatchObject({ address: HOOK, secrets: [secret] })
    expect(await listChannels(database.db)).toMatchObject([
      { id, state: 'unverified', address: 'hooks.slack.com…cret', types: null, digestHour: null, language: 'tr' },
    ])
    const undecipherable = 'Unsupported state or unable to authenticate data'
    expect(() => openChannel({ ...deps, pepper: 'another' }, row, deps.clock.now())).toThrow(undecipherable)
    expect(() => openChannel(deps, { ...row, id: NOBODY }, deps.clock.now())).toThrow(undecipherable)
    const [entry] = await database.db.select().from(auditLog)
    expect(entry).toMatchObject({ action: 'alert_channel.created', object: `alert_channel:${id}`, actor: 'key:sales' })
  })

  it('signs with the previous secret, too, until the grace period of its rotation ends', async () => {
    const { id, secret } = await add({ kind: 'webhook' })
    const now = deps.clock.now()
    const rotated = await rotateChannel(deps, { channel: id, graceSeconds: 60, ...BY })
    const row = await readRow(id)
    expect(openChannel(deps, row, now).secrets).toEqual([rotated.secret, secret])
    expect(openChannel(deps, row, new Date(now.getTime() + 60_000)).secrets).toEqual([rotated.secret])
    const last = await rotateChannel(deps, { channel: id, graceSeconds: 0, ...BY })
    expect(openChannel(deps, await readRow(id), now).secrets).toEqual([last.secret])
    const people = await add()
    await expect(rotateChannel(deps, { channel: people.id, graceSeconds: 0, ...BY })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
  })

  it('shares the queue of its address with other channels, until the last is deleted', async () => {
    const [one, other] = [await add(), await add({ name: 'Second' })]
    await add({ kind: 'email', address: 'satis@firma.com.tr' })
    expect(await database.db.$count(alertQueues)).toBe(2)
    await deleteChannel(deps, { channel: one.id, ...BY })
    expect(await database.db.$count(alertQueues)).toBe(2)
    await deleteChannel(deps, { channel: other.id, ...BY })
    expect(await database.db.$count(alertQueues)).toBe(1)
  })

  it('is refused when there are a hundred', async () => {
    const { id } = await add()
    await database.db.execute(sql`
      insert into alert_channels (id, name, kind, address, address_hint, address_hash, language, timezone, created_at)
      select gen_random_uuid(), name, kind, address, address_hint, address_hash, language, timezone, created_at
        from alert_channels, generate_series(1, 99) where id = ${id}`)
    await expect(add()).rejects.toMatchObject({ code: 'CHANNELS_MAX' })
    await deleteChannel(deps, { channel: id, ...BY })
    const [one, other] = await Promise.allSettled([add({ name: 'one' }), add({ name: 'other' })])
    expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected'])
    expect(await database.db.$count(alertChannels)).toBe(100)
  })

  it.each<[Record<string, unknown>, string, string]>([
    [{ address: 'http://hooks.test/' }, 'address', 'must be an https URL'],
    [{ address: 'https://10.0.0.1/' }, 'address', 'must lead to the public internet'],
    [{ address: ' ' }, 'address', 'must be an https URL'],
    [{ address: '' }, 'address', 'must not be empty'],
    [{ kind: 'email', address: HOOK }, 'address', 'must be an e-mail address such as alerts@acme.com.tr'],
    [
      { kind: 'email', address: 'a@firma.com.tr\r\nBcc: b@firma.com.tr' },
      'address',
      'must be an e-mail address such as alerts@acme.com.tr',
    ],
    [
      { kind: 'email', address: 'a@firma.com.tr,b@firma.com.tr' },
      'address',
      'must be an e-mail address such as alerts@acme.com.tr',
    ],
    [{ kind: 'pager' }, 'kind', 'must be one of webhook, slack, teams, email'],
    [{ types: [] }, 'types', expect.stringMatching('^must be a list of mx_changed, .*, or null for all$')],
    [{ types: ['score_changed'] }, 'types.0', expect.stringMatching('^must be a list of mx_changed')],
    [{ segments: ['cold'] }, 'segments.0', expect.stringMatching('^must be a list of Existing')],
    [{ priority_max: 8 }, 'priority_max', 'must be a whole number from 1 to 7'],
    [{ digest_hour: 24 }, 'digest_hour', 'must be a whole number from 0 to 23'],
    [{ timezone: 'Mars/Olympus' }, 'timezone', 'must be a name such as Europe/Istanbul'],
    [{ language: 'de' }, 'language', 'must be tr or en'],
    [{ secret: 'x' }, 'secret', expect.stringContaining('is not a known field')],
  ])('with %j is refused, and the field named', async (fields, field, message) => {
    const refused = await Promise.resolve()
      .then(() => add(fields))
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', details: { fields: [{ field, message }] } })
  })
})

describe('a test message', () => {
  it('makes the channel active when it arrives, also after it was disabled', async () => {
    const { id } = await add()
    expect(await test(id)).toMatchObject({ channel: { state: 'active' } })
    expect(sent).toMatchObject([{ alerts: [] }])
    expect(await switchOffChannel(deps, { channel: id, ...BY })).toMatchObject({ state: 'disabled' })
    expect(await test(id)).toMatchObject({ channel: { state: 'active', stateReason: null } })
  })

  it('leaves an unverified channel so when it does not arrive, and says why', async () => {
    const { id } = await add()
    outcome = { kind: 'failed', status: 404, reason: 'The receiver answered 404.', next: 'retry' }
    expect(await test(id)).toMatchObject({
      channel: { state: 'unverified', stateReason: 'The receiver answered 404.' },
      outcome: { kind: 'failed' },
    })
  })

  it('that arrives at an e-mail address clears the reason of an earlier failure, also before it is confirmed', async () => {
    const { id } = await add({ kind: 'email', address: 'satis@firma.com.tr' })
    outcome = { kind: 'failed', status: 429, reason: 'SES asks for fewer messages.', next: 'retry' }
    expect(await test(id)).toMatchObject({ channel: { stateReason: 'SES asks for fewer messages.' } })
    outcome = { kind: 'sent', status: null }
    expect(await test(id)).toMatchObject({ channel: { state: 'unverified', stateReason: null } })
  })

  it('does not hide why an e-mail address was switched off until it is confirmed', async () => {
    const { id } = await add({ kind: 'email', address: 'satis@firma.com.tr' })
    await switchOffChannel(deps, { channel: id, ...BY })
    const stateReason = 'A person switched the channel off.'
    expect(await test(id)).toMatchObject({ channel: { state: 'disabled', stateReason } })
    outcome = { kind: 'failed', status: 429, reason: 'SES asks for fewer messages.', next: 'retry' }
    expect(await test(id)).toMatchObject({ channel: { state: 'disabled', stateReason } })
  })

  it('makes an e-mail address active only with the code that its reader got', async () => {
    const { id } = await add({ kind: 'email', address: 'Satis@Firma.com.tr' })
    expect(await test(id)).toMatchObject({ channel: { state: 'unverified', address: 'Satis@firma.com.tr' } })
    const code = sent[0]!.code!
    for (const wrong of ['', 'x', code.slice(1), `${code}0`, 'ışığıışığı'])
      await expect(confirmChannel(deps, { channel: id, code: wrong, ...BY })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
      })
    const other = await add({ kind: 'email', address: 'baska@firma.com.tr' })
    await expect(confirmChannel(deps, { channel: other.id, code, ...BY })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
    expect(await confirmChannel(deps, { channel: id, code: ` ${code}\n`, ...BY })).toMatchObject({ state: 'active' })
    await test(id)
    expect(sent[1]?.code).toBeUndefined()
  })
})

describe('the log', () => {
  async function fill(): Promise<{ id: string; newest: string }> {
    const { id } = await add()
    await test(id)
    for (const domain of ['bir.com.tr', 'iki.com.tr', 'uc.com.tr'])
      await keepChanges(database.db, sampleLead({ domain }), [sampleChange()])
    const { items } = await listDeliveries(database.db, { channel: id, limit: 1 })
    return { id, newest: items[0]!.id! }
  }

  it('lists what waits and what was sent, newest first, in pages', async () => {
    const { id } = await fill()
    const first = await listDeliveries(database.db, { channel: id, limit: 2 })
    expect(first.items.map(({ domain }) => domain)).toEqual(['uc.com.tr', 'iki.com.tr'])
    expect(first.items[0]).toMatchObject({ state: 'waiting', attempts: 0, lastAt: null, type: 'dmarc_removed' })
    const next = await listDeliveries(database.db, { channel: id, limit: 2, cursor: first.nextCursor ?? undefined })
    expect(next).toMatchObject({ items: [{ domain: 'bir.com.tr' }], nextCursor: null })
  })

  it('queues a delivery once more with its old id', async () => {
    const { id, newest } = await fill()
    await database.db.update(alertDeliveries).set({ state: 'failed', attempts: 10 })
    expect(await resendDelivery(deps, { id: newest, ...BY })).toEqual({ id: newest, channelId: id })
    const { items } = await listDeliveries(database.db, { channel: id, limit: 3 })
    expect(items.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['waiting', 0],
      ['failed', 10],
      ['failed', 10],
    ])
  })

  it('sends nothing once more to a channel that is off, and a channel that is switched off keeps nothing waiting', async () => {
    const { id, newest } = await fill()
    await switchOffChannel(deps, { channel: id, ...BY })
    const { items } = await listDeliveries(database.db, { channel: id, limit: 3 })
    expect(items.map(({ state, lastError }) => `${state}: ${lastError}`)).toEqual(
      Array(3).fill('failed: A person switched the channel off.'),
    )
    await expect(resendDelivery(deps, { id: newest, ...BY })).rejects.toMatchObject({ code: 'CHANNEL_INACTIVE' })
  })
})

describe('a change of a channel', () => {
  const edit = (...channels: z.input<typeof editChannelsBody>['channels']) =>
    editChannels(deps, { ...validateInput(editChannelsBody, { channels }), ...BY })

  it('sets what is given and leaves the rest; null takes a filter away', async () => {
    const { id } = await add({ types: ['mx_changed'], segments: ['Cold'], priority_max: 3 })
    expect(await edit({ id, types: null, priority_max: 2, name: 'Renamed' })).toMatchObject([
      { id, name: 'Renamed', types: null, segments: ['Cold'], priorityMax: 2, digestHour: null, state: 'unverified' },
    ])
    const entries = await database.db.select().from(auditLog).where(eq(auditLog.action, 'alert_channel.changed'))
    expect(entries).toMatchObject([{ details: { fields: ['name', 'types', 'priorityMax'] }, actor: 'key:sales' }])
    await edit({ id, name: 'Renamed', segments: ['Cold'] })
    expect(await database.db.$count(auditLog, eq(auditLog.action, 'alert_channel.changed'))).toBe(1)
  })

  it('of the address sends nothing there before a test has arrived, and then what waits', async () => {
    const { id } = await add()
    await test(id)
    await keepChanges(database.db, sampleLead({ domain: 'bir.com.tr' }), [sampleChange()])
    await edit({ id, address: HOOK })
    expect(await readRow(id)).toMatchObject({ state: 'active' })
    const [moved] = await edit({ id, address: 'https://hooks.slack.com/services/T0/B0/other' })
    expect(moved).toMatchObject({ state: 'unverified', stateReason: 'The address was changed, so it needs a test.' })
    expect(await database.db.$count(alertQueues)).toBe(1)
    const outbox = { ...deps, random: () => 0 }
    expect(await claimQueue(outbox)).toBeUndefined()
    const row = await readRow(id)
    expect(openChannel(deps, row, deps.clock.now()).address).toBe('https://hooks.slack.com/services/T0/B0/other')
    await test(id)
    expect(await claimQueue(outbox)).toMatchObject({ addressHash: row.addressHash })
  })

  it('that takes the digest hour away notes when, because a scan in progress may still add alerts to the digest', async () => {
    const { id } = await add({ digest_hour: 8 })
    const digestFrom = new Date(deps.clock.now().getTime() - 1_000)
    const begun = { digestFrom, digestMarks: { moves: 0, alerts: 0, entries: 0 } }
    await database.db.update(alertChannels).set(begun).where(eq(alertChannels.id, id))
    await edit({ id, digest_hour: 9 })
    expect(await readRow(id)).toMatchObject({ digestFrom })
    await edit({ id, digest_hour: null })
    expect(await readRow(id)).toMatchObject({ digestFrom: deps.clock.now(), digestMarks: begun.digestMarks })
  })

  it('of the address while a test is on its way leaves the new address untested', async () => {
    const { id } = await add()
    const send = async () => {
      await edit({ id, address: 'https://hooks.slack.com/services/T0/B0/other' })
      return outcome
    }
    const { channel } = await testChannel({ ...deps, send }, { channel: id, ...BY })
    expect(channel).toMatchObject({ state: 'unverified' })
  })

  it('happens in all channels or in none', async () => {
    const [one, other] = [await add({ name: 'one' }), await add({ name: 'other' })]
    const wrong = edit({ id: one.id, name: 'first' }, { id: other.id, address: 'https://10.0.0.1/' })
    await expect(wrong).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    await expect(edit({ id: one.id, name: 'first' }, { id: 'one' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
    await expect(edit({ id: one.id, name: 'first' }, { id: NOBODY })).rejects.toMatchObject({
      code: 'CHANNEL_NOT_FOUND',
    })
    expect((await listChannels(database.db)).map(({ name }) => name)).toEqual(['one', 'other'])
  })
})

it('is meant by its name, too; a name that several have names them', async () => {
  const { id } = await add()
  expect(await getChannel(database.db, 'Sales')).toMatchObject({ id })
  expect(await switchOffChannel(deps, { channel: 'Sales', ...BY })).toMatchObject({ id, state: 'disabled' })
  expect(await database.db.select().from(auditLog)).toMatchObject([{}, { object: `alert_channel:${id}` }])
  const other = await add({ name: ' Sales' })
  const ids = [id, other.id].sort()
  await expect(deleteChannel(deps, { channel: 'Sales', ...BY })).rejects.toMatchObject({
    code: 'CHANNEL_AMBIGUOUS',
    message: `2 channels have the name Sales: ${ids.join(', ')}`,
    details: { ids },
  })
})

it.each(['nonsense', NOBODY, '\0', ''])('knows no channel and no delivery %s', async (id) => {
  const unknown = { code: 'CHANNEL_NOT_FOUND' }
  for (const action of [deleteChannel, switchOffChannel])
    await expect(action(deps, { channel: id, ...BY })).rejects.toMatchObject(unknown)
  await expect(test(id)).rejects.toMatchObject(unknown)
  await expect(confirmChannel(deps, { channel: id, code: 'x', ...BY })).rejects.toMatchObject(unknown)
  await expect(listDeliveries(database.db, { channel: id, limit: 1 })).rejects.toMatchObject(unknown)
  await expect(resendDelivery(deps, { id, ...BY })).rejects.toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
})
