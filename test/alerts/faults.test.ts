/** Faults of receivers, from the socket to what a person reads in the list of channels and in the log. */
import { randomUUID } from 'node:crypto'
import type { SESv2Client } from '@aws-sdk/client-sesv2'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listChannels } from '#alerts/channels'
import { deliverDue, type DeliverDeps } from '#alerts/deliver'
import { listDeliveries } from '#alerts/log'
import type { ChannelKind, SendMessage } from '#alerts/message'
import { claimQueue, takeMessage } from '#alerts/outbox'
import { createEmailSender } from '#alerts/send/email'
import { createSender } from '#alerts/send/sender'
import { silentLog } from '#platform/log'
import { keepChannel, keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { startStubReceiver, type StubReceiver } from '../support/stub-receiver.ts'
import { createStubSes } from '../support/stub-ses.ts'
import { TestClock } from '../support/test-clock.ts'

const MINUTE_MS = 60_000

let database: HunterDatabase
let stub: StubReceiver
let ses: SESv2Client
let send: SendMessage
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
  stub = await startStubReceiver()
  ses = createStubSes(stub)
  const network = {
    resolve: async () => ['203.0.113.7', '10.0.0.1'],
    isTrusted: ({ port }: { port: number }) => port === stub.port,
  }
  const email = createEmailSender({ ses, from: 'alerts@hunter.example', timeoutMs: 60_000 })
  send = createSender({ http: { network, timeoutMs: 1_500 }, loadEmail: async () => email })
})
beforeEach(async () => {
  clock = new TestClock()
  stub.received = []
  await database.db.execute(sql`truncate alert_channels, alert_queues, companies cascade`)
})
afterAll(async () => {
  ses.destroy()
  await Promise.all([database.close(), stub.close()])
})

function createDeliverer(changes: Partial<DeliverDeps> = {}): DeliverDeps {
  return {
    db: database.db,
    clock,
    log: silentLog,
    newId: randomUUID,
    random: () => 0,
    open: ({ id, name, kind, address, language, secret }) => {
      return { id, name, kind, address, language, secrets: secret === null ? [] : [secret] }
    },
    wait: async (ms) => clock.advanceMs(ms),
    send,
    ...changes,
  }
}

const run = (deps = createDeliverer()) => deliverDue(deps, { until: new Date(clock.now().getTime() + MINUTE_MS) })

async function keepAlert(kind: ChannelKind, address = `http://127.0.0.1:${stub.port}/hook`): Promise<string> {
  const secret = kind === 'webhook' ? `whsec_${Buffer.alloc(32, 7).toString('base64')}` : null
  const id = await keepChannel(database.db, { kind, address, secret })
  await keepChanges(database.db, sampleLead({ domain: 'acme.com.tr' }), [sampleChange()])
  return id
}

/** The line of the channel and the line of its only delivery, as `hunter alerts channels` and `log` show them. */
async function read(channel: string): Promise<[string, string]> {
  const [info] = await listChannels(database.db)
  const { items } = await listDeliveries(database.db, { channel, limit: 2 })
  expect(items).toHaveLength(1)
  const { state, attempts, lastStatus, lastError, nextAt } = items[0]!
  const line = [state, attempts, lastStatus, lastError, nextAt === null ? 'has ended' : 'is tried later']
  return [`${info?.state}: ${info?.stateReason}`, line.join(' | ')]
}

const answers = (status: number, body = '', headers: Record<string, string> = {}): StubReceiver['answer'] => {
  return (response) => response.writeHead(status, headers).end(body)
}
const refusedBySes = (name: string) => answers(400, JSON.stringify({ message: 'x' }), { 'x-amzn-errortype': name })

const SANDBOX = 'SES rejected the message (MessageRejected); in its sandbox it sends to verified addresses only.'

describe('what a person reads after the receiver', () => {
  it.each<[string, ChannelKind, StubReceiver['answer'], string, string]>([
    ['does not answer', 'webhook', () => undefined, 'failing, waiting', 'The receiver did not answer in time.'],
    [
      'redirects',
      'webhook',
      answers(302, '', { Location: 'http://127.0.0.1:9/' }),
      'failing, waiting, 302',
      'The address redirects (302), which Hunter does not follow.',
    ],
    ['is gone for good', 'teams', answers(410), 'disabled, failed, 410', 'The receiver is gone for good (410).'],
    [
      'answers something else than Slack does',
      'slack',
      answers(200, '<html>Welcome'),
      'failing, waiting, 200',
      'The receiver did not answer as Slack does.',
    ],
    [
      'is a Slack webhook that was removed',
      'slack',
      answers(404, 'no_service'),
      'disabled, failed, 404',
      'The Slack webhook was removed (no_service).',
    ],
    [
      'is Slack and refuses this message',
      'slack',
      answers(400, 'invalid_payload'),
      'active, failed, 400',
      'Slack refused the message (invalid_payload).',
    ],
    [
      'asks to come back later',
      'slack',
      answers(429, 'rate_limited', { 'Retry-After': '600' }),
      'failing, waiting, 429',
      'The receiver asks for fewer messages (429).',
    ],
    ['is SES in its sandbox', 'email', refusedBySes('MessageRejected'), 'failing, waiting, 400', SANDBOX],
    [
      'is SES with its quota used up',
      'email',
      refusedBySes('LimitExceededException'),
      'failing, waiting, 400',
      'The quota of SES is used up.',
    ],
  ])('%s', async (_what, kind, answer, states, reason) => {
    stub.answer = answer
    const id = await keepAlert(kind, kind === 'email' ? 'satis@acme.com.tr' : undefined)
    expect(await run()).toEqual({ sent: 0, failed: 1 })
    const [channel, delivery, status = ''] = states.split(', ')
    expect(await read(id)).toEqual([
      `${channel}: ${channel === 'active' ? 'null' : reason}`,
      `${delivery} | 1 | ${status} | ${reason} | ${delivery === 'failed' ? 'has ended' : 'is tried later'}`,
    ])
  })

  it('resolves to a private address beside a public one: nothing is connected to', async () => {
    const id = await keepAlert('webhook', 'https://inside.test/hook')
    await run()
    expect(stub.received).toEqual([])
    expect(await read(id)).toEqual([
      'failing: The address must lead to the public internet.',
      'waiting | 1 |  | The address must lead to the public internet. | is tried later',
    ])
  })
})

it('a kill between sending and noting repeats the message once with the same id, and the log counts both attempts', async () => {
  stub.answer = answers(204)
  const id = await keepAlert('webhook')
  const killed = createDeliverer()
  const taken = (await takeMessage(killed, (await claimQueue(killed))!))!
  await send(killed.open(taken.channel, clock.now()), taken.message) // and is killed here
  expect((await read(id))[1]).toBe('waiting | 1 |  |  | is tried later')
  await run()
  clock.advanceMs(MINUTE_MS)
  for (let n = 0; n < 3; n += 1) await run()
  const ids = stub.received.map(({ headers }) => headers['webhook-id'])
  expect(ids).toEqual([taken.message.id, taken.message.id])
  expect(await read(id)).toEqual(['active: null', 'sent | 2 | 204 |  | has ended'])
})

it('two deliverers at once send one message, and the log has one attempt', async () => {
  stub.answer = answers(204)
  const id = await keepAlert('webhook')
  const reports = await Promise.all([run(), run(createDeliverer())])
  expect(reports.reduce((all, { sent }) => all + sent, 0)).toBe(1)
  expect([stub.received.length, await read(id)]).toEqual([1, ['active: null', 'sent | 1 | 204 |  | has ended']])
})
