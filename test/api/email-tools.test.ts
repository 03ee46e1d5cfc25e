import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
  api.dns.zone.set('firma.com.tr', { mx: ['mx1.firma.com.tr'] })
  api.dns.zone.set('xn--mller-kva.de', { a: ['192.0.2.7'] })
  api.dns.zone.set('kapali.com.tr', { mx: [''] })
  api.dns.zone.set('bozuk.com.tr', { fails: 'SERVFAIL' })
  api.dns.zone.set('gmail.com', { mx: ['gmail-smtp-in.l.google.com'] })
})
afterAll(() => database.close())

const post = (tool: string, body: unknown) => api.call('POST', `/api/v1/email-tools/${tool}`, { key, body })
async function validate(...addresses: string[]) {
  const { status, body } = await post('validate', { addresses })
  expect(status).toBe(200)
  return body.data as { addresses: Record<string, unknown>[]; [name: string]: unknown }
}

it('generates labelled guesses for the company behind any form of its name, and says that they are guesses', async () => {
  const { body } = await post('generate', { domain: 'https://www.FİRMA.com.tr/iletisim', languages: ['tr'] })
  expect(body.data).toMatchObject({ domain: 'firma.com.tr', guesses: true, note: expect.stringContaining('guesses') })
  expect(body.data['addresses']).toContainEqual({ address: 'kvkk@firma.com.tr', use: 'privacy', language: 'tr' })
  expect(api.dns.asked).toEqual([])
})

it("guesses nothing at a mail provider's domain, where strangers have the mailboxes", async () => {
  const { body } = await post('generate', { domain: 'gmail.com' })
  expect(body.data).toMatchObject({ addresses: [], note: expect.stringContaining('provider') })
})

it('validates each address in its order, with the evidence of the DNS and without an SMTP probe', async () => {
  const data = await validate(
    'Ali.Veli+teklif@firma.com.tr',
    'info@müller.de',
    'satis@kapali.com.tr',
    'ali@yok.com.tr',
    'ali@bozuk.com.tr',
    'iletişim@firma.com.tr',
    'ali@gmail.com',
    'ali veli@firma.com.tr',
  )
  expect(data).toMatchObject({
    smtp_probe: false,
    note: expect.stringContaining('no SMTP probe'),
    counts: { plausible: 4, undeliverable: 2, invalid: 1, unknown: 1 },
  })
  expect(data.addresses.map(({ verdict, reason }) => [verdict, reason])).toEqual([
    ['plausible', 'mx'],
    ['plausible', 'address-only'],
    ['undeliverable', 'null-mx'],
    ['undeliverable', 'no-domain'],
    ['unknown', 'unknown'],
    ['plausible', 'mx'],
    ['plausible', 'mx'],
    ['invalid', 'local-characters'],
  ])
  expect(data.addresses[0]).toMatchObject({
    address: 'Ali.Veli+teklif@firma.com.tr',
    tag: 'teklif',
    role: null,
    mail: { state: 'mx', hosts: ['mx1.firma.com.tr'], rcode: 'NOERROR' },
  })
  expect(data.addresses[1]).toMatchObject({ host: 'xn--mller-kva.de', host_unicode: 'müller.de', role: 'general' })
  expect(data.addresses[5]).toMatchObject({ needs_smtputf8: true, role: 'general' })
  expect(data.addresses[6]).toMatchObject({ consumer_mailbox: true })
  expect(data.addresses[7]).toMatchObject({ address: null, mail: null, message: expect.stringContaining('character') })
})

it('asks about each host once, however many addresses it has, and takes at most 50 addresses', async () => {
  api.dns.asked.length = 0
  const many = Array.from({ length: 50 }, (_, at) => `kisi${at}@firma.com.tr`)
  expect((await validate(...many)).counts).toMatchObject({ plausible: 50 })
  expect(api.dns.asked).toEqual(['firma.com.tr'])
  for (const addresses of [[], [...many, 'bir@firma.com.tr'], ['x'.repeat(1_001)], [1], 'ali@firma.com.tr']) {
    const { status, body } = await post('validate', { addresses })
    expect([status, body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
  }
})
