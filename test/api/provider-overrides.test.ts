import { desc, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditLog } from '#db/tables'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const OVERRIDES = '/api/v1/admin/provider-overrides'
const FIRMA = 'firma.com.tr'

let database: HunterDatabase
let api: TestApi
let admin: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, provider_overrides cascade`)
  api = createTestApi(database.db)
  admin = await api.key(['admin'])
  api.dns.zone.set(FIRMA, { mx: ['mx1.posta-evi.com.tr'] })
})

const put = (path: string, body: unknown, key = admin) => api.call('PUT', `${OVERRIDES}/${path}`, { key, body })
async function verdict(instance: TestApi) {
  const { body } = await instance.call('POST', '/api/v1/scan/domain', { key: admin, body: { domain: FIRMA } })
  return body.data['provider'] as { mailbox: { id: string }; votes: { fingerprint: string; provider: string }[] }
}

it('applies to the next scan, appears in the stored verdict, and stops applying when deleted', async () => {
  const other = createTestApi(database.db)
  other.dns.zone.set(FIRMA, { mx: ['mx1.posta-evi.com.tr'] })
  expect([(await verdict(api)).mailbox.id, (await verdict(other)).mailbox.id]).not.toContain('natro')

  expect(await put('mx/posta-evi.com.tr', { provider_id: 'natro', note: 'their brand' })).toMatchObject({ status: 200 })
  expect((await verdict(api)).mailbox.id).toBe('natro')
  const stored = await api.call('GET', `/api/v1/leads/${FIRMA}`, { key: admin })
  const votes = (stored.body.data['provider'] as { votes: { provider: string; fingerprint: string }[] }).votes
  expect(votes.find(({ provider }) => provider === 'natro')?.fingerprint).toBe('override:posta-evi.com.tr')

  other.clock.advanceMs(60_000) // another instance sees it a minute later
  expect((await verdict(other)).mailbox.id).toBe('natro')

  expect(await api.call('DELETE', `${OVERRIDES}/mx/posta-evi.com.tr`, { key: admin })).toMatchObject({ status: 200 })
  expect((await verdict(api)).mailbox.id).not.toBe('natro')
})

it('lists overrides, replaces one of the same name, and audits every change', async () => {
  await put('mx/Posta-Evi.com.tr.', { provider_id: 'natro' })
  await put('mx/posta-evi.com.tr', { provider_id: 'yandex', note: 'asked them' })
  await put('spf/_spf.posta-evi.com.tr', { provider_id: 'yandex' })
  const { body } = await api.call('GET', OVERRIDES, { key: admin })
  const created_by = expect.stringMatching(/^key:/) as string
  expect(body.data['overrides']).toMatchObject([
    { signal: 'mx', suffix: 'posta-evi.com.tr', provider_id: 'yandex', note: 'asked them', created_by },
    { signal: 'spf', suffix: '_spf.posta-evi.com.tr', provider_id: 'yandex', note: '', created_by },
  ])
  await api.call('DELETE', `${OVERRIDES}/mx/posta-evi.com.tr`, { key: admin })
  const trail = await database.db.select().from(auditLog).orderBy(desc(auditLog.id)).limit(4)
  expect(trail.map(({ action, object }) => [action, object])).toEqual([
    ['provider_override.deleted', 'provider_override:mx:posta-evi.com.tr'],
    ['provider_override.put', 'provider_override:spf:_spf.posta-evi.com.tr'],
    ['provider_override.put', 'provider_override:mx:posta-evi.com.tr'],
    ['provider_override.put', 'provider_override:mx:posta-evi.com.tr'],
  ])
  expect(trail.every(({ requestId, actor }) => requestId !== null && actor.startsWith('key:'))).toBe(true)
})

it.each([
  ['mx/posta-evi.com.tr', { provider_id: 'nobody' }, 'provider_id'],
  ['mx/posta-evi.com.tr', { provider_id: 'unknown' }, 'provider_id'],
  ['mx/posta-evi.com.tr', { provider_id: 'natro', note: 'x'.repeat(501) }, 'note'],
  ['mx/posta-evi.com.tr', { provider_id: 'natro', also: 1 }, 'also'],
  ['a/posta-evi.com.tr', { provider_id: 'natro' }, 'signal'],
  ['mx/com.tr', { provider_id: 'natro' }, 'suffix'],
  ['mx/com', { provider_id: 'natro' }, 'suffix'],
  ['mx/10.0.0.1', { provider_id: 'natro' }, 'suffix'],
  ['mx/%2A.posta-evi.com.tr', { provider_id: 'natro' }, 'suffix'],
  ['mx/posta%00evi.com.tr', { provider_id: 'natro' }, 'suffix'],
  [`mx/${'a'.repeat(70)}.com.tr`, { provider_id: 'natro' }, 'suffix'],
])('refuses %s %j for its %s', async (path, body, field) => {
  const answer = await put(path, body)
  expect(answer).toMatchObject({ status: 422, body: { error: { code: 'VALIDATION_FAILED' } } })
  expect(answer.body.error.details['fields']).toMatchObject([{ field }])
})

it('says that an override does not exist', async () => {
  const answer = await api.call('DELETE', `${OVERRIDES}/mx/yok.com.tr`, { key: admin })
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 'OVERRIDE_NOT_FOUND' } } })
})

it('is for administrators alone', async () => {
  const key = await api.key(['read', 'write'])
  const body = { provider_id: 'natro' }
  expect((await put('mx/posta-evi.com.tr', body, key)).status).toBe(403)
  expect((await api.call('GET', OVERRIDES, { key })).status).toBe(403)
  expect((await api.call('DELETE', `${OVERRIDES}/mx/posta-evi.com.tr`, { key })).status).toBe(403)
  expect((await api.call('GET', OVERRIDES)).status).toBe(401)
})
