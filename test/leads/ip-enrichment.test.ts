import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ipFacts } from '#db/tables'
import { type DnsServer, startDnsServer } from '#emulators/dns/server'
import { createIpFactsStore } from '#leads/ip-facts'
import { silentLog } from '#platform/log'
import { createDns } from '#signals/dns/dns'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hasPoppler, readPdfText } from '../support/read-pdf.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'

/** Its mail host is its own; that of the second is Google's, which the demonstration zone does not hold. */
const OWN = 'hunter-demo-ihracat.com.tr'
const HOSTED = 'hunter-demo-otomotiv.com.tr'
const WEB = 'root-ip 192.0.2.41: AS64497 HUNTER-DEMO-CLOUD (DE)'
const MAIL = 'mx-ip 192.0.2.81: AS64498 HUNTER-DEMO-TELEKOM (TR)'

let database: HunterDatabase
let server: DnsServer
let api: TestApi
let key: string
let hunter: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  database = await createHunterDatabase()
  server = await startDnsServer({ forwardTo: [] })
  const clock = new TestClock()
  const dns = createDns({ servers: [server.address], queryTimeoutMs: 5_000, clock })
  const store = createIpFactsStore({ db: database.db, clock, log: silentLog })
  api = createTestApi(database.db, { dns, clock, ipFacts: store })
  key = await api.key(['read', 'write'])
  hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url })
  for (const domain of [OWN, HOSTED]) {
    await api.call('POST', '/api/v1/scan/domain', { key, body: { domain } })
  }
})
afterAll(async () => {
  await database.close()
  await server.close()
})

const askForFile = async (path: string) => {
  const answer = await api.app.request(`/api/v1/leads/${path}`, { headers: { 'X-API-Key': key } })
  return Buffer.from(await answer.arrayBuffer())
}

it('answers a lead of the demonstration zone with its networks, and keeps them for other scans', async () => {
  const { data } = (await api.call('GET', `/api/v1/leads/${OWN}`, { key })).body
  expect(data['signals']).toMatchObject({
    networks: {
      state: 'present',
      records: [WEB, MAIL],
      value: {
        addresses: [
          { ip: '192.0.2.41', source: 'root-ip', country: 'DE', asn: 64_497, as_name: 'HUNTER-DEMO-CLOUD' },
          { ip: '192.0.2.81', source: 'mx-ip', country: 'TR', asn: 64_498, as_name: 'HUNTER-DEMO-TELEKOM' },
        ],
        unanswered: [],
      },
    },
  })
  const kept = await database.db.select({ ip: ipFacts.ip }).from(ipFacts).orderBy(ipFacts.ip)
  expect(kept.map(({ ip }) => ip)).toEqual(['192.0.2.23', '192.0.2.41', '192.0.2.81'])
})

it('names the mail hosts whose addresses got no answer', async () => {
  const { data } = (await api.call('GET', `/api/v1/leads/${HOSTED}`, { key })).body
  expect(data['signals']).toMatchObject({
    networks: { state: 'present', value: { unanswered: expect.arrayContaining(['aspmx.l.google.com']) } },
  })
})

it('prints the networks in leads show', async () => {
  const { status, out } = await hunter('leads', 'show', OWN)
  expect(status).toBe(0)
  expect(out).toContain(`networks`)
  for (const record of [WEB, MAIL]) expect(out).toContain(record)
})

it('exports networks and countries as columns to choose, over the API and by the command', async () => {
  const columns = 'domain,mail_networks,mail_countries,web_networks,web_countries'
  const rows = [
    ['Domain', 'Mail networks', 'Mail countries', 'Web networks', 'Web countries'],
    [OWN, 'AS64498 HUNTER-DEMO-TELEKOM', 'TR', 'AS64497 HUNTER-DEMO-CLOUD', 'DE'],
    [HOSTED, '', '', 'AS64496 HUNTER-DEMO-HOSTING', 'TR'],
  ]
  expect(parse(await askForFile(`export?sort=domain&columns=${columns}`), { bom: true })).toEqual(rows)
  const { out } = await hunter('leads', 'export', '--columns', columns, '--sort', 'domain')
  expect(parse(out, { bom: true })).toEqual(rows)
  const [headings] = parse(await askForFile('export'), { bom: true })
  expect(headings).not.toContain('Mail networks')
})

it.skipIf(!hasPoppler())('shows the networks in the PDF', async () => {
  const text = readPdfText(await askForFile(`${OWN}/summary.pdf`))
  expect(text).toContain('192.0.2.41 Web AS64497 HUNTER-DEMO-CLOUD (DE)')
  expect(text).toContain('192.0.2.81 E-posta AS64498 HUNTER-DEMO-TELEKOM (TR)')
})
