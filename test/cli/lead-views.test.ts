import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scanDomain } from '#scans/scan-domain'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { runHunter } from '../support/run-hunter.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

const FIRMA = 'firma.com.tr'

let database: HunterDatabase
let hunter: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  database = await createHunterDatabase()
  hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url })
  const clock = new TestClock()
  const dns = createFakeDns(googleCompany(FIRMA))
  await scanDomain(scanDeps(database.db, dns, { clock }), FIRMA)
  dns.zone.set(`_dmarc.${FIRMA}`, { txt: ['v=DMARC1; p=none; rua=mailto:\u001B[31m@x.net'] })
  clock.advanceMs(3_600_000)
  await scanDomain(scanDeps(database.db, dns, { clock }), FIRMA)
  dns.zone.set(`_dmarc.${FIRMA}`, { txt: ['v=DMARC1; p=none; rua=mailto:\u001B[32m@y.net'] })
  clock.advanceMs(3_600_000)
  await scanDomain(scanDeps(database.db, dns, { clock }), FIRMA)
})
afterAll(() => database.close())

it('shows a lead with its evidence, what would raise the score, and what to say, in both languages', async () => {
  const english = await hunter('leads', 'show', 'https://www.firma.com.tr/')
  expect(english).toMatchObject({ status: 0, err: '' })
  for (const part of [
    'aspmx.l.google.com',
    'Google Workspace',
    'with DMARC reject: +15',
    'Hello, I am calling',
    'scanned 2026-11-20 02:00 UTC',
  ]) {
    expect(english.out).toContain(part)
  }
  const turkish = await hunter('leads', 'show', FIRMA, '--lang', 'tr')
  for (const part of ['Google Workspace kullanıyor', 'Merhaba,']) expect(turkish.out).toContain(part)
})

it('prints the same as JSON, with the field names of the API', async () => {
  const { out } = await hunter('leads', 'show', FIRMA, '--json', '--lang', 'tr')
  expect(JSON.parse(out)).toMatchObject({
    domain: FIRMA,
    breakdown: expect.any(Array),
    summary: { offer_tier: expect.any(String), metadata: { language: 'tr' } },
  })
})

it('lists what changed, newest first, page by page, and escapes control characters', async () => {
  const { out, status } = await hunter('leads', 'history', FIRMA)
  expect(status).toBe(0)
  expect(out).not.toContain('\u001B')
  const [, ...lines] = out.split('\n')
  expect(lines[0]).toMatch(/^2026-11-20 02:00 UTC +dmarc changed +v=DMARC1; p=none; rua=mailto:/)
  expect(out).toMatch(/2026-11-20 01:00 UTC +dmarc weakened +reject +none/)
  const first = JSON.parse((await hunter('leads', 'history', FIRMA, '--limit', '1', '--json')).out) as Record<
    string,
    unknown
  >
  expect(first).toMatchObject({ domain: FIRMA, changes: [{ type: 'dmarc_changed' }] })
  const rest = await hunter('leads', 'history', FIRMA, '--cursor', String(first['next_cursor']))
  expect(rest.out).not.toContain('dmarc changed')
})

it('shows the dashboard: counts, the trend of each day, the best leads and the newest changes', async () => {
  const { out, status } = await hunter('dashboard', '--days', '3')
  expect(status).toBe(0)
  expect(out).toMatch(/^1 lead\n/)
  expect(out).toMatch(/\ngoogle-workspace +1 +100\n/)
  expect(out).toMatch(/\nday in Europe\/Istanbul +scans +changes\n(?:\d{4}-\d\d-\d\d +\d+ +\d+\n){3}/)
  expect(out).toContain('dmarc weakened')
  expect(out).not.toContain('\u001B')
  const json = JSON.parse((await hunter('dashboard', '--timezone', 'UTC', '--json')).out) as Record<string, unknown>
  expect(json).toMatchObject({ leads: 1, timezone: 'UTC', top_opportunities: [{ domain: FIRMA }] })
  expect(await hunter('dashboard', '--days', '366')).toMatchObject({ err: expect.stringContaining('--days') })
})

it('prints the records that would raise a score, as lines to paste, and the questions before them', async () => {
  const { status, out } = await hunter('leads', 'fixes', FIRMA)
  expect(status).toBe(0)
  expect(out).toMatch(/Sign mail with DKIM {2}\+\d+\n/)
  expect(out).toContain(`? Switch DKIM on at Google Workspace. It shows the values for google._domainkey.${FIRMA}.`)
  const { fixes } = JSON.parse((await hunter('leads', 'fixes', FIRMA, '--json', '--lang', 'tr')).out)
  expect(fixes[0]).toMatchObject({ title: expect.any(String), questions: [{ code: expect.any(String) }] })
})

it('writes a lead as a PDF, to a new file or to the standard output, and never over a file', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'hunter-pdf-')), 'özet.pdf')
  expect(await hunter('leads', 'pdf', FIRMA, file, '--language', 'tr')).toMatchObject({
    status: 0,
    out: `Wrote ${file}\n`,
  })
  const bytes = await readFile(file)
  expect(bytes.toString('latin1')).toMatch(/^%PDF-1\.7[^]*\/Lang \(tr\)/)
  expect(await hunter('leads', 'pdf', FIRMA, file)).toMatchObject({
    status: 2,
    err: expect.stringContaining(`FILE_UNUSABLE: ${file} cannot be used: it already exists`),
  })
  expect((await readFile(file)).equals(bytes)).toBe(true)
  const english = await hunter('leads', 'pdf', FIRMA, '-')
  expect(english.out).toMatch(/^%PDF-1\.7[^]*\/Lang \(en\)[^]*%%EOF\n$/)
  await rm(dirname(file), { recursive: true })
})

it('shows times in the zone of the machine, and in UTC with --utc', async () => {
  const istanbul = { HUNTER_DATABASE_URL: database.url, TZ: 'Europe/Istanbul' }
  const local = await runHunter(istanbul, 'leads', 'list')
  expect(local.out).toMatch(/ 2026-11-20 05:00 \+03$/m)
  const utc = await runHunter(istanbul, 'leads', 'list', '--utc')
  expect(utc.out).toMatch(/ 2026-11-20 02:00 UTC$/m)
})

it.each([
  [['leads', 'show', 'yok.com.tr'], 'LEAD_NOT_FOUND: no lead for yok.com.tr'],
  [['leads', 'history', 'yok.com.tr'], 'LEAD_NOT_FOUND: no lead for yok.com.tr'],
  [['leads', 'pdf', 'yok.com.tr'], 'LEAD_NOT_FOUND: no lead for yok.com.tr'],
  [['leads', 'pdf', FIRMA, ''], 'USAGE: the file name is empty'],
  [['leads', 'history', FIRMA, '--limit', '0'], 'USAGE: --limit must be a whole number from 1 to 200'],
  [['leads', 'show', FIRMA, '--lang', 'de'], 'USAGE: --lang must be one of tr, en, not "de"'],
])('answers %j with %s and no stack trace', async (argv, message) => {
  const { status, err } = await hunter(...argv)
  expect(status).not.toBe(0)
  expect(err.split('\n')[0]).toBe(message)
  expect(err).not.toMatch(/\n\s+at /)
})
