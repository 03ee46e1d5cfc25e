import { asc, eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { alerts, companies, leadChanges, providerOverrides } from '#db/tables'
import { getLead } from '#leads/get-lead'
import { listLeads } from '#leads/list/list-leads'
import { listMoves } from '#leads/moves/move-log'
import { formatMove } from '#leads/moves/name-moves'
import { createJob } from '#scans/bulk/create-job'
import { processBatch } from '#scans/bulk/process-batch'
import { rescanDomain, scanDomain } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import { createFakeDns, type FakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

const FIRMA = 'firma.com.tr' as Domain

let database: HunterDatabase
let dns: FakeDns
let clock: TestClock
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, scan_jobs cascade`)
  dns = createFakeDns(googleCompany(FIRMA))
  clock = new TestClock()
})

const deps = () => scanDeps(database.db, dns, { clock })
const scan = () => scanDomain(deps(), FIRMA)
const history = () => database.db.select().from(leadChanges).orderBy(asc(leadChanges.id))
const moves = async () => (await listMoves(database.db, { limit: 10 })).items
const moveTo = (host: string) => {
  dns.zone.set(FIRMA, { ...dns.zone.get(FIRMA), mx: [host] })
  clock.advanceMs(60_000)
}

it('keeps no history of a first scan, nor of one that finds everything as it was', async () => {
  await scan()
  clock.advanceMs(60_000)
  await scan()
  expect(await history()).toEqual([])
})

it('saves each change with old, new and time, and an alert for those that raise one', async () => {
  await scan()
  moveTo('firma-com-tr.mail.protection.outlook.com')
  dns.zone.set(`_dmarc.${FIRMA}`, { txt: ['v=DMARC1; p=none'] })
  const { changes } = await rescanDomain(deps(), FIRMA)
  const at = new Date('2026-11-20T00:01:00.000Z')
  const rows = await history()
  expect(rows.map(({ type, oldValue, newValue }) => [type, oldValue, newValue])).toEqual([
    ['mx_changed', '10 aspmx.l.google.com', '10 firma-com-tr.mail.protection.outlook.com'],
    ['dmarc_weakened', 'reject', 'none'],
    ['provider_changed', 'google-workspace', 'microsoft-365'],
    ['segment_changed', 'Migration', 'Existing'],
    ['score_changed', expect.any(Number), expect.any(Number)],
  ])
  expect(rows.every((row) => row.at.getTime() === at.getTime())).toBe(true)
  expect(changes.map(({ type }) => type)).toEqual(rows.map(({ type }) => type))
  const raised = await database.db.select().from(alerts).orderBy(asc(alerts.id))
  expect(raised.map(({ type, raisedAt }) => [type, raisedAt])).toEqual([
    ['mx_changed', at],
    ['dmarc_weakened', at],
    ['segment_changed', at],
  ])
})

it('records neither a change nor a move for an outage of the DNS or its end', async () => {
  await scan()
  dns.zone.set(FIRMA, { fails: 'SERVFAIL' })
  clock.advanceMs(60_000)
  await scan()
  for (const [name, records] of Object.entries(googleCompany(FIRMA))) dns.zone.set(name, records)
  clock.advanceMs(60_000)
  await scan()
  expect([await history(), await moves()]).toEqual([[], []])
})

it('saves neither lead nor history if one of them fails', async () => {
  const before = await scan()
  moveTo('mx.yandex.net')
  await database.db.execute(sql`alter table alerts add constraint refused check (type <> 'mx_changed')`)
  await expect(scan()).rejects.toMatchObject({ cause: { constraint: 'refused' } })
  await database.db.execute(sql`alter table alerts drop constraint refused`)
  expect(await history()).toEqual([])
  expect(await getLead(database.db, FIRMA)).toEqual(before)
})

it('names a move when it finds one, once, with the hosts that show it', async () => {
  await scan()
  moveTo('firma-com-tr.mail.protection.outlook.com')
  await scan()
  clock.advanceMs(60_000)
  await scan()
  expect((await moves()).map((move) => [move.domain, formatMove(move), move.evidence, move.at])).toEqual([
    [
      FIRMA,
      'google → microsoft-365',
      ['firma-com-tr.mail.protection.outlook.com'],
      new Date('2026-11-20T00:01:00.000Z'),
    ],
  ])
})

it('names no move when an override judges the same signals otherwise', async () => {
  moveTo('mx1.hostinger.com')
  await scan()
  const override = { signal: 'mx', suffix: 'mx1.hostinger.com', providerId: 'yandex', createdBy: 'test' } as const
  await database.db.insert(providerOverrides).values(override)
  clock.advanceMs(60_000)
  await scan()
  expect((await history()).map(({ type, cause }) => [type, cause])).toContainEqual(['provider_changed', 'rules'])
  expect(await moves()).toEqual([])
})

it('shows a half-moved company at its first scan, to those who ask for its kind', async () => {
  dns.zone.set(`autodiscover.${FIRMA}`, { cname: 'autodiscover.outlook.com' })
  await scan()
  const half = await listMoves(database.db, { limit: 10, kind: 'half-moved', since: new Date('2026-11-19T00:00:00Z') })
  expect(half.items.map(formatMove)).toEqual(['half-moved: google → microsoft-365'])
  const others = await listMoves(database.db, { limit: 10, kind: 'mailbox-moved' })
  const later = await listMoves(database.db, { limit: 10, since: new Date('2026-11-21T00:00:00Z') })
  expect([others.items, later.items]).toEqual([[], []])
  const listed = (movedSince: string) =>
    listLeads(database.db, { sort: 'priority', limit: 10, movedSince: new Date(movedSince) })
  expect((await listed('2026-11-20T00:00:00Z')).leads.map(({ domain }) => domain)).toEqual([FIRMA])
  expect((await listed('2026-11-20T00:00:01Z')).leads).toEqual([])
})

it('returns text that looks like a number as text', async () => {
  await scan()
  const [company] = await database.db.select({ companyId: companies.id }).from(companies)
  await database.db.insert(leadChanges).values({
    companyId: company?.companyId ?? 0,
    type: 'dkim_added',
    newValue: '20230601', // a selector of Google's
    at: clock.now(),
  })
  expect((await history()).map(({ oldValue, newValue }) => [oldValue, newValue])).toEqual([[null, '20230601']])
})

it('writes no second change when a batch is delivered again', async () => {
  await scan()
  moveTo('mx.yandex.net')
  const jobId = await createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs: [FIRMA], keyid: null })
  const input = { jobId, batch: 1, lastTry: false }
  await Promise.all([processBatch(deps(), input), processBatch(deps(), input)])
  const once = await history()
  expect(once.map(({ type }) => type)).toContain('mx_changed')
  expect(await processBatch(deps(), input)).toMatchObject({ repeated: true })
  expect(await history()).toEqual(once)
})

it('keeps one unbroken chain of changes when many scans of a domain differ at the same time', async () => {
  await scan()
  const hosts = Array.from({ length: 8 }, (_, n) => `mx${n}.hostinger.com`)
  await Promise.all(
    hosts.map((host, n) => {
      const own = createFakeDns(googleCompany(FIRMA))
      own.zone.set(FIRMA, { ...own.zone.get(FIRMA), mx: [host] })
      const at = new TestClock(new Date(clock.now().getTime() + (n + 1) * 1_000))
      return scanDomain(scanDeps(database.db, own, { clock: at }), FIRMA)
    }),
  )
  const rows = await database.db
    .select()
    .from(leadChanges)
    .where(eq(leadChanges.type, 'mx_changed'))
    .orderBy(asc(leadChanges.id))
  expect(rows[0]?.oldValue).toBe('10 aspmx.l.google.com')
  expect(rows.slice(1).map(({ oldValue }) => oldValue)).toEqual(rows.slice(0, -1).map(({ newValue }) => newValue))
  const times = rows.map(({ at }) => at.getTime())
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(rows.at(-1)?.newValue).toBe('10 mx7.hostinger.com') // the newest scan decides, even if an older one ends last
})

it('answers that a domain without a scan cannot be scanned again, and sends no query', async () => {
  await expect(rescanDomain(deps(), 'yok.com.tr')).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' })
  expect(dns.asked).toEqual([])
})
