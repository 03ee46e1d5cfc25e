/** `hunter referrals`, with a person who signs in at the emulator of Partner Center. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditLog, companies, partnerCenterReferrals } from '#db/tables'
import { writeReferral } from '#emulators/partner-center/referral'
import { type PartnerCenter, refuse, refuseToken, startPartnerCenter } from '#emulators/partner-center/server'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'

const ID = '4990cffe-04e8-4e8b-808a-1175604b879f'
const APP = ['--tenant', 'contoso.com', '--client-id', ID, '--own-domains', 'contoso.com', '--port', '0']

let database: HunterDatabase
let center: PartnerCenter
let dir: string
let hunter: ReturnType<typeof hunterInProcess>
let referrals: (...args: string[]) => ReturnType<ReturnType<typeof hunterInProcess>>
beforeAll(async () => {
  ;[database, center] = await Promise.all([createHunterDatabase(), startPartnerCenter()])
  dir = await mkdtemp(join(tmpdir(), 'hunter-referrals-'))
  hunter = hunterInProcess({
    HUNTER_DATABASE_URL: database.url,
    HUNTER_DATA_DIR: dir,
    HUNTER_PARTNER_URL: center.url,
    HUNTER_PARTNER_CLIENT_SECRET: 'app secret',
    SST_RESOURCE_KeyPepper: JSON.stringify({ value: 'pepper' }),
  })
  referrals = (...args) => hunter('referrals', ...args)
})
afterAll(async () => {
  await Promise.all([database.close(), center.close()])
  await rm(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  await database.db.execute(sql`delete from partner_center; delete from audit_log`)
  center.traps.nextLists = []
  center.traps.nextTokens = []
})

/** Opens the page that the command prints, as `visit` says. */
async function connect(visit: (page: URL) => Promise<unknown>, words: string[] = APP) {
  const running = referrals('connect', ...words)
  const { promise, resolve } = Promise.withResolvers<URL>()
  const write = process.stdout.write.bind(process.stdout) // what the runner put there, until the command ends
  process.stdout.write = (text) => {
    const page = /http\S+authorize\S+/.exec(String(text))?.[0]
    if (page) resolve(new URL(page))
    return write(text)
  }
  await Promise.race([promise.then(visit), running])
  return running
}
const signIn = (page: URL) => fetch(page)

it('signs a person in over the browser, stores nothing in the open, and leaves one entry in the audit log', async () => {
  const { status, out, err } = await connect(signIn)
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).toContain('Connected to Partner Center')
  expect(out).not.toMatch(/app secret|token-/)
  const [entry, ...others] = await database.db.select().from(auditLog)
  expect(others).toEqual([])
  expect(entry).toMatchObject({ action: 'partner_center.connected', details: { tenant: 'contoso.com', clientId: ID } })
  expect((await referrals('status')).out).toMatch(
    /^State +signed in\nSign-in +contoso\.com, .+ by cli .+\nToken +renewed 0 days ago/,
  )
})

it('signs in once more without any option, and reads what changed', async () => {
  await connect(signIn)
  expect(await connect(signIn, ['--port', '0'])).toMatchObject({ status: 0 })
  center.referrals.push(writeReferral({ id: 'a', emails: ['x@gmail.com'], updated: '2026-11-20T08:00:00.0000000Z' }))
  expect(await referrals('sync')).toMatchObject({
    status: 0,
    out: 'Read 1 referral: 1 new or changed, 0 companies to scan.\n',
  })
  const { out } = await referrals('status', '--json')
  expect(JSON.parse(out)).toMatchObject({
    signed_out: false,
    kinds: [{ kind: 'co-sell', referrals: 1 }],
    domain_missing: 1,
  })
  expect(out).not.toMatch(/secret|token/)
})

it('stores no sign-in of a person who may not see referrals, or who refuses', async () => {
  center.traps.nextLists = [refuse(403, 'accessDenied')]
  expect(await connect(signIn)).toMatchObject({ status: 5, err: expect.stringContaining('accessDenied') as string })
  center.traps.nextTokens = [refuseToken('interaction_required', 'AADSTS50076')]
  expect((await connect(signIn)).err).toContain('interaction_required, AADSTS50076')
  const refused = await connect((page) => {
    const back = new URL(page.searchParams.get('redirect_uri') ?? '')
    back.search = `?error=access_denied&state=${page.searchParams.get('state')}`
    return fetch(back)
  })
  expect(refused.err).toContain('the sign-in was refused in the browser')
  expect((await referrals('status')).out).toContain('There is no sign-in')
})

it('takes no code that belongs to another sign-in', async () => {
  const answers: number[] = []
  await connect(async (page) => {
    const forged = new URL(page.searchParams.get('redirect_uri') ?? '')
    forged.search = '?code=stolen&state=guessed'
    answers.push((await fetch(forged)).status, (await signIn(page)).status)
  })
  expect(answers).toEqual([404, 200])
})

it('shows the kind of referral in lists, leads and exports, and filters by it', async () => {
  const extras = { referral: 'co-sell' as const, tenantId: '7d4f1c2b-8a1e-4c55-9e0a-3f6d5b7a9c22' }
  await keepLead(database.db, { ...sampleLead({ domain: 'firma.com.tr' }), extras })
  await keepLead(database.db, sampleLead({ domain: 'diger.com.tr' }))
  const [company] = await database.db.select().from(companies).where(eq(companies.domain, 'firma.com.tr'))
  const row = { id: 'one', updatedAt: '2026-11-20T00:00:00.0000000Z', companyId: company!.id, rawLeadId: null }
  await database.db.insert(partnerCenterReferrals).values({ ...row, kind: 'co-sell', tenantId: extras.tenantId })
  const all = await hunter('leads', 'list')
  expect(all.out).toMatch(/referral +scanned\n/)
  expect(all.out).toMatch(/firma\.com\.tr .* co-sell /)
  const some = await hunter('leads', 'list', '--referral', 'co-sell', '--json')
  expect(JSON.parse(some.out)).toMatchObject({ leads: [{ domain: 'firma.com.tr', referral: 'co-sell' }] })
  expect((await hunter('leads', 'list', '--referral', 'marketplace')).out).toBe('No lead matches.\n')
  const shown = await hunter('leads', 'show', 'firma.com.tr')
  expect(shown.out).toContain(`referral co-sell\n           - Microsoft tenant ${extras.tenantId}`)
  const file = join(dir, 'leads.csv')
  expect(await hunter('leads', 'export', file, '--columns', 'domain,referral', '--lang', 'tr')).toMatchObject({
    status: 0,
  })
  expect(await readFile(file, 'utf8')).toMatch(/Yönlendirme[^]*firma\.com\.tr;co-sell/)
})

it.each([
  [['connect', '--client-id', ID], 2, '--tenant is needed'],
  [['connect', '--tenant', '../x', '--client-id', ID], 2, '--tenant must be an id or a domain'],
  [['connect', '--tenant', 'contoso.com', '--client-id', 'x'], 2, '--client-id must be the id of an application'],
  [
    ['connect', '--tenant', 'contoso.com', '--client-id', ID, '--own-domains', 'a b'],
    2,
    '--own-domains must be domains',
  ],
  [['connect', '--port', 'x'], 2, '--port must be a whole number'],
  [['sync'], 5, 'PARTNER_NOT_CONNECTED'],
])('says what is wrong with %j', async (args, status, problem) => {
  const done = await referrals(...args)
  expect(done.status).toBe(status)
  expect(done.err).toContain(problem)
})
