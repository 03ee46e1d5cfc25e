import { Client } from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { inventSignals } from '#local/seed/invent-signals'
import { seedLeads } from '#local/seed/seed-leads'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const NOW = new Date('2026-11-20T00:00:00Z')

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  await seedLeads(database.db, { leads: 300, now: NOW, addToOthers: false })
  api = createTestApi(database.db)
  key = await api.key(['read'])
})
afterAll(() => database.close())

/** Counts the statements of one request, authentication included, with a key that the instance has verified. */
async function statementsOf(path: string): Promise<{ items: number; statements: number }> {
  await api.call('GET', path, { key })
  const query = vi.spyOn(Client.prototype, 'query')
  try {
    const { status, body } = await api.call('GET', path, { key })
    expect(status).toBe(200)
    return { items: (body.data['leads'] as unknown[] | undefined)?.length ?? 1, statements: query.mock.calls.length }
  } finally {
    query.mockRestore()
  }
}

it.each(['', '&sort=domain', '&segment=Cold', '&score_min=30&sort=-scanned_at'])(
  'sends as few statements for 200 leads as for one (%s)',
  async (filter) => {
    const [one, many] = [
      await statementsOf(`/api/v1/leads?limit=1${filter}`),
      await statementsOf(`/api/v1/leads?limit=200${filter}`),
    ]
    expect(one.items).toBe(1)
    expect(many.items).toBeGreaterThan(20)
    expect(many.statements).toBe(one.statements)
    expect(many.statements).toBeLessThanOrEqual(4) // the page and an estimate for it, and the total from kept counts or in two
  },
)

it('sends six statements for a text, because it looks in three places, and two for the total', async () => {
  expect((await statementsOf('/api/v1/leads?limit=200&text=com')).statements).toBeLessThanOrEqual(8)
})

it('reads one lead with a fixed number of statements', async () => {
  const { domain } = inventSignals(7, NOW)
  expect((await statementsOf(`/api/v1/leads/${domain}`)).statements).toBeLessThanOrEqual(3)
})
