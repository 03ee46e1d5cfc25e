import { domainToASCII } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { fillFoldedDomains } from '#leads/fill-folded-domains'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

it('folds the existing companies, skips those that another session has locked, and does each once', async () => {
  const { db } = database
  const names = Array.from({ length: 2_500 }, (_, n) => domainToASCII(`kimyacı${n}.com.tr`))
  await db.insert(companies).values([...names, 'firma.com.tr', 'axn--b.com'].map((domain) => ({ domain })))
  const held = names[0] ?? ''
  await runInTransaction(db, async (tx) => {
    await tx.execute(sql`select from companies where domain = ${held} for update`)
    expect(await fillFoldedDomains(db)).toBe(2_499)
  })
  expect(await fillFoldedDomains(db)).toBe(1)
  expect(await fillFoldedDomains(db)).toBe(0)
  const { rows } = await db.execute(
    sql`select count(*)::int as n, min(domain_folded) as least from companies where domain_folded is not null`,
  )
  expect(rows).toEqual([{ n: 2_500, least: 'kimyaci0.com.tr' }])
})
