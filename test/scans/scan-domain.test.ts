import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { getLead } from '#leads/get-lead'
import { AppError } from '#platform/errors'
import { scanDomain } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import { createFakeDns, type FakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
let dns: FakeDns
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.delete(companies)
  dns = createFakeDns(googleCompany('firma.com.tr'))
})

it('turns an input into one saved lead with provider, score and segment', async () => {
  const lead = await scanDomain(scanDeps(database.db, dns), 'https://WWW.Firma.com.tr/iletisim')
  expect(lead).toMatchObject({
    domain: 'firma.com.tr',
    provider: { mailbox: { id: 'google-workspace' } },
    segment: { segment: 'Migration' },
  })
  expect(lead.score.value).toBeGreaterThanOrEqual(60)
  expect(await getLead(database.db, lead.domain)).toEqual(lead)
})

it('sends no query and saves nothing for a text that is not a domain', async () => {
  await expect(scanDomain(scanDeps(database.db, dns), '192.0.2.1')).rejects.toMatchObject({ code: 'DOMAIN_INVALID' })
  expect(dns.asked).toEqual([])
  expect(await database.db.select().from(companies)).toEqual([])
})

it('queries and saves nothing without a turn', async () => {
  const pacer = { acquire: () => Promise.reject(new AppError('RATE_LIMITED', 'busy')) }
  const scan = scanDomain(scanDeps(database.db, dns, { pacer }), 'firma.com.tr')
  await expect(scan).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(dns.asked).toEqual([])
  expect(await database.db.select().from(companies)).toEqual([])
})

it('keeps the earlier signals and score if the DNS does not answer', async () => {
  const clock = new TestClock()
  const first = await scanDomain(scanDeps(database.db, dns, { clock }), 'firma.com.tr')
  dns.zone.set('firma.com.tr', { fails: 'SERVFAIL' })
  dns.zone.set('_dmarc.firma.com.tr', { fails: 'TIMEOUT' })
  clock.advanceMs(60_000)
  const second = await scanDomain(scanDeps(database.db, dns, { clock }), 'firma.com.tr')
  expect(second.signals.mx).toEqual(first.signals.mx)
  expect(second.signals.dmarc).toEqual(first.signals.dmarc)
  expect(second.score).toEqual(first.score)
})

it('says unknown, never absent, for a new domain whose name servers are down', async () => {
  dns.zone.set('firma.com.tr', { fails: 'SERVFAIL' })
  dns.zone.set('_dmarc.firma.com.tr', { fails: 'SERVFAIL' })
  const { signals, score, segment } = await scanDomain(scanDeps(database.db, dns), 'firma.com.tr')
  expect([signals.mx.state, signals.spf.state, signals.dmarc.state]).toEqual(['unknown', 'unknown', 'unknown'])
  expect(score.min).toBeLessThan(score.max)
  expect(segment.provisional).toBe(true)
})

it('leaves one lead after many simultaneous scans of a domain', async () => {
  const deps = scanDeps(database.db, dns)
  await Promise.all(Array.from({ length: 8 }, () => scanDomain(deps, 'firma.com.tr')))
  expect(await database.db.select().from(companies)).toHaveLength(1)
  expect((await getLead(database.db, 'firma.com.tr' as Domain)).score.value).toBeGreaterThan(0)
})
