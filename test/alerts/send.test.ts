import type { SESv2Client } from '@aws-sdk/client-sesv2'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DigestFacts } from '#alerts/digest/facts'
import type { AlertFacts, ChannelKind, Message, OpenChannel, Outcome, SendMessage } from '#alerts/message'
import { createEmailSender } from '#alerts/send/email'
import { createSender } from '#alerts/send/sender'
import { CHANNEL_KINDS } from '#db/tables'
import { isSignedBy } from '#keys/webhooks/signature'
import { ALERT_TYPES } from '#leads/changes/change-types'
import { sampleDigestFacts, worstDigestFacts } from '../support/sample-digest.ts'
import { startStubReceiver, type StubReceiver } from '../support/stub-receiver.ts'
import { createStubSes } from '../support/stub-ses.ts'

const SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `whsec_${Buffer.alloc(32, 7).toString('base64')}`]
const AT = new Date('2026-11-20T12:00:00.500Z')
const ALERT: AlertFacts = {
  deliveryId: '01a22a10-6de8-7028-a6a1-9a12197fdc62',
  alertId: 42,
  type: 'dmarc_removed',
  domain: 'acme.com.tr',
  old: 'reject',
  new: null,
  at: new Date('2026-11-20T11:59:00.000Z'),
  segment: 'Migration',
  priority: 1,
  score: 85,
}
const PUBLIC_URL = 'https://hunter.test'
const getUnsubscribeUrl = ({ id }: OpenChannel) => `${PUBLIC_URL}/unsubscribe/token-of-${id}`
const HOSTILE = '<!channel> *b* `c` <https://evil.test|x> [y](https://evil.test) & "q"\r\nBcc: x@evil.test\u0000\u202e'

let stub: StubReceiver
let ses: SESv2Client
let send: SendMessage
/** Waits for a receiver that never answers. The others get a minute: the first message loads code, and the machine may be busy. */
let sendBriefly: SendMessage
beforeAll(async () => {
  stub = await startStubReceiver()
  ses = createStubSes(stub)
  const network = { resolve: async () => [], isTrusted: ({ port }: { port: number }) => port === stub.port }
  const createWith = (timeoutMs: number) => {
    const email = createEmailSender({
      ses,
      from: 'alerts@hunter.example',
      reportedBy: 'hunter-test-alerts',
      timeoutMs,
      publicUrl: PUBLIC_URL,
      getUnsubscribeUrl,
    })
    return createSender({ http: { network, timeoutMs }, loadEmail: async () => email, publicUrl: PUBLIC_URL })
  }
  send = createWith(60_000)
  sendBriefly = createWith(400)
})
beforeEach(() => {
  stub.received = []
})
afterAll(async () => {
  ses.destroy()
  await stub.close()
})

const openChannel = (kind: ChannelKind, changes: Partial<OpenChannel> = {}): OpenChannel => ({
  id: 'channel',
  name: 'Satış "A"',
  kind,
  address: kind === 'email' ? 'satis@acme.com.tr' : `http://127.0.0.1:${stub.port}/hook/very-secret`,
  secrets: kind === 'webhook' ? SECRETS : [],
  language: 'en',
  ...changes,
})

const sendTo = (kind: ChannelKind, alerts: AlertFacts[] = [ALERT], changes: Partial<OpenChannel> = {}) =>
  send(openChannel(kind, changes), { id: ALERT.deliveryId, at: AT, alerts })

const sendDigest = (kind: ChannelKind, digest: DigestFacts, changes: Partial<OpenChannel> = {}) =>
  send(openChannel(kind, changes), { id: ALERT.deliveryId, at: AT, alerts: [], digest })

const DIGEST_EVENT = {
  type: 'digest.daily',
  timestamp: '2026-11-30T05:00:00.000Z',
  data: {
    from: '2026-11-29T05:00:00.000Z',
    to: '2026-11-30T05:00:00.000Z',
    timezone: 'Europe/Istanbul',
    sections: [
      { name: 'moves', count: 20 },
      { name: 'migration', count: 1_234 },
      { name: 'expiring', count: 2, top: [{ domain: 'bitiyor.com.tr', expires_at: '2026-12-04T00:00:00Z' }, {}] },
      { name: 'alerts', type: 'mx_changed', count: 18 },
      { name: 'alerts', type: 'dmarc_removed', count: 1 },
      { name: 'channels', count: 1 },
    ],
    backup: { state: 'proven' },
  },
}

function respond(status: number, body = '', headers: Record<string, string> = {}): void {
  stub.answer = (response) => response.writeHead(status, headers).end(body)
}

const OK: Record<ChannelKind, () => void> = {
  webhook: () => respond(204),
  slack: () => respond(200, 'ok'),
  teams: () => respond(202),
  email: () => respond(200, '{"MessageId":"1"}', { 'Content-Type': 'application/json' }),
}

const readBody = () => JSON.parse(stub.received[0]!.body.toString()) as Record<string, unknown>

describe.each(CHANNEL_KINDS)('every channel: %s', (kind) => {
  it('sends one alert, many and a test, in both languages', async () => {
    OK[kind]()
    for (const language of ['tr', 'en'] as const)
      for (const alerts of [[ALERT], [], ALERT_TYPES.map((type) => ({ ...ALERT, type }))])
        expect(await sendTo(kind, alerts, { language })).toMatchObject({ kind: 'sent' })
    expect(stub.received.every(({ method }) => method === 'POST')).toBe(true)
  })

  it.each([
    ['redirects', () => respond(302, '', { Location: 'http://127.0.0.1:9/' }), 302],
    ['fails', () => respond(500), 500],
    ['is overloaded', () => respond(503, 'x'.repeat(200_000)), 503],
    ['asks for fewer messages', () => respond(429), 429],
    ['answers garbage', () => respond(500, '\u0000<html>{{{'), 500],
  ])('tries later when the receiver %s', async (_name, answer, status) => {
    answer()
    expect(await sendTo(kind)).toMatchObject({ kind: 'failed', next: 'retry', status })
    expect(stub.received).toHaveLength(1)
  })

  it('tries later when the receiver is silent, hangs up or speaks no HTTP', async () => {
    stub.answer = () => undefined
    const unanswered = await sendBriefly(openChannel(kind), { id: ALERT.deliveryId, at: AT, alerts: [ALERT] })
    expect(unanswered).toMatchObject({ kind: 'failed', next: 'retry', status: null })
    stub.answer = (response) => void response.socket?.destroy()
    expect(await sendTo(kind)).toMatchObject({ kind: 'failed', next: 'retry', status: null })
    stub.answer = (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n')
    expect(await sendTo(kind)).toMatchObject({ kind: 'failed', next: 'retry', status: null })
  })

  it('repeats neither the address nor the body of an answer in its reason', async () => {
    for (const status of [301, 400, 404, 410, 429, 500]) {
      respond(status, 'body-with-secret')
      const outcome = await sendTo(kind)
      expect(JSON.stringify(outcome)).not.toMatch(/body-with-secret|very-secret|satis@/)
    }
  })

  it('carries a stranger’s record as text: no format, link, header or control character comes of it', async () => {
    OK[kind]()
    await sendTo(kind, [{ ...ALERT, type: 'mx_changed', old: HOSTILE, new: HOSTILE.repeat(200) }])
    expect(stub.received[0]!.body.byteLength).toBeLessThan(20_000)
    const texts: string[] = []
    JSON.stringify(readBody(), (_key, value: unknown) => (typeof value === 'string' && texts.push(value), value))
    expect(texts.join('')).toContain('Bcc: x@evil.test')
    for (const text of texts) expect(text).not.toMatch(/\r|\n *Bcc|\0|\u202e/)
  })

  it('sends a digest', async () => {
    OK[kind]()
    for (const language of ['tr', 'en'] as const)
      expect(await sendDigest(kind, sampleDigestFacts(), { language })).toMatchObject({ kind: 'sent' })
    for (const { body } of stub.received) {
      const text = body.toString()
      expect(text).toContain('tasinan-0.com.tr')
      expect(text).toContain('Microsoft 365')
      expect(text).toContain('2026-11-30T00-00-05Z-a1b2c3')
    }
  })

  it.skipIf(kind === 'webhook')('writes a digest in the language of the channel, with links to the page', async () => {
    OK[kind]()
    for (const language of ['tr', 'en'] as const) await sendDigest(kind, sampleDigestFacts(), { language })
    const [turkish, english] = stub.received.map(({ body }) => body.toString())
    expect(turkish).toContain('Yeni Migration adayları (1.234)')
    expect(english).toContain('New Migration leads (1,234)')
    expect(english).toContain('https://hunter.test/app/leads?segment=Migration')
    for (const text of [turkish, english]) expect(text).not.toContain('/api/v1/')
  })

  it.each(['漢', '&', '\u{1F980}'])('keeps a digest full of %s below the limit of the receivers', async (character) => {
    OK[kind]()
    await sendDigest(kind, worstDigestFacts(character.repeat(1_000)))
    const { body } = stub.received[0]!
    const limits = { webhook: 20_000, slack: 150_000, teams: 28_000, email: 300_000 }
    expect(body.byteLength).toBeLessThan(limits[kind])
    const { blocks } = readBody() as { blocks?: { text: { text: string } }[] }
    for (const { text } of blocks ?? []) expect(text.text.length).toBeLessThanOrEqual(3_000)
    expect(blocks?.length ?? 0).toBeLessThanOrEqual(50)
  })

  it('carries a stranger’s words in a digest as text', async () => {
    OK[kind]()
    await sendDigest(kind, worstDigestFacts(HOSTILE))
    const texts: string[] = []
    JSON.stringify(readBody(), (_key, value: unknown) => (typeof value === 'string' && texts.push(value), value))
    expect(texts.join('')).toContain('Bcc: x@evil.test')
    const markup = kind === 'slack' ? /<!channel>|<https:\/\/evil|\r|\0/ : /\r|\0/
    for (const text of texts) {
      expect(text).not.toMatch(/\n *Bcc|\u202e/)
      expect(text).not.toMatch(markup)
    }
  })

  it.skipIf(kind === 'email')('keeps twenty long alerts below the smallest limit of the receivers', async () => {
    OK[kind]()
    const long = {
      ...ALERT,
      domain: `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.com`,
      old: 'ş'.repeat(5_000),
    }
    await sendTo(
      kind,
      Array.from({ length: 20 }, () => ({ ...long, new: '漢'.repeat(5_000) })),
    )
    expect(stub.received[0]!.body.byteLength).toBeLessThan(28_000)
  })
})

it('sends a digest to a program as fields', async () => {
  OK.webhook()
  await sendDigest('webhook', sampleDigestFacts())
  expect(readBody()).toMatchObject(DIGEST_EVENT)
})

describe('a receiver over HTTP', () => {
  it.each(['webhook', 'slack', 'teams'] as const)(
    'of %s that is gone for good (410) ends the channel',
    async (kind) => {
      respond(410)
      expect(await sendTo(kind)).toMatchObject({ kind: 'failed', next: 'disable', status: 410 })
    },
  )

  it.each(['webhook', 'slack', 'teams'] as const)(
    'of %s is left alone for as long as Retry-After says',
    async (kind) => {
      respond(429, '', { 'Retry-After': '90' })
      expect(await sendTo(kind)).toMatchObject({ next: 'retry', retryAfterMs: 90_000 })
      respond(503, '', { 'Retry-After': 'Fri, 20 Nov 2026 12:01:00 GMT' })
      expect(await sendTo(kind)).toMatchObject({ next: 'retry', retryAfterMs: 59_500 })
    },
  )

  it.each(['webhook', 'slack', 'teams'] as const)('of %s on a private address gets nothing', async (kind) => {
    const outcome = await sendTo(kind, [ALERT], { address: 'https://169.254.169.254/' })
    expect(outcome).toEqual({
      kind: 'failed',
      status: null,
      reason: 'The address must lead to the public internet.',
      next: 'retry',
    })
    expect(stub.received).toEqual([])
  })
})

describe('a webhook', () => {
  it('sends an event that both secrets of a rotation have signed, with the id of the delivery', async () => {
    OK.webhook()
    await sendTo('webhook')
    const { headers, body } = stub.received[0]!
    expect(headers).toMatchObject({ 'webhook-id': ALERT.deliveryId, 'webhook-timestamp': '1795176000' })
    const message = { id: ALERT.deliveryId, timestamp: '1795176000', body }
    for (const secret of SECRETS) expect(isSignedBy(secret, message, String(headers['webhook-signature']))).toBe(true)
    expect(readBody()).toEqual({
      type: 'alert.dmarc_removed',
      timestamp: '2026-11-20T11:59:00.000Z',
      data: {
        alert_id: 42,
        domain: 'acme.com.tr',
        old: 'reject',
        new: null,
        segment: 'Migration',
        priority: 1,
        score: 85,
      },
    })
  })
})

describe('Slack', () => {
  it('gets a text for notifications beside blocks in which a domain is no link', async () => {
    OK.slack()
    await sendTo('slack', [{ ...ALERT, old: 'a<b>`c`&d' }])
    expect(readBody()).toEqual({
      text: 'acme.com.tr: DMARC record removed',
      unfurl_links: false,
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: "*`acme.com.tr`*: DMARC record removed\n`a&lt;b&gt;'c'&amp;d` → `none`\nMigration, priority 1, score 85",
          },
        },
      ],
    })
  })

  it.each<[number, string, Partial<Outcome>]>([
    [404, 'no_service', { kind: 'failed', next: 'disable' }],
    [404, 'channel_not_found', { kind: 'failed', next: 'disable' }],
    [410, 'channel_is_archived', { kind: 'failed', next: 'disable' }],
    [403, 'action_prohibited', { kind: 'failed', next: 'disable' }],
    [400, 'invalid_payload', { kind: 'failed', next: 'give-up' }],
    [400, 'no_text\n', { kind: 'failed', next: 'give-up' }],
    [403, 'constructor', { kind: 'failed', next: 'retry' }],
    [200, '<html>a proxy</html>', { kind: 'failed', next: 'retry' }],
    [200, 'ok\n', { kind: 'sent' }],
  ])('answers %i %s', async (status, text, outcome) => {
    respond(status, text)
    expect(await sendTo('slack')).toMatchObject(outcome)
  })
})

describe('Teams', () => {
  it('gets an Adaptive Card, and the sender hears what its answer does not promise', async () => {
    OK.teams()
    const outcome = await sendTo('teams', [ALERT], { language: 'tr' })
    expect(outcome).toMatchObject({ kind: 'sent', status: 202, note: expect.stringContaining('may still fail') })
    const body = readBody() as { attachments: { contentType: string; content: { type: string; version: string } }[] }
    expect(body).toMatchObject({
      type: 'message',
      attachments: [{ content: { type: 'AdaptiveCard', version: '1.4' } }],
    })
    const text = stub.received[0]!.body.toString()
    for (const part of ['acme.com.tr: DMARC kaydı kaldırıldı', 'reject → yok', 'Migration, öncelik 1, puan 85'])
      expect(text).toContain(part)
  })

  it('gives up a card that its workflow refuses', async () => {
    respond(400)
    expect(await sendTo('teams')).toMatchObject({ kind: 'failed', next: 'give-up' })
  })
})

describe('e-mail', () => {
  it('goes to one reader as text and as HTML in which everything is escaped', async () => {
    OK.email()
    await sendTo('email', [{ ...ALERT, old: '<b>&"' }])
    const { Simple: mail } = readBody()['Content'] as {
      Simple: { Subject: { Data: string }; Body: { Text: { Data: string }; Html: { Data: string } } }
    }
    expect(readBody()).toMatchObject({
      FromEmailAddress: 'alerts@hunter.example',
      Destination: { ToAddresses: ['satis@acme.com.tr'] },
      ConfigurationSetName: 'hunter-test-alerts',
      EmailTags: [{ Name: 'delivery0', Value: ALERT.deliveryId }],
    })
    expect(mail.Subject.Data).toBe('Hunter: acme.com.tr: DMARC record removed')
    const page = `${PUBLIC_URL}/app/leads/acme.com.tr`
    expect(mail.Body.Text.Data).toContain(`  <b>&" → none\n  Migration, priority 1, score 85\n  ${page}\n`)
    expect(mail.Body.Html.Data).toContain(`<b><a href="${page}">acme.com.tr</a></b>: `)
    expect(mail.Body.Html.Data).toContain('&lt;b&gt;&amp;&quot; → none')
    expect(mail.Body.Html.Data).toContain('Satış &quot;A&quot;')
  })

  it('names all that it carries, so that the log shows on each when it comes back', async () => {
    OK.email()
    const other = { ...ALERT, deliveryId: '01a22a10-6de8-7028-a6a1-9a12197fdc63' }
    await sendTo('email', [ALERT, other])
    const tags = [ALERT, other].map(({ deliveryId }, at) => ({ Name: `delivery${at}`, Value: deliveryId }))
    expect(readBody()['EmailTags']).toEqual(tags)
  })

  it('brings the code with which its reader confirms the address, and no link: a test is no subscription', async () => {
    OK.email()
    const message: Message = { id: 'test', at: AT, alerts: [], code: '4f1b09a3c7' }
    await send(openChannel('email', { language: 'tr' }), message)
    expect(stub.received[0]!.body.toString()).toContain('4f1b09a3c7')
    expect(stub.received[0]!.body.toString()).not.toMatch(/unsubscribe/i)
  })

  it('lets its reader unsubscribe from alerts and digests: by a button of the mail program, and by a link at the end', async () => {
    OK.email()
    const url = `${PUBLIC_URL}/unsubscribe/token-of-channel`
    for (const [language, word] of [
      ['tr', 'Abonelikten çık'],
      ['en', 'Unsubscribe'],
    ] as const) {
      stub.received = []
      await sendTo('email', [ALERT], { language })
      await sendDigest('email', sampleDigestFacts(), { language })
      const mails = stub.received.map(
        ({ body }) =>
          (JSON.parse(body.toString()) as { Content: { Simple: object } }).Content.Simple as {
            Headers: object[]
            Body: { Text: { Data: string }; Html: { Data: string } }
          },
      )
      expect(mails).toHaveLength(2)
      for (const { Headers, Body } of mails) {
        expect(Headers).toEqual([
          { Name: 'List-Unsubscribe', Value: `<${url}>` },
          { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
        ])
        expect(Body.Text.Data.trimEnd()).toMatch(new RegExp(`\n-- \n.*\n${word}: ${url}$`))
        expect(Body.Html.Data).toMatch(new RegExp(`<a href="${url}"[^>]*>${word}</a>`))
      }
    }
  })

  it('has no link where the installation has no public address', async () => {
    OK.email()
    const unlinked = createEmailSender({ ses, from: 'alerts@hunter.example', timeoutMs: 60_000 })
    await unlinked(openChannel('email'), { id: '1', at: AT, alerts: [ALERT] })
    await unlinked(openChannel('email'), { id: '2', at: AT, alerts: [], digest: sampleDigestFacts() })
    expect(stub.received).toHaveLength(2)
    for (const { body } of stub.received) expect(body.toString()).not.toMatch(/unsubscribe|href/i)
  })

  it.each([
    ['TooManyRequestsException', 429, 'retry', 'SES asks for fewer messages.'],
    [
      'MessageRejected',
      400,
      'retry',
      'SES rejected the message (MessageRejected); in its sandbox it sends to verified addresses only.',
    ],
    ['SendingPausedException', 400, 'retry', 'Sending is paused in SES.'],
    ['BadRequestException', 400, 'give-up', 'SES refused the message (BadRequestException).'],
    ['NewException', 400, 'retry', 'SES answered NewException.'],
  ])('reads %s of SES', async (name, status, next, reason) => {
    respond(status, '{"message":"satis@acme.com.tr is not verified"}', {
      'Content-Type': 'application/json',
      'x-amzn-errortype': name,
    })
    expect(await sendTo('email')).toEqual({ kind: 'failed', status, reason, next })
  })

  it('says that no sender is set', async () => {
    const unset = createEmailSender({ ses, from: undefined, timeoutMs: 400 })
    expect(await unset(openChannel('email'), { id: '1', at: AT, alerts: [] })).toMatchObject({
      kind: 'failed',
      reason: 'HUNTER_ALERT_FROM names no sender, so Hunter sends no mail.',
    })
  })
})
