import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ScoreLine } from '#leads/score/score'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const FIRMA = 'firma.com.tr'
const LEAD = `/api/v1/leads/${FIRMA}`

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies cascade`)
  api = createTestApi(database.db)
  key = await api.key(['read', 'write'])
  for (const [name, records] of Object.entries(googleCompany(FIRMA))) api.dns.zone.set(name, records)
})

const scan = () => api.call('POST', '/api/v1/scan/domain', { key, body: { domain: FIRMA } })
const summaryIn = async (accepted?: string) => {
  const headers = accepted === undefined ? {} : { 'Accept-Language': accepted }
  return api.call('GET', `${LEAD}/sales-summary`, { key, headers })
}

it('summarises a lead for a salesperson', async () => {
  await scan()
  const { status, headers, body } = await summaryIn('en')
  expect(status).toBe(200)
  expect(headers.get('Content-Language')).toBe('en')
  expect(headers.get('Vary')).toContain('Accept-Language')
  expect(body.data).toMatchObject({
    domain: FIRMA,
    one_liner: expect.stringContaining('uses Google Workspace'),
    call_script: expect.stringContaining('Your e-mail runs on Google Workspace.'),
    discovery_questions: expect.arrayContaining([expect.stringContaining('Google Workspace')]),
    offer_tier: 'premium',
    opportunity_potential: expect.any(Number),
    urgency: 'medium',
    metadata: { language: 'en', reasons: { offer_tier: expect.any(String) } },
  })
  expect((await summaryIn('en')).body.data).toEqual(body.data)
})

it.each([
  [undefined, 'tr'],
  ['', 'tr'],
  ['*', 'tr'],
  ['de, fr;q=0.5', 'tr'],
  ['en', 'en'],
  ['EN-gb, tr;q=0.9', 'en'],
  ['tr-TR,tr;q=0.9,en-US;q=0.8,en;q=0.7', 'tr'],
  ['en;q=0.3, tr;q=0.7', 'tr'],
  ['tr;q=0.3, en;q=0.7', 'en'],
  ['en, tr', 'en'],
  ['tr, en', 'tr'],
  ['tr;q=0', 'en'],
  ['tr;q=0, *', 'en'],
  ['de, en;q=0.1', 'en'],
  ['*;q=0.5, tr;q=0.1', 'en'],
  ['entirely;;;=broken,,q=,"', 'tr'],
])('answers Accept-Language %j in %s', async (accepted, language) => {
  await scan()
  const { headers, body } = await summaryIn(accepted)
  expect([headers.get('Content-Language'), body.data['metadata']]).toMatchObject([language, { language }])
})

it.each([
  ['en-GB', 'en'],
  ['de', 'tr'],
])('sends the lead as a PDF in the language of Accept-Language: %s', async (accepted, language) => {
  await scan()
  const send = () =>
    api.app.request(`${LEAD}/summary.pdf`, { headers: { 'X-API-Key': key, 'Accept-Language': accepted } })
  const answer = await send()
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/pdf'])
  expect(answer.headers.get('Content-Language')).toBe(language)
  expect(answer.headers.get('Vary')).toContain('Accept-Language')
  expect(answer.headers.get('Content-Disposition')).toContain(`attachment; filename="firma.com.tr-${language}.pdf"`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  expect(answer.headers.get('Content-Length')).toBe(String(bytes.length))
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
  expect(Buffer.from(await (await send()).arrayBuffer())).toEqual(bytes)
})

it('answers what to publish for each gain of the score, in the language of Accept-Language', async () => {
  await scan()
  const { data } = (await api.call('GET', `${LEAD}/fixes`, { key, headers: { 'Accept-Language': 'en' } })).body
  const lines = (await api.call('GET', `${LEAD}/score-breakdown`, { key })).body.data['breakdown'] as {
    counterfactual: { rule: string } | null
  }[]
  const gains = lines.flatMap(({ counterfactual }) => counterfactual?.rule ?? [])
  expect((data['fixes'] as { rule: string }[]).map(({ rule }) => rule).sort()).toEqual(gains.sort())
  expect(data['fixes']).toContainEqual(expect.objectContaining({ title: 'Sign mail with DKIM' }))
})

it('breaks the score down into lines that add up to it', async () => {
  const lead = await scan()
  const { data } = (await api.call('GET', `${LEAD}/score-breakdown`, { key })).body
  const lines = data['breakdown'] as ScoreLine[]
  expect(data).toMatchObject({ domain: FIRMA, score: lead.body.data['score'], rules_version: expect.any(Number) })
  expect(lines.reduce((sum, { points }) => sum + points, 0)).toBe(data['sum'])
  expect(data['score']).toBe(Math.min(100, Math.max(0, Number(data['sum']))))
  for (const line of lines) expect(line).toMatchObject({ rule: expect.any(String), evidence: expect.any(String) })
})

it('rescans, reports what changed, and lists it as history and alerts', async () => {
  await scan()
  api.dns.zone.set(`_dmarc.${FIRMA}`, { txt: ['v=DMARC1; p=none'] })
  api.clock.advanceMs(60_000)
  const again = await api.call('POST', `${LEAD}/rescan`, { key })
  const at = '2026-11-20T00:01:00.000Z'
  const weakened = { type: 'dmarc_weakened', old: 'reject', new: 'none', cause: 'scan', at }
  expect(again.status).toBe(200)
  expect(again.body.data['moves']).toEqual([])
  const changes = again.body.data['changes'] as { type: string }[]
  expect(changes.map(({ type }) => type)).toEqual(['dmarc_weakened', 'segment_changed', 'score_changed'])
  expect(changes[0]).toEqual(weakened)
  const history = await api.call('GET', `${LEAD}/history?limit=1`, { key })
  expect(history.body.data).toMatchObject({ domain: FIRMA, changes: [{ type: 'score_changed' }] })
  const cursor = String(history.body.data['next_cursor'])
  const rest = await api.call('GET', `${LEAD}/history?limit=2&cursor=${cursor}`, { key })
  expect(rest.body.data).toMatchObject({ changes: [{ type: 'segment_changed' }, weakened], next_cursor: null })
  const alerts = await api.call('GET', '/api/v1/alerts?type=dmarc_weakened', { key })
  expect(alerts.body.data).toMatchObject({ alerts: [{ domain: FIRMA, ...weakened }], next_cursor: null })
  expect((await api.call('GET', '/api/v1/alerts?type=mx_changed', { key })).body.data['alerts']).toEqual([])
})

it('names the migration that a rescan sees, also when the answer was lost and the request is sent again', async () => {
  await scan()
  const company = api.dns.zone.get(FIRMA)
  api.dns.zone.set(FIRMA, { ...company, mx: ['firma-com-tr.mail.protection.outlook.com'] })
  api.clock.advanceMs(60_000)
  const headers = { 'Idempotency-Key': 'moved' }
  const again = await api.call('POST', `${LEAD}/rescan`, { key, headers })
  expect(again.body.data['moves']).toEqual([
    expect.objectContaining({ move: 'google → microsoft-365', kind: 'mailbox-moved', is_complete: true }),
  ])
  await database.db.execute(sql`update idempotency_keys set status = null, body = null, locked_until = created_at`)
  const repeated = await api.call('POST', `${LEAD}/rescan`, { key, headers })
  expect(repeated.body.data['moves']).toEqual(again.body.data['moves'])
})

it.each([
  ['GET', '/api/v1/leads/yok.com.tr/sales-summary', 404, 'LEAD_NOT_FOUND'],
  ['GET', '/api/v1/leads/yok.com.tr/score-breakdown', 404, 'LEAD_NOT_FOUND'],
  ['GET', '/api/v1/leads/yok.com.tr/history', 404, 'LEAD_NOT_FOUND'],
  ['POST', '/api/v1/leads/yok.com.tr/rescan', 404, 'LEAD_NOT_FOUND'],
  ['GET', '/api/v1/leads/10.0.0.1/sales-summary', 422, 'DOMAIN_INVALID'],
  ['POST', '/api/v1/leads/localhost/rescan', 422, 'DOMAIN_INVALID'],
  ['GET', `${LEAD}/history?limit=0`, 422, 'VALIDATION_FAILED'],
  ['GET', '/api/v1/alerts?type=score_changed', 422, 'VALIDATION_FAILED'],
  ['GET', '/api/v1/alerts?cursor=%00', 422, 'VALIDATION_FAILED'],
])('answers %s %s with %i %s', async (method, path, status, code) => {
  const answer = await api.call(method, path, { key })
  expect([answer.status, answer.body.error.code]).toEqual([status, code])
})

it('requires the scope read for views and write for a rescan', async () => {
  await scan()
  const reader = await api.key(['read'])
  expect((await api.call('GET', `${LEAD}/history`, { key: reader })).status).toBe(200)
  expect((await api.call('POST', `${LEAD}/rescan`, { key: reader })).status).toBe(403)
  for (const view of ['sales-summary', 'summary.pdf', 'score-breakdown', 'history']) {
    expect((await api.call('GET', `${LEAD}/${view}`)).status).toBe(401)
  }
  expect((await api.call('GET', '/api/v1/alerts')).status).toBe(401)
})
