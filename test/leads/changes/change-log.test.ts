import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runInTransaction } from '#db/transaction'
import type { Change } from '#leads/changes/change-types'
import { appendChanges, listAlerts, listChanges } from '#leads/changes/change-log'
import { lockCompanies, saveLeads } from '#leads/store'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { sampleLead } from '../../support/sample-lead.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
  for (let n = 0; n < 12; n += 1) {
    const at = `2026-11-20T00:00:${String(n).padStart(2, '0')}.000Z`
    await keep(n % 2 === 0 ? 'bir.com.tr' : 'iki.com.tr', [
      { type: 'score_changed', old: n, new: n + 1, cause: 'scan', at },
      { type: n % 4 < 2 ? 'mx_changed' : 'segment_changed', old: null, new: `${n}`, cause: 'scan', at },
    ])
  }
  await keep('sessiz.com.tr', [])
})
afterAll(() => database.close())

async function keep(domain: string, changes: Change[]): Promise<void> {
  const lead = sampleLead({ domain })
  await runInTransaction(database.db, async (tx) => {
    const findId = await lockCompanies(tx, [{ domain: lead.domain, at: new Date() }])
    const companyId = findId(lead.domain)
    await saveLeads(tx, [{ companyId, lead }])
    await appendChanges(tx, [{ companyId, lead, changes }])
  })
}

const BIR = 'bir.com.tr' as Domain

it('walks a company’s changes once, newest first, page by page', async () => {
  const whole = await listChanges(database.db, BIR, { limit: 100 })
  expect(whole.items).toHaveLength(12)
  expect(whole.items[0]).toMatchObject({ type: 'segment_changed', old: null, new: '10' })
  expect(whole.items.at(-1)).toMatchObject({
    type: 'score_changed',
    old: 0,
    new: 1,
    at: new Date('2026-11-20T00:00:00Z'),
  })
  const walked = []
  for (let cursor: string | undefined; ;) {
    const page = await listChanges(database.db, BIR, { limit: 5, cursor })
    walked.push(...page.items)
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(walked).toEqual(whole.items)
})

it('has no changes for a quiet company, and no lead for an unknown one', async () => {
  expect(await listChanges(database.db, 'sessiz.com.tr' as Domain, { limit: 5 })).toEqual({
    items: [],
    nextCursor: null,
  })
  await expect(listChanges(database.db, 'yok.com.tr' as Domain, { limit: 5 })).rejects.toMatchObject({
    code: 'LEAD_NOT_FOUND',
  })
})

it('lists alerts of all companies with their changes, by type too', async () => {
  const { items } = await listAlerts(database.db, { limit: 100 })
  expect(items).toHaveLength(12)
  expect(items[0]).toMatchObject({ domain: 'iki.com.tr', type: 'segment_changed', new: '11' })
  const moved = await listAlerts(database.db, { limit: 4, type: 'mx_changed' })
  expect(moved.items.map((alert) => alert.new)).toEqual(['9', '8', '5', '4'])
  const rest = await listAlerts(database.db, { limit: 4, type: 'mx_changed', cursor: moved.nextCursor ?? '' })
  expect(rest).toMatchObject({ items: [{ new: '1' }, { new: '0' }], nextCursor: null })
})

it('takes one statement for a page', async () => {
  let statements = 0
  const counted = drizzle(database.db.$client, { logger: { logQuery: () => void (statements += 1) } })
  await listChanges(counted, BIR, { limit: 100 })
  await listAlerts(counted, { limit: 100 })
  expect(statements).toBe(2)
})

it('refuses a cursor that is damaged or of another list', async () => {
  const { nextCursor } = await listAlerts(database.db, { limit: 1 })
  const forged = (text: string) => Buffer.from(text).toString('base64url')
  for (const cursor of [
    nextCursor ?? '',
    '',
    'nonsense',
    ...['history:', 'history:0', 'history:-1', 'history:1e400'].map(forged),
    forged('history:99999999999999999999'),
  ]) {
    await expect(listChanges(database.db, BIR, { limit: 1, cursor })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
  }
})
