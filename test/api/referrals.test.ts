/** Referrals over the API. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { auditLog } from '#db/tables'
import { writeReferral } from '#emulators/partner-center/referral'
import { type PartnerCenter, refuse, refuseToken, startPartnerCenter } from '#emulators/partner-center/server'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createPartnerWorld } from '../support/partner-world.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

let database: HunterDatabase
let center: PartnerCenter
let world: ReturnType<typeof createPartnerWorld>
let api: TestApi
let key: string
beforeAll(async () => {
  ;[database, center] = await Promise.all([createHunterDatabase(), startPartnerCenter()])
  world = createPartnerWorld(database.db, center)
  api = createTestApi(database.db, { syncReferrals: (until) => world.sync({}, until), clock: world.clock })
  key = await api.key(['write'])
})
afterAll(() => Promise.all([database.close(), center.close()]))
beforeEach(async () => {
  await database.db.execute(
    sql`delete from partner_center_referrals; delete from partner_center; delete from audit_log`,
  )
})

const sync = (headers: Record<string, string> = {}, by = key) =>
  api.call('POST', '/api/v1/referrals/sync', { key: by, headers })

it('reads what changed, once for one Idempotency-Key, and leaves one entry in the audit log', async () => {
  await world.connect()
  await database.db.delete(auditLog)
  center.referrals.push(writeReferral({ id: 'a', emails: ['a@firma.com.tr'], updated: world.ago(60) }))
  const once = { 'Idempotency-Key': 'one' }
  const { status, body } = await sync(once)
  const run = { hold: null, seen: 1, skipped: 0, changed: 1, scanned: 1, is_complete: true }
  expect({ status, data: body.data }).toEqual({ status: 200, data: run })
  expect((await sync(once)).body.data).toEqual(run)
  expect((await sync()).body.data).toMatchObject({ changed: 0, scanned: 0 })
  const entries = await database.db.select().from(auditLog)
  expect(entries.map(({ action, details }) => [action, (details as { changed: number }).changed])).toEqual([
    ['referrals.synced', 1],
    ['referrals.synced', 0],
  ])
})

it('says why it read nothing, and what the operator must do', async () => {
  expect((await sync()).body).toMatchObject({
    data: { hold: 'not_connected' },
    message: 'nothing was read: there is no sign-in yet',
  })
  await world.connect()
  center.traps.nextTokens = [refuseToken('invalid_grant', 'AADSTS700082')]
  const refused = await sync()
  expect([refused.status, refused.body.error.code]).toEqual([409, 'PARTNER_SIGN_IN_EXPIRED'])
  expect(refused.text).not.toMatch(/contoso|Trace|token-/)
  expect((await sync()).body.data).toMatchObject({ hold: 'sign_in' })
})

it('answers 503 with Retry-After when Partner Center is busy for longer than a request may last', async () => {
  await world.connect()
  center.traps.nextLists = [refuse(429, 'tooManyRequests', { 'retry-after': '60' })]
  const { status, headers, body } = await sync()
  expect([status, body.error.code]).toEqual([503, 'PARTNER_CENTER_UNAVAILABLE'])
  expect(headers.get('Retry-After')).toBe('60')
})

it('needs the scope write', async () => {
  expect((await sync({}, await api.key(['read']))).status).toBe(403)
})
