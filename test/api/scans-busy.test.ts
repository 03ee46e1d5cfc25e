import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPacer } from '#scans/dns-pacing'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

it('answers 503 with Retry-After when no scan can begin in time, asks nothing, and the same request works later', async () => {
  const clock = new TestClock()
  let free = false
  const limiter = {
    limit: async () => ({
      allowed: free,
      limit: 1,
      windowMs: 60_000,
      remaining: 0,
      resetAt: new Date(clock.now().getTime() + 60_000),
      retryAt: new Date(clock.now().getTime() + 60_000),
      degraded: false,
    }),
  }
  const pacer = createPacer({ limiter, background: limiter, clock, pause: async () => expect.unreachable('it waited') })
  const api = createTestApi(database.db, { clock, pacer })
  for (const [name, records] of Object.entries(googleCompany('acme.com.tr'))) api.dns.zone.set(name, records)
  const key = await api.key(['read', 'write'])
  const request = { key, body: { domain: 'acme.com.tr' }, headers: { 'Idempotency-Key': 'once' } }
  for (let i = 0; i < 2; i++) {
    const refused = await api.call('POST', '/api/v1/scan/domain', request)
    expect([refused.status, refused.body.error.code]).toEqual([503, 'SCANS_BUSY'])
    expect(refused.headers.get('Retry-After')).toBe('60')
    expect(refused.body.error.details).toMatchObject({ retry_after_seconds: 60, remedy: expect.any(String) })
  }
  expect([api.dns.asked, api.reported]).toEqual([[], []])
  expect((await api.call('GET', '/api/v1/leads/acme.com.tr', { key })).status).toBe(404)
  free = true
  expect((await api.call('POST', '/api/v1/scan/domain', request)).status).toBe(200)
  free = false
  clock.advanceMs(7 * 86_400_000)
  const rescan = await api.call('POST', '/api/v1/leads/acme.com.tr/rescan', { key })
  expect([rescan.status, rescan.body.error.code, rescan.headers.get('Retry-After')]).toEqual([503, 'SCANS_BUSY', '60'])
})
