import { afterAll, beforeAll, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { findLead, getLead } from '#leads/get-lead'
import { lockCompanies, saveLeads } from '#leads/store'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { absent, present, mxTo } from '../support/sample-signals.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

it('reads back exactly what it saved', async () => {
  const lead = sampleLead()
  await keepLead(database.db, lead)
  expect(await getLead(database.db, lead.domain)).toEqual(lead)
})

it('stores one company per domain', async () => {
  for (const score of [10, 20]) await keepLead(database.db, sampleLead({ domain: 'tek.com.tr', score }))
  const rows = await database.db.select().from(companies)
  expect(rows.filter(({ domain }) => domain === 'tek.com.tr')).toHaveLength(1)
  expect((await getLead(database.db, sampleLead({ domain: 'tek.com.tr' }).domain)).score.value).toBe(20)
})

it('stores records with NUL and half a surrogate pair, which Postgres refuses', async () => {
  const lead = sampleLead({ domain: 'tuhaf.com.tr' })
  lead.signals.mx = { ...present(mxTo('mx\0.test')), records: ['10 \uD800mx'] }
  await keepLead(database.db, lead)
  const kept = await getLead(database.db, lead.domain)
  expect(kept.signals.mx).toMatchObject({ records: ['10 \uFFFDmx'], value: { hosts: [{ host: 'mx\uFFFD.test' }] } })
})

it('stores nothing of a lead whose score the database refuses', async () => {
  const lead = sampleLead({ domain: 'yarim.com.tr', score: 101 })
  await expect(keepLead(database.db, lead)).rejects.toMatchObject({ cause: { constraint: 'lead_scores_range' } })
  const rows = await database.db.select().from(companies)
  expect(rows.map(({ domain }) => domain)).not.toContain('yarim.com.tr')
})

it('makes a second writer of the same company wait for the first', async () => {
  const lead = sampleLead({ domain: 'sira.com.tr' })
  const seen = { domain: lead.domain, at: new Date() }
  const order: string[] = []
  const locked = Promise.withResolvers<void>()
  const first = runInTransaction(database.db, async (tx) => {
    const findId = await lockCompanies(tx, [seen])
    locked.resolve()
    const changed = { ...lead, signals: { ...lead.signals, mx: absent() } }
    await saveLeads(tx, [{ companyId: findId(lead.domain), lead: changed }])
    order.push('first')
  })
  await locked.promise
  await runInTransaction(database.db, async (tx) => {
    await lockCompanies(tx, [seen])
    order.push('second')
    expect((await findLead(tx, lead.domain))?.signals.mx.state).toBe('absent')
  })
  await first
  expect(order).toEqual(['first', 'second'])
})

it('says that a lead does not exist', async () => {
  const { domain } = sampleLead({ domain: 'yok.com.tr' })
  await expect(getLead(database.db, domain)).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' })
})
