/** Syncs of referrals over HTTP with the emulator of Partner Center, in a real database. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ReferralFacts, writeReferral } from '#emulators/partner-center/referral'
import { type PartnerCenter, refuse, refuseToken, startPartnerCenter } from '#emulators/partner-center/server'
import { eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { getLead } from '#leads/get-lead'
import { countLeads } from '#leads/list/count-leads'
import { listLeads } from '#leads/list/list-leads'
import { findConnection, openConnection } from '#referrals/connection'
import { readSyncStatus } from '#referrals/sync-status'
import { processBatch } from '#scans/bulk/process-batch'
import type { Domain } from '#signals/normalise'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createPartnerWorld } from '../support/partner-world.ts'
import { scanDeps } from '../support/scan-deps.ts'

let database: HunterDatabase
let center: PartnerCenter
let world: ReturnType<typeof createPartnerWorld>
beforeAll(async () => {
  ;[database, center] = await Promise.all([createHunterDatabase(), startPartnerCenter()])
})
afterAll(() => Promise.all([database.close(), center.close()]))
beforeEach(async () => {
  // quicker than to truncate
  await database.db.execute(sql`
    delete from partner_center_referrals; delete from partner_center; delete from scan_job_domains; delete from scan_jobs;
    delete from companies; delete from audit_log`)
  center.referrals.length = 0
  center.calls.length = 0
  Object.assign(center.traps, { pageSize: 100, repeated: 0, nextLink: 'sample', isOneTime: false })
  Object.assign(center.traps, { nextTokens: [], nextLists: [], beforeToken: async () => undefined })
  world = createPartnerWorld(database.db, center)
  await world.connect()
})

/** Puts a referral at Partner Center, in place of one with the same id. */
function put(facts: Partial<ReferralFacts> & { id: string }): void {
  const at = center.referrals.findIndex(({ id }) => id === facts.id)
  const written = writeReferral({ emails: ['info@firma.com.tr'], updated: world.ago(60), ...facts })
  center.referrals.splice(at < 0 ? center.referrals.length : at, at < 0 ? 0 : 1, written)
}

async function select(query: string): Promise<Record<string, unknown>[]> {
  return (await database.db.execute(sql.raw(query))).rows
}
const listStored = () =>
  select(`select r.id, kind, domain, domain_missing as missing from partner_center_referrals r
            left join companies c on c.id = company_id order by r.id`)
const listScans = async () => (await select('select domain from scan_job_domains')).map((row) => String(row['domain']))
const listPaths = () => center.calls.map(({ path }) => path.split('?')[0])
const countTokenCalls = () => listPaths().filter((path) => path?.endsWith('/token')).length

/** Works on what was sent, as a worker does. */
async function work(...domains: string[]) {
  const dns = createFakeDns(Object.assign({}, ...domains.map((domain) => googleCompany(domain))), world.clock)
  for (const { jobId, batch } of world.queue.sent.splice(0))
    await processBatch(scanDeps(database.db, dns, { clock: world.clock }), { jobId, batch, lastTry: false })
}
const readLead = (domain = 'firma.com.tr') => getLead(database.db, domain as Domain)

describe('what a sync stores', () => {
  it('stores each referral once, makes one company and one scan of three for a domain, and keeps no person', async () => {
    put({ id: 'a', emails: ['ayse.demir@firma.com.tr', 'x@gmail.com'], ids: {} })
    put({ id: 'b', emails: ['it@mail.firma.com.tr'], ids: [] })
    put({ id: 'c', type: 'Independent', qualification: 'Direct', inviter: 'msft' })
    put({ id: 'd', emails: ['x@gmail.com', 'y@hotmail.com'] })
    put({ id: 'e', emails: ['ali@contoso.com'] })
    put({ id: 'f', type: 'Quantum', qualification: 'Unheard', status: 'Pondering', emails: ['b@diger.com.tr'] })
    expect(await world.sync()).toEqual({ hold: null, seen: 6, skipped: 0, changed: 6, scanned: 2, isComplete: true })
    expect(await listStored()).toEqual([
      { id: 'a', kind: 'co-sell', domain: 'firma.com.tr', missing: null },
      { id: 'b', kind: 'co-sell', domain: 'firma.com.tr', missing: null },
      { id: 'c', kind: 'marketplace', domain: 'firma.com.tr', missing: null },
      { id: 'd', kind: 'co-sell', domain: null, missing: 'no-company-address' },
      { id: 'e', kind: 'co-sell', domain: null, missing: 'no-company-address' },
      { id: 'f', kind: 'other', domain: 'diger.com.tr', missing: null },
    ])
    expect((await listScans()).toSorted()).toEqual(['diger.com.tr', 'firma.com.tr'])
    expect(world.queue.sent).toHaveLength(1)
    expect(
      await select(
        `select source, input, domain from raw_leads join companies c on c.id = company_id order by raw_leads.id`,
      ),
    ).toEqual(
      ['a', 'b', 'c', 'f'].map((id) => {
        const domain = id === 'f' ? 'diger.com.tr' : 'firma.com.tr'
        return { source: 'partner-center', input: { referral: id, domain, company: 'Contoso' }, domain }
      }),
    )
    const everything = JSON.stringify([
      await select('select to_jsonb(r) from partner_center_referrals r'),
      await select('select to_jsonb(r) from raw_leads r'),
      await select('select to_jsonb(l) from listed_companies l'),
    ])
    for (const personal of ['Ayşe', 'ayse', 'Demir', '0312', '@', 'Please call', 'Wants Microsoft', 'One Way'])
      expect(everything).not.toContain(personal)
  })

  it('makes no lead of a customer who does not want to be contacted, and no longer ties one that was to its company', async () => {
    put({ id: 'a', consentToContact: false })
    put({ id: 'b', emails: ['b@diger.com.tr'] })
    await world.sync()
    put({ id: 'b', emails: ['b@diger.com.tr'], updated: world.ago(1), consentToContact: false })
    await world.sync()
    expect(await listStored()).toMatchObject([
      { id: 'a', domain: null, missing: 'no-consent' },
      { id: 'b', domain: null, missing: 'no-consent' },
    ])
    expect(await select('select 1 from raw_leads')).toEqual([])
    expect(await select(`select 1 from companies where domain = 'firma.com.tr'`)).toEqual([])
  })

  it('changes nothing for referrals that it knows, and asks only from the last change on', async () => {
    put({ id: 'a' })
    put({ id: 'b', updated: world.ago(30), emails: ['b@diger.com.tr'] })
    await world.sync()
    world.clock.advanceMs(600_000)
    expect(await world.sync()).toMatchObject({ seen: 1, changed: 0, scanned: 0, isComplete: true })
    const asked = new URLSearchParams(center.calls.at(-1)?.path.split('?')[1])
    expect(asked.get('$filter')).toBe('updatedDateTime ge 2026-11-20T08:25:00.000Z')
    expect(asked.get('$orderby')).toBe('updatedDateTime asc')
  })

  it('takes a referral with another eTag at the same time as changed', async () => {
    put({ id: 'a', eTag: '"1"', type: 'Independent', qualification: 'Direct', inviter: 'msft' })
    await world.sync()
    put({ id: 'a', eTag: '"2"' })
    expect(await world.sync()).toMatchObject({ changed: 1 })
    expect(await listStored()).toMatchObject([{ kind: 'co-sell' }])
  })

  it('moves a referral to another company when its team moves, with one row of raw_leads', async () => {
    put({ id: 'a' })
    await world.sync()
    put({ id: 'a', emails: ['a@yeni.com.tr'], updated: world.ago(1) })
    expect(await world.sync()).toMatchObject({ changed: 1, scanned: 1 })
    expect(await listStored()).toMatchObject([{ id: 'a', domain: 'yeni.com.tr' }])
    expect(await select(`select input ->> 'domain' as domain from raw_leads`)).toEqual([{ domain: 'yeni.com.tr' }])
  })

  it('counts what it cannot read, and reads on', async () => {
    put({ id: 'a' })
    center.referrals.push(
      { id: '', updatedDateTime: '2026-11-20T08:00:00Z' },
      { id: 'x', updatedDateTime: '2026-11-20T08:00:00Zz' },
    )
    expect(await world.sync()).toMatchObject({ seen: 3, skipped: 2, changed: 1, isComplete: true })
  })

  it('is not led past what will happen by a referral from the future', async () => {
    put({ id: 'a', updated: '2199-01-01T00:00:00.0000000Z' })
    await world.sync()
    put({ id: 'b', emails: ['b@diger.com.tr'], updated: world.ago(0) })
    expect(await world.sync()).toMatchObject({ changed: 1 })
  })

  it('stores no referral that was closed long ago, and erases one 90 days after it was closed', async () => {
    put({ id: 'old', status: 'Closed', substatus: 'Lost', updated: world.ago(91 * 1_440) })
    put({ id: 'new', status: 'Closed', substatus: 'Won', updated: world.ago(1_440), emails: ['b@diger.com.tr'] })
    expect(await world.sync()).toMatchObject({ changed: 1, scanned: 0 })
    world.clock.advanceMs(88 * 86_400_000)
    await world.sync()
    expect(await listStored()).toMatchObject([{ id: 'new' }])
    world.clock.advanceMs(2 * 86_400_000)
    await world.sync()
    expect(await listStored()).toEqual([])
    expect(await select('select 1 from raw_leads')).toEqual([])
  })

  it('names no company that was erased, and never brings it back', async () => {
    put({ id: 'a' })
    await world.sync()
    const key = createErasureKey('a key of tests')
    await eraseLead({ ...world.deps, key }, { domain: 'firma.com.tr' as Domain, actor: 'cli' })
    const erased = [{ id: 'a', domain: null, missing: 'erased' }]
    expect(await listStored()).toMatchObject(erased)
    expect(await world.sync()).toMatchObject({ changed: 0 })
    put({ id: 'a', updated: world.ago(1) })
    await world.sync()
    expect(await listStored()).toMatchObject(erased)
    expect(await select('select 1 from companies')).toEqual([])
  })
})

describe('what a referral does to its lead', () => {
  async function listReferred() {
    const filters = { referral: 'co-sell' as const }
    const { leads } = await listLeads(database.db, { ...filters, sort: 'priority', limit: 10 })
    expect(await countLeads(database.db, filters)).toEqual({ value: leads.length, exact: true })
    return leads.map(({ domain, referral }) => [domain, referral])
  }

  it('reaches the first score, and a later change judges the lead once more', async () => {
    put({ id: 'a' })
    await world.sync()
    await work('firma.com.tr')
    const first = await readLead()
    expect(first.extras).toEqual({ referral: 'co-sell', tenantId: null })
    expect(first.score.breakdown.map(({ rule, points }) => [rule, points])).toContainEqual(['referral.co-sell', 10])
    expect(await listReferred()).toEqual([['firma.com.tr', 'co-sell']])
    put({ id: 'a', updated: world.ago(1), status: 'Closed', substatus: 'Lost' })
    await world.sync()
    expect(await listReferred()).toEqual([])
    const closed = await readLead()
    expect(closed.extras).toEqual({ referral: null, tenantId: null })
    expect(closed.score.breakdown.map(({ rule }) => rule)).not.toContain('referral.co-sell')
    expect(await select('select type, cause from lead_changes')).toContainEqual({
      type: 'score_changed',
      cause: 'referral',
    })
  })

  it('makes a company of a known tenant Existing, and judges a lead that was there before without another scan', async () => {
    put({ id: 'a', emails: ['a@diger.com.tr'] })
    await world.sync()
    await work('diger.com.tr')
    expect((await readLead('diger.com.tr')).segment.segment).toBe('Migration')
    const ids = { External: '7d4f1c2b-8a1e-4c55-9e0a-3f6d5b7a9c22' }
    put({ id: 'b', emails: ['b@diger.com.tr'], updated: world.ago(1), ids, type: 'Unknown' })
    expect(await world.sync()).toMatchObject({ changed: 1, scanned: 0 })
    const { extras, segment } = await readLead('diger.com.tr')
    expect(extras).toEqual({ referral: 'co-sell', tenantId: ids.External })
    expect(segment).toMatchObject({ segment: 'Existing', reason: 'tenant-proven' })
  })
})

describe('pages', () => {
  const putMany = (count: number) => {
    for (let n = 0; n < count; n += 1) put({ id: `r${n}`, emails: [`a@firma${n}.com`], updated: world.ago(100 - n) })
  }

  it('follows the links of pages as they come, and takes a row that two pages have once', async () => {
    putMany(7)
    Object.assign(center.traps, { pageSize: 3, repeated: 1 })
    expect(await world.sync()).toMatchObject({ seen: 9, changed: 7, scanned: 7, isComplete: true })
    expect(listPaths().slice(-2)).toEqual(['/v1.0/referrals', '/v1.0/referrals'])
    expect(await listStored()).toHaveLength(7)
  })

  it('makes twelve companies and twelve scans of thirty referrals that name twelve domains', async () => {
    for (let n = 0; n < 30; n += 1)
      put({ id: `r${n}`, emails: [`a${n}@firma${n % 12}.com`], updated: world.ago(100 - n) })
    Object.assign(center.traps, { pageSize: 7, repeated: 2 })
    expect(await world.sync()).toMatchObject({ changed: 30, scanned: 12, isComplete: true })
    expect(new Set(await listScans()).size).toBe(12)
    expect(await listScans()).toHaveLength(12)
    expect(await readSyncStatus(database.db, world.clock.now())).toMatchObject({ companies: 12, domainMissing: 0 })
  })

  it('follows no link to another place', async () => {
    putMany(4)
    Object.assign(center.traps, { pageSize: 3, nextLink: 'elsewhere' })
    await expect(world.sync()).rejects.toMatchObject({ code: 'PARTNER_CENTER_REFUSED' })
  })

  it('ends at 100 pages of a list without an end', async () => {
    Object.assign(center.traps, { nextLink: 'endless' })
    expect(await world.sync()).toMatchObject({ isComplete: false })
    expect(listPaths().filter((path) => path?.endsWith('/referrals'))).toHaveLength(100)
  })

  it('goes on where it was killed: what is stored is not read once more, and the scan that was not queued is queued', async () => {
    putMany(6)
    Object.assign(center.traps, { pageSize: 2 })
    world.queue.refuse = () => true
    await expect(world.sync()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' })
    expect(await listStored()).toHaveLength(2)
    expect(world.queue.sent).toEqual([])
    world.queue.refuse = () => false
    expect(await world.sync()).toMatchObject({ seen: 5, changed: 4, isComplete: true })
    expect((await listScans()).toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((n) => `firma${n}.com`))
    expect(world.queue.sent).toHaveLength(4) // one for each page, and the one from before
  })

  it('stops in time and says that more waits', async () => {
    putMany(6)
    Object.assign(center.traps, { pageSize: 2 })
    world.queue.refuse = () => {
      world.clock.advanceMs(90_000)
      return false
    }
    expect(await world.sync()).toMatchObject({ changed: 2, isComplete: false })
  })
})

describe('throttling and faults', () => {
  it('waits as long as Retry-After says, and with growing pauses where it says nothing', async () => {
    put({ id: 'a' })
    center.traps.nextLists = [
      refuse(429, 'tooManyRequests', { 'retry-after': '7' }),
      refuse(503, 'serviceNotAvailable'),
      refuse(509, 'x'),
    ]
    expect(await world.sync()).toMatchObject({ changed: 1 })
    expect(world.waits).toEqual([7_000, 2_000, 4_000])
  })

  it('leaves Partner Center alone until the time that it named, if that is later than the sync may last', async () => {
    center.traps.nextLists = [refuse(429, 'tooManyRequests', { 'retry-after': '600' })]
    await expect(world.sync()).rejects.toMatchObject({ code: 'PARTNER_CENTER_UNAVAILABLE' })
    const calls = center.calls.length
    expect(await world.sync()).toMatchObject({ hold: 'throttled' })
    expect(center.calls).toHaveLength(calls)
    world.clock.advanceMs(600_000)
    expect(await world.sync()).toMatchObject({ hold: null, isComplete: true })
  })

  it.each([
    ['no JSON', { status: 200, body: '<html>' }, 'PARTNER_CENTER_REFUSED'],
    ['no list', { status: 200, body: { value: 'none' } }, 'PARTNER_CENTER_REFUSED'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, 'PARTNER_CENTER_REFUSED'],
    ['a person without the role', refuse(403, 'accessDenied'), 'PARTNER_CENTER_REFUSED'],
    ['a body without an end', { status: 200, body: ' '.repeat(17 * 1_048_576) }, 'PARTNER_CENTER_REFUSED'],
  ])('says what is wrong with %s, and syncs once that is over', async (_name, answer, code) => {
    put({ id: 'a' })
    center.traps.nextLists = [answer]
    await expect(world.sync()).rejects.toMatchObject({ code })
    expect(await world.sync()).toMatchObject({ changed: 1 })
  })

  it('ends a call that never answers when its own time is over', async () => {
    const silent = createServer(() => undefined)
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const urls = { login: center.url, api: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` }
    const until = new Date(world.clock.now().getTime() + 100)
    await expect(world.sync({ urls }, until)).rejects.toMatchObject({ code: 'PARTNER_CENTER_UNAVAILABLE' })
    silent.closeAllConnections()
    silent.close()
  })

  it('says that Partner Center does not answer when nothing listens', async () => {
    const urls = { login: center.url, api: 'http://127.0.0.1:1' }
    await expect(world.sync({ urls })).rejects.toMatchObject({ code: 'PARTNER_CENTER_UNAVAILABLE' })
  })
})

describe('the sign-in', () => {
  const readToken = async () => {
    const connection = await findConnection(database.db)
    return connection && openConnection(world.deps, connection).refreshToken
  }

  it('stores the refresh token that came back, encrypted, and uses it next', async () => {
    center.traps.isOneTime = true
    const first = await readToken()
    await world.sync()
    const second = await readToken()
    expect(second).not.toBe(first)
    expect(JSON.stringify(await select('select to_jsonb(p) from partner_center p'))).not.toMatch(
      /refresh-token|app secret/,
    )
    expect(await world.sync()).toMatchObject({ hold: null })
  })

  it('renews an access token that ended between two pages, once', async () => {
    for (const n of [1, 2]) put({ id: `r${n}`, emails: [`a@firma${n}.com`] })
    center.traps.pageSize = 1
    center.traps.nextLists = [refuse(401, 'unAuthorized')]
    expect(await world.sync()).toMatchObject({ changed: 2 })
    expect(countTokenCalls()).toBe(2)
    center.traps.nextLists = [refuse(401, 'unauthenticated'), refuse(401, 'unauthenticated')]
    await expect(world.sync()).rejects.toMatchObject({ code: 'PARTNER_CENTER_REFUSED' })
    expect(countTokenCalls()).toBe(4)
  })

  it.each([
    ['interaction_required', 'AADSTS50076'],
    ['invalid_grant', 'AADSTS700082'],
    ['consent_required', 'AADSTS65001'],
    ['invalid_client', 'AADSTS7000222'],
  ])('asks Microsoft no more after %s, and says so until a person signs in', async (error, code) => {
    center.traps.nextTokens = [refuseToken(error, code)]
    const refused = await world.sync().catch((thrown: Error) => thrown)
    expect(refused).toMatchObject({
      code: 'PARTNER_SIGN_IN_EXPIRED',
      message: `Microsoft refuses the sign-in: ${error}, ${code}`,
    })
    const calls = center.calls.length
    expect(await world.sync()).toMatchObject({ hold: 'sign_in' })
    expect(center.calls).toHaveLength(calls)
    expect(await readSyncStatus(database.db, world.clock.now())).toMatchObject({ signedOut: true })
    await world.connect()
    expect(await world.sync()).toMatchObject({ hold: null, isComplete: true })
  })

  it('does not take a sign-in that is only busy for one that ended', async () => {
    center.traps.nextTokens = [{ status: 400, body: { error: 'temporarily_unavailable' } }]
    await expect(world.sync()).rejects.toMatchObject({ code: 'PARTNER_CENTER_UNAVAILABLE' })
    center.traps.nextTokens = [
      { status: 503, body: 'busy' },
      { status: 200, body: '<html>' },
    ]
    await expect(world.sync()).rejects.toMatchObject({ code: 'PARTNER_CENTER_UNAVAILABLE' })
    expect(await world.sync()).toMatchObject({ hold: null })
  })

  it('lets one of two syncs at once read, and ends with one good token', async () => {
    center.traps.isOneTime = true
    put({ id: 'a' })
    let second: Promise<unknown> | undefined
    center.traps.beforeToken = async () => void (await (second ??= world.sync()))
    expect(await world.sync()).toMatchObject({ hold: null, changed: 1 })
    expect(await second).toMatchObject({ hold: 'other_run' })
    expect(await world.sync()).toMatchObject({ hold: null })
  })

  it('ends with one good token when a second sync begins while a slow first one renews its own', async () => {
    center.traps.isOneTime = true
    let inner: Promise<unknown> | undefined
    center.traps.beforeToken = async () => {
      if (inner) return
      world.clock.advanceMs(200_000) // the first one's lease is over
      inner = world.sync().catch((thrown: unknown) => thrown)
      await inner
    }
    const outer = await world.sync().catch((thrown: unknown) => thrown)
    center.traps.beforeToken = async () => undefined
    expect([outer, await inner].filter((run) => run instanceof Error)).toEqual([])
    expect(await world.sync()).toMatchObject({ hold: null })
  })

  it('loses nothing when it is killed between the renewal and the store: the stored token still works', async () => {
    const before = await readToken()
    const killed = {
      ...world.deps.secrets,
      randomBytes: () => {
        throw new Error('killed')
      },
    }
    await expect(world.sync({ secrets: killed })).rejects.toThrow('killed')
    expect(await readToken()).toBe(before)
    expect(await world.sync()).toMatchObject({ hold: null, isComplete: true })
  })

  it('follows a sync that was killed, once its lease is over', async () => {
    await select(
      `update partner_center set lease = '00000000-0000-7000-8000-000000000001', leased_until = '2026-11-20T09:01:00Z'`,
    )
    expect(await world.sync()).toMatchObject({ hold: 'other_run' })
    world.clock.advanceMs(61_000)
    expect(await world.sync()).toMatchObject({ hold: null })
  })

  it('says in another installation that the sign-in cannot be read', async () => {
    const secrets = { ...world.deps.secrets, pepper: 'another' }
    await expect(world.sync({ secrets })).rejects.toMatchObject({ code: 'PARTNER_SIGN_IN_EXPIRED' })
    expect(await world.sync(), 'the installation that can read it goes on').toMatchObject({ hold: null })
  })

  it('does nothing while there is no sign-in', async () => {
    await select('truncate partner_center')
    expect(await world.sync()).toMatchObject({ hold: 'not_connected' })
    expect(center.calls).toEqual([])
  })
})
