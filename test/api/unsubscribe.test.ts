import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { computeCode } from '#alerts/channel-secrets'
import type { Message, SendMessage } from '#alerts/message'
import { buildUnsubscribeUrl } from '#alerts/unsubscribe-link'
import type { Database } from '#db/client'
import { alertChannels, alertDeliveries, auditLog } from '#db/tables'
import { keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { createTestApi, PEPPER, type TestApi } from '../support/test-api.ts'

const ADDRESS = 'satis@firma.com.tr'
const ONE_CLICK = 'List-Unsubscribe=One-Click'
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

let database: HunterDatabase
let api: TestApi
let key: string
let send: SendMessage
const sent: Message[] = []
beforeAll(async () => {
  database = await createHunterDatabase()
})
beforeEach(async () => {
  await database.db.execute(sql`truncate alert_channels, alert_queues, api_keys, audit_log, companies cascade`)
  sent.length = 0
  send = async (_, message) => (sent.push(message), { kind: 'sent', status: null })
  const loadAlertSender = async () => ({ send: ((...given) => send(...given)) as SendMessage, isTrusted: () => false })
  api = createTestApi(database.db, { loadAlertSender })
  key = await api.key(['admin'])
})
afterAll(() => database.close())

const manage = (method: string, path: string, body?: object) =>
  api.call(method, `/api/v1/alerts/channels${path}`, { key, ...(body && { body }) })
const test = (id: string) => manage('POST', `/${id}/test`)
const confirm = (id: string, code = sent.at(-1)?.code) => manage('POST', `/${id}/confirm`, { code })

/** An e-mail channel whose reader has confirmed it. */
async function subscribe(): Promise<string> {
  const { body } = await manage('POST', '', { name: 'Sales', kind: 'email', address: ADDRESS })
  const id = String(body.data['id'])
  await test(id)
  await confirm(id)
  expect(await readState(id)).toEqual(['active', null])
  return id
}

const linkTo = (id: string, address = ADDRESS, pepper = PEPPER) =>
  new URL(buildUnsubscribeUrl({ pepper }, { id, address }, 'https://hunter.test')).pathname
const click = (id: string) => api.call('POST', linkTo(id), { headers: FORM, body: ONE_CLICK })

async function readState(id: string) {
  const [row] = await database.db.select().from(alertChannels).where(eq(alertChannels.id, id))
  return [row?.state, row?.stateReason]
}

const listUnsubscribed = () =>
  database.db.select().from(auditLog).where(eq(auditLog.action, 'alert_channel.unsubscribed'))

describe('the link', () => {
  it('shows a page with a button in the language of the reader, and changes nothing, because mail scanners follow links', async () => {
    const id = await subscribe()
    for (const method of ['GET', 'HEAD']) expect((await api.call(method, linkTo(id))).status).toBe(200)
    for (const [language, button] of [
      ['tr', 'Abonelikten çık'],
      ['en', 'Unsubscribe'],
    ]) {
      const { text, headers } = await api.call('GET', linkTo(id), { headers: { 'Accept-Language': `${language}` } })
      expect(text).toContain(`<html lang="${language}">`)
      expect(text).toContain(`<button>${button}</button>`)
      expect(text).toMatch(/<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">/)
      expect(text).not.toMatch(/<script|<link|src=|href=|style="|onclick|@import|url\(/)
      expect(headers.get('Content-Security-Policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      )
    }
    expect(await readState(id)).toEqual(['active', null])
  })

  it.each([
    ['a form', FORM, ONE_CLICK],
    [
      'a form with something else beside',
      { 'Content-Type': `${FORM['Content-Type']}; charset=UTF-8` },
      `a=1&${ONE_CLICK}`,
    ],
    [
      'a multipart form',
      { 'Content-Type': 'Multipart/Form-Data; boundary="b"' },
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
    ['JSON', {}, { 'List-Unsubscribe': 'One-Click' }],
  ])(
    'unsubscribes with %s, without a key or a cookie, and counts against the limit of the address',
    async (_, headers, body) => {
      const id = await subscribe()
      const answer = await api.call('POST', linkTo(id), { headers: { ...headers, 'Accept-Language': 'en' }, body })
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('You are unsubscribed')])
      expect(answer.headers.get('RateLimit-Policy')).toMatch(/^"ip";/)
      const reason = `Unsubscribed by its reader at ${api.clock.now().toISOString()}.`
      expect(await readState(id)).toEqual(['disabled', reason])
    },
  )

  it('ends what waits, with the reason in the log, leaves one audit entry, and does nothing the second time', async () => {
    const id = await subscribe()
    await keepChanges(database.db, sampleLead({ domain: 'bir.com.tr' }), [sampleChange()])
    await click(id)
    const first = await readState(id)
    const deliveries = await database.db.select().from(alertDeliveries)
    expect(deliveries.map(({ state, lastError }) => [state, lastError])).toEqual([['failed', first[1]]])
    api.clock.advanceMs(60_000)
    expect((await click(id)).status).toBe(200)
    expect(await readState(id)).toEqual(first)
    const [entry, ...others] = await listUnsubscribed()
    expect(entry).toMatchObject({ actor: 'unsubscribe-link', object: `alert_channel:${id}` })
    expect(others).toEqual([])
    const shown = await manage('GET', `/${id}`)
    expect(shown.body.data).toMatchObject({ state: 'disabled', state_reason: first[1] })
    const resent = await api.call('POST', `/api/v1/alerts/deliveries/${deliveries[0]?.id}/resend`, { key })
    expect(resent.body.error.code).toBe('CHANNEL_INACTIVE')
  })

  it('is one of two requests at once that unsubscribe', async () => {
    const id = await subscribe()
    const both = await Promise.all([click(id), click(id)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(await listUnsubscribed()).toHaveLength(1)
  })

  it('is in no line of the log', async () => {
    const id = await subscribe()
    await api.call('GET', linkTo(id))
    await click(id)
    await api.call('POST', linkTo(id, ADDRESS, 'another'), { headers: FORM, body: ONE_CLICK })
    expect(JSON.stringify(api.lines)).toContain('/unsubscribe/:token')
    expect(JSON.stringify(api.lines)).not.toContain(linkTo(id).slice('/unsubscribe/'.length, 40))
  })
})

describe('nothing happens', () => {
  it.each([
    ['without a body', {}, undefined, 400, 'BODY_NOT_JSON'],
    ['without the words', FORM, 'List-Unsubscribe=', 422, 'VALIDATION_FAILED'],
    ['with the words under another name', FORM, 'list=One-Click', 422, 'VALIDATION_FAILED'],
    [
      'with a form that is cut off',
      { 'Content-Type': 'multipart/form-data; boundary=b' },
      '--b\r\n',
      422,
      'VALIDATION_FAILED',
    ],
    [
      'with a file in their place',
      { 'Content-Type': 'multipart/form-data; boundary=b' },
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"; filename="a"\r\n\r\nOne-Click\r\n--b--\r\n',
      422,
      'VALIDATION_FAILED',
    ],
    ['with a text', { 'Content-Type': 'text/plain' }, ONE_CLICK, 415, 'BODY_TYPE_UNSUPPORTED'],
    ['with a compressed form', { ...FORM, 'Content-Encoding': 'gzip' }, ONE_CLICK, 415, 'BODY_TYPE_UNSUPPORTED'],
    ['with a form that is too large', FORM, `${ONE_CLICK}&a=${'x'.repeat(2 ** 20)}`, 413, 'BODY_TOO_LARGE'],
  ])('%s', async (_, headers, body, status, code) => {
    const id = await subscribe()
    const answer = await api.call('POST', linkTo(id), { headers, ...(body !== undefined && { body }) })
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(await readState(id)).toEqual(['active', null])
  })

  it('to a channel whose link was changed in any place, and no database is asked', async () => {
    const id = await subscribe()
    const db = new Proxy({} as Database, { get: () => expect.unreachable('asked the database') })
    const keyDeps = {
      db,
      clock: api.clock,
      pepper: PEPPER,
      env: 'test',
      randomBytes: (count: number) => Buffer.alloc(count),
    }
    const apart = createTestApi(database.db, { keyDeps })
    const path = linkTo(id)
    const start = '/unsubscribe/'.length
    const forged = Array.from({ length: path.length - start }, (_, at) => {
      const other = path[start + at] === 'A' ? 'B' : 'A'
      return path.slice(0, start + at) + other + path.slice(start + at + 1)
    })
    const strange = [
      linkTo(id, ADDRESS, 'another'),
      path.slice(0, -1),
      `${path}A`,
      `${path}%3D`,
      '/unsubscribe/%00',
      `/unsubscribe/${'A'.repeat(64)}`,
    ]
    for (const wrong of [...forged, ...strange]) {
      const got = await apart.call('GET', wrong)
      const posted = await apart.call('POST', wrong, { headers: FORM, body: ONE_CLICK })
      for (const { status, body } of [got, posted])
        expect([status, body.error.code]).toEqual([404, 'UNSUBSCRIBE_LINK_INVALID'])
    }
    expect(await readState(id)).toEqual(['active', null])
  })

  it('once the channel has another address or is gone; and a browser shows why as a page', async () => {
    const id = await subscribe()
    await manage('PATCH', `/${id}`, { address: 'yeni@firma.com.tr' })
    expect((await click(id)).body.error).toMatchObject({
      code: 'UNSUBSCRIBE_LINK_INVALID',
      details: { remedy: 'Use the link of the newest mail, or ask the administrator to switch the channel off.' },
    })
    expect((await readState(id))[0]).toBe('unverified')
    await manage('DELETE', `/${id}`)
    const headers = { ...FORM, ...BROWSER, 'Accept-Language': 'en' }
    const page = await api.call('POST', linkTo(id), { headers, body: ONE_CLICK })
    expect([page.status, page.text]).toEqual([404, expect.stringContaining('<h1>This link does not work</h1>')])
    expect(api.lines.at(-1)?.fields).toMatchObject({ code: 'UNSUBSCRIBE_LINK_INVALID', status: 404 })
    expect(await listUnsubscribed()).toEqual([])
  })
})

describe('an address whose reader unsubscribed', () => {
  it('gets nothing before its reader gives a code that came after that', async () => {
    const id = await subscribe()
    const old = sent.at(-1)?.code
    expect(old).toBe(computeCode({ pepper: PEPPER }, { id, address: ADDRESS, unsubscribedAt: null }))
    await click(id)
    expect((await confirm(id, old)).status).toBe(422)
    await test(id)
    expect((await readState(id))[0]).toBe('disabled')
    expect((await confirm(id, old)).status).toBe(422)
    expect(sent.at(-1)?.code).not.toBe(old)
    expect((await confirm(id)).status).toBe(200)
    expect(await readState(id)).toEqual(['active', null])
    const second = sent.at(-1)?.code
    api.clock.advanceMs(1)
    await click(id)
    expect((await confirm(id, second)).status).toBe(422)
    expect(await listUnsubscribed()).toHaveLength(2)
  })

  it('stays so also when the address was changed and changed back since', async () => {
    const id = await subscribe()
    const old = sent.at(-1)?.code
    await click(id)
    await manage('PATCH', `/${id}`, { address: 'yeni@firma.com.tr' })
    await test(id)
    await confirm(id)
    await manage('PATCH', `/${id}`, { address: ADDRESS })
    expect((await confirm(id, old)).status).toBe(422)
  })

  it('stays so when a test was on its way at that moment', async () => {
    const id = await subscribe()
    send = async () => (await click(id), { kind: 'sent', status: null })
    expect((await test(id)).body.data).toMatchObject({ channel: { state: 'disabled' } })
  })

  it('stays so also when a person had switched the channel off before', async () => {
    const id = await subscribe()
    const old = sent.at(-1)?.code
    await manage('POST', `/${id}/disable`)
    await click(id)
    expect((await readState(id))[1]).toMatch(/^Unsubscribed by its reader at /)
    expect((await confirm(id, old)).status).toBe(422)
  })
})
