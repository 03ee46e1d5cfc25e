import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Message, Outcome } from '#alerts/message'
import { alertChannels, alertDigests } from '#db/tables'
import { keepChanges, keepMove, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
const sent: Message[] = []
let outcome: Outcome
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate alert_channels, alert_queues, api_keys, audit_log, companies cascade`)
  sent.length = 0
  outcome = { kind: 'sent', status: 200 }
  const send = async (_: unknown, message: Message) => (sent.push(message), outcome)
  api = createTestApi(database.db, { loadAlertSender: async () => ({ send, isTrusted: () => false }) })
  key = await api.key(['admin'])
})

const HOOK = 'https://hooks.slack.com/services/T0/B0/very-secret'

const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  api.call(method, `/api/v1/alerts/${path}`, { key, headers, ...(body && { body }) })

async function add(fields: object = {}): Promise<string> {
  const { body } = await call('POST', 'channels', { name: 'Sales', kind: 'slack', address: HOOK, ...fields })
  return String(body.data['id'])
}

describe('a test', () => {
  it('answers at once how the message fared, and a channel whose test arrives is active', async () => {
    const id = await add()
    outcome = { kind: 'failed', status: 503, reason: 'The receiver answered 503.', next: 'retry' }
    const failed = await call('POST', `channels/${id}/test`)
    expect([failed.status, failed.body.data]).toMatchObject([
      200,
      { sent: false, status: 503, reason: 'The receiver answered 503.', channel: { state: 'unverified' } },
    ])
    outcome = { kind: 'sent', status: 202, note: 'Look at the channel.' }
    expect((await call('POST', `channels/${id}/test`)).body.data).toMatchObject({
      sent: true,
      status: 202,
      reason: null,
      note: 'Look at the channel.',
      channel: { state: 'active', state_reason: null },
    })
  })

  it('sent twice with one Idempotency-Key sends one message, and both answers are the same', async () => {
    const id = await add()
    const once = { 'Idempotency-Key': 'one' }
    const [first, second] = [
      await call('POST', `channels/${id}/test`, undefined, once),
      await call('POST', `channels/${id}/test`, undefined, once),
    ]
    expect([second.text, sent.length]).toEqual([first.text, 1])
  })
})

it('makes an e-mail address active only with the code that its reader got', async () => {
  const id = await add({ kind: 'email', address: 'satis@firma.com.tr' })
  expect((await call('POST', `channels/${id}/test`)).body.data).toMatchObject({
    sent: true,
    channel: { state: 'unverified', address: 'satis@firma.com.tr' },
  })
  const wrong = await call('POST', `channels/${id}/confirm`, { code: '0000000000' })
  expect([wrong.status, wrong.body.error.details['fields']]).toEqual([
    422,
    [{ field: 'code', message: 'must be the code of the newest test message' }],
  ])
  const right = await call('POST', `channels/${id}/confirm`, { code: sent[0]?.code })
  expect(right.body.data).toMatchObject({ id, state: 'active' })
})

it('shows the secret of a webhook once and its address never, and refuses to rotate what has no secret', async () => {
  const made = await call('POST', 'channels', { name: 'CRM', kind: 'webhook', address: HOOK })
  expect([made.status, made.body.data['secret']]).toEqual([201, expect.stringMatching(/^whsec_.{44}$/)])
  const id = String(made.body.data['id'])
  const rotated = await call('POST', `channels/${id}/rotate`, { grace_seconds: 0 })
  expect(rotated.body.data).toMatchObject({ id, previous_until: null, secret: expect.stringMatching(/^whsec_/) })
  for (const path of ['channels', `channels/${id}`, `channels/${id}/deliveries`])
    expect((await call('GET', path)).text).not.toMatch(/whsec_|very-secret/)
  const people = await call('POST', `channels/${await add()}/rotate`, {})
  expect([people.status, people.body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
})

it('shows what waits for a channel, sends it once more under its id, and ends it when the channel is switched off', async () => {
  const id = await add()
  await call('POST', `channels/${id}/test`)
  for (const domain of ['bir.com.tr', 'iki.com.tr'])
    await keepChanges(database.db, sampleLead({ domain }), [sampleChange()])
  const first = (await call('GET', `channels/${id}/deliveries?limit=1`)).body.data
  expect(first).toMatchObject({ deliveries: [{ domain: 'iki.com.tr', state: 'waiting', attempts: 0, last_at: null }] })
  const [{ id: delivery }] = first['deliveries'] as [{ id: string }]
  const resent = await call('POST', `deliveries/${delivery}/resend`)
  expect([resent.status, resent.body.data]).toEqual([202, { id: delivery, channel_id: id }])
  expect((await call('POST', `channels/${id}/disable`)).body.data).toMatchObject({ state: 'disabled' })
  const ended = (await call('GET', `channels/${id}/deliveries`)).body.data['deliveries']
  const off = { state: 'failed', last_error: 'A person switched the channel off.' }
  expect(ended).toMatchObject([off, off])
  const refused = await call('POST', `deliveries/${delivery}/resend`)
  expect([refused.status, refused.body.error.code]).toEqual([409, 'CHANNEL_INACTIVE'])
})

it('previews the next digest as facts, text and HTML in the language of the channel, and sends nothing', async () => {
  const id = await add({ digest_hour: 8, language: 'tr' })
  const digestMarks = { moves: 0, alerts: 0, entries: 0 }
  await database.db.update(alertChannels).set({ digestFrom: new Date('2026-11-19T05:00:00Z'), digestMarks })
  await keepMove(database.db, sampleLead({ domain: 'tasindi.com.tr' }))
  const { status, body } = await call('GET', `channels/${id}/digest`)
  expect([status, body.data]).toMatchObject([
    200,
    {
      channel_id: id,
      is_worth_sending: true,
      subject: expect.stringContaining('taşınma'),
      text: expect.stringContaining('tasindi.com.tr'),
      html: expect.stringContaining('<html lang="tr">'),
      digest: { from: '2026-11-19T05:00:00.000Z', sections: [{ name: 'moves', count: 1 }, { name: 'migration' }] },
    },
  ])
  expect([sent, await database.db.$count(alertDigests)]).toEqual([[], 0])
})

it('changes one channel or several, and the answer of the settings can be sent back as it is', async () => {
  const [one, other] = [await add(), await add({ name: 'Management', digest_hour: 8 })]
  const { status, body } = await call('PATCH', `channels/${one}`, { types: ['mx_changed'], digest_hour: 9 })
  expect([status, body.data]).toMatchObject([200, { id: one, types: ['mx_changed'], digest_hour: 9 }])
  const before = (await call('GET', 'config')).body.data
  expect(before).toMatchObject({
    channels: [
      { id: one, digest_hour: 9 },
      { id: other, digest_hour: 8 },
    ],
  })
  const same = await call('PUT', 'config', before)
  expect([same.status, same.body.data]).toEqual([200, before])
  const channels = [
    { id: 'Management', digest_hour: null },
    { id: one, priority_max: 1 },
  ]
  expect((await call('PUT', 'config', { channels })).body.data).toMatchObject({
    channels: [{ priority_max: 1 }, { name: 'Management', digest_hour: null }],
  })
  const empty = await call('PATCH', `channels/${one}`, {})
  expect([empty.status, empty.body.error.details['fields']]).toEqual([
    422,
    [{ field: 'body', message: 'must name at least one field to change' }],
  ])
})

it('is for administrators alone', async () => {
  const id = await add()
  const others = await api.key(['read', 'write'])
  for (const [method, path] of [
    ['GET', ''],
    ['GET', `/${id}`],
    ['POST', `/${id}/test`],
    ['PATCH', `/${id}`],
    ['DELETE', `/${id}`],
  ] as const) {
    const { status } = await api.call(method, `/api/v1/alerts/channels${path}`, { key: others })
    expect([method, path, status]).toEqual([method, path, 403])
  }
})
