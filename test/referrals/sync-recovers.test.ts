/** What a sync makes up for: late openings, broken rows, other sign-ins and own domains, and work that another sync left. */
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '#db/client'
import { type ReferralFacts, writeReferral } from '#emulators/partner-center/referral'
import { type PartnerCenter, startPartnerCenter } from '#emulators/partner-center/server'
import { eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { findConnection, saveConnection } from '#referrals/connection'
import { readSyncStatus } from '#referrals/sync-status'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createPartnerWorld } from '../support/partner-world.ts'

const APP = { tenant: 'contoso.com', clientId: '4990cffe-04e8-4e8b-808a-1175604b879f', clientSecret: 'app secret' }
const CLOSED = { status: 'Closed', substatus: 'Lost' }
const DAY_MS = 86_400_000

let database: HunterDatabase
let center: PartnerCenter
let world: ReturnType<typeof createPartnerWorld>
beforeAll(async () => {
  ;[database, center] = await Promise.all([createHunterDatabase(), startPartnerCenter()])
})
afterAll(() => Promise.all([database.close(), center.close()]))
beforeEach(async () => {
  await database.db.execute(sql`
    delete from partner_center_referrals; delete from partner_center; delete from scan_jobs; delete from companies`)
  center.referrals.length = 0
  Object.assign(center.traps, { nextTokens: [], nextLists: [], beforeToken: async () => undefined })
  world = createPartnerWorld(database.db, center)
  await world.connect()
})

/** Puts a referral at Partner Center, in place of one with the same id. */
function put(facts: Partial<ReferralFacts> & { id: string }): void {
  const others = center.referrals.filter(({ id }) => id !== facts.id)
  const written = writeReferral({ emails: ['info@firma.com.tr'], updated: world.ago(60), ...facts })
  center.referrals.splice(0, Infinity, ...others, written)
}

const connect = (changes: { tenant?: string; ownDomains?: string[] }) =>
  saveConnection(world.deps, {
    app: { ...APP, tenant: changes.tenant ?? APP.tenant },
    refreshToken: center.signIn(),
    ownDomains: changes.ownDomains ?? [],
    actor: 'cli',
  })

async function listIds(): Promise<unknown[]> {
  return (await database.db.execute(sql`select id from partner_center_referrals order by id`)).rows.map(({ id }) => id)
}

it.each(['old', 'new'])('scans a company that a closed referral named first, once %s is open', async (id) => {
  put({ id: 'old', ...CLOSED })
  expect(await world.sync()).toMatchObject({ changed: 1, scanned: 0 })
  put({ id, updated: world.ago(1) })
  expect(await world.sync()).toMatchObject({ changed: 1, scanned: 1 })
})

it.each([
  ['an id with a NUL', { id: 'a\u0000b' }],
  ['an id that is no text', { id: 'a\ud800' }],
  ['a time beyond the year 9999', { id: 'a', ...CLOSED, updated: '9999-12-31T23:59:59-01:00' }],
])('skips a referral with %s, and stores the others', async (_name, broken) => {
  put(broken)
  put({ id: 'c', emails: ['b@diger.com.tr'] })
  expect(await world.sync()).toMatchObject({ changed: 1, skipped: 1, isComplete: true })
  expect(await listIds()).toEqual(['c'])
})

it.each([
  ['NULs', 'a\u0000b'],
  ['halves of surrogate pairs', '\ud800x\udfff'],
  ['texts of 200 kB', 'ı'.repeat(100_000)],
])('stores a referral with %s wherever it has a text', async (_name, text) => {
  const texts = { company: text, type: text, qualification: text, status: text, substatus: text, eTag: text }
  put({ id: 'a', ...texts, inviter: text, ids: { External: text }, emails: ['info@firma.com.tr', text] })
  expect(await world.sync()).toMatchObject({ seen: 1, skipped: 0, changed: 1, isComplete: true })
})

it('leaves out and counts each referral that Postgres refuses, stores the others of its page, and reads on', async () => {
  const { db } = database
  await db.execute(sql`alter table partner_center_referrals add constraint refused check (id !~ '^bad')`)
  try {
    const ids = ['bad-1', ...Array.from({ length: 9 }, (_, n) => `r${n}`), 'bad-2']
    for (const [n, id] of ids.entries()) put({ id, emails: [`a@firma${n}.com`], updated: world.ago(60 - n) })
    expect(await world.sync()).toMatchObject({ seen: 11, skipped: 2, changed: 9, scanned: 9, isComplete: true })
    expect(await listIds()).toEqual(ids.slice(1, -1))
    expect((await findConnection(db))?.readTo).toBe(world.ago(50))
    expect((await db.execute(sql`select from scan_job_domains`)).rowCount).toBe(9)
  } finally {
    await db.execute(sql`alter table partner_center_referrals drop constraint refused`)
  }
})

it('refuses a page of more referrals than one statement takes', async () => {
  const value = Array.from({ length: 1_001 }, (_, n) =>
    writeReferral({ id: `r${n}`, emails: [], updated: world.ago(60) }),
  )
  center.traps.nextLists = [{ status: 200, body: { value } }]
  await expect(world.sync()).rejects.toMatchObject({ code: 'PARTNER_CENTER_REFUSED' })
})

it('reads all referrals of another tenant, whose sign-in came while the former one was read', async () => {
  put({ id: 'a', updated: world.ago(10) })
  center.traps.beforeToken = async () => {
    center.traps.beforeToken = async () => undefined
    await connect({ tenant: 'other.com' })
  }
  await world.sync().catch(() => undefined)
  expect((await findConnection(database.db))?.readTo).toBeNull()
  expect(await world.sync()).toMatchObject({ hold: null, isComplete: true })
})

it('finds other companies once it knows more own domains', async () => {
  put({ id: 'a', emails: ['x@ortak.com.tr', 'y@ortak.com.tr', 'z@firma.com.tr'] })
  await world.sync()
  await connect({ ownDomains: ['ortak.com.tr'] })
  expect(await world.sync()).toMatchObject({ changed: 1, scanned: 1 })
  expect(await world.sync()).toMatchObject({ changed: 0 })
})

it('removes closed referrals after 90 days while Microsoft refuses the sign-in', async () => {
  put({ id: 'a', ...CLOSED })
  await world.sync()
  world.clock.advanceMs(100 * DAY_MS)
  await database.db.execute(sql`update partner_center set problem = 'invalid_grant'`)
  expect(await world.sync()).toMatchObject({ hold: 'sign_in' })
  expect(await listIds()).toEqual([])
})

it('keeps the id of an erased company for good, and counts it as no open referral', async () => {
  put({ id: 'closed', ...CLOSED })
  put({ id: 'open' })
  await world.sync()
  const key = createErasureKey('a key of tests')
  await eraseLead({ ...world.deps, key }, { domain: 'firma.com.tr' as Domain, actor: 'cli' })
  expect(await readSyncStatus(database.db, world.clock.now())).toMatchObject({ kinds: [], domainMissing: 0 })
  world.clock.advanceMs(100 * DAY_MS)
  await world.sync()
  put({ id: 'closed', ...CLOSED, updated: world.ago(1) })
  await world.sync()
  expect((await database.db.execute(sql`select domain from companies`)).rows).toEqual([])
})

it('queues the scan that another sync could not, although that one ended just before', async () => {
  put({ id: 'a' })
  let isFirst = true
  const runOther = async () => {
    world.queue.refuse = () => true
    await expect(world.sync()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' })
    world.queue.refuse = () => false
    put({ id: 'b', emails: ['b@diger.com.tr'], updated: world.ago(1) })
  }
  const db = new Proxy(database.db, {
    get(target, name) {
      if (name !== 'update' || !isFirst) return Reflect.get(target, name)
      isFirst = false
      return (...[table]: Parameters<Database['update']>) => ({
        set: (values: object) => ({
          where: (wanted: SQL) => ({
            returning: async () => {
              await runOther() // after this sync looked at the connection, and before it has the lease
              return target.update(table).set(values).where(wanted).returning()
            },
          }),
        }),
      })
    },
  })
  expect(await world.sync({ db })).toMatchObject({ hold: null, changed: 1 })
  const { rows } = await database.db.execute(sql`select state from scan_batches`)
  expect(rows.map(({ state }) => state)).toEqual(['queued', 'queued'])
})
