import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alertChannels, alertDeliveries, alerts, companies, leadChanges } from '#db/tables'
import { keepChannel, keepChanges, sampleChange } from '../../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { sampleLead } from '../../support/sample-lead.ts'

let database: HunterDatabase
let all: string
let urgent: string
beforeAll(async () => {
  database = await createHunterDatabase()
  all = await keepChannel(database.db, { name: 'All' })
  urgent = await keepChannel(database.db, { name: 'Urgent', types: ['dmarc_removed'], priorityMax: 2 })
  await keepChannel(database.db, { name: 'Off', state: 'disabled' })
})
afterAll(() => database.close())

async function outboxOf(domain: string) {
  return database.db
    .select({
      channel: alertDeliveries.channelId,
      type: alerts.type,
      state: alertDeliveries.state,
      nextAt: alertDeliveries.nextAt,
    })
    .from(alertDeliveries)
    .innerJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .where(eq(companies.domain, domain))
    .orderBy(asc(alertDeliveries.alertId))
}

it('queues each alert for the channels that want it, in the transaction that stores it', async () => {
  const lead = sampleLead({ domain: 'iki.com.tr', score: 65 })
  await keepChanges(database.db, lead, [sampleChange({ type: 'score_changed', old: 1, new: 2 }), sampleChange()])
  const nextAt = new Date('2026-11-20T00:00:00Z')
  expect(await outboxOf('iki.com.tr')).toEqual([{ channel: all, type: 'dmarc_removed', state: 'waiting', nextAt }])

  const hot = sampleLead({ domain: 'acil.com.tr', score: 85 })
  await keepChanges(database.db, hot, [sampleChange()])
  const rows = await database.db.select().from(alertDeliveries).where(eq(alertDeliveries.channelId, urgent))
  expect(rows).toHaveLength(1)
  const [alert] = await database.db.select().from(alerts).where(eq(alerts.id, rows[0]!.alertId!))
  expect(alert).toMatchObject({ segment: 'Migration', priority: 1, score: 85 })
})

it('queues nothing of a transaction that is rolled back', async () => {
  const before = await database.db.$count(alertDeliveries)
  const failed = keepChanges(database.db, sampleLead({ domain: 'geri.com.tr' }), [sampleChange()], async () => {
    throw new Error('the scan failed after all')
  })
  await expect(failed).rejects.toThrow('the scan failed after all')
  expect(await database.db.$count(alertDeliveries)).toBe(before)
})

it('makes the deletion of a channel wait for a scan, so that neither fails', async () => {
  const gone = await keepChannel(database.db, { name: 'Gone' })
  let deleted: Promise<unknown> = Promise.resolve()
  await keepChanges(database.db, sampleLead({ domain: 'silinen.com.tr' }), [sampleChange()], async () => {
    deleted = database.db.delete(alertChannels).where(eq(alertChannels.id, gone))
  })
  await deleted
  expect(await database.db.$count(alertDeliveries, eq(alertDeliveries.channelId, gone))).toBe(0)
})

it('removes what waits for a company that is erased', async () => {
  await keepChanges(database.db, sampleLead({ domain: 'sil.com.tr' }), [sampleChange()])
  const before = await database.db.$count(alertDeliveries)
  await database.db.delete(companies).where(eq(companies.domain, 'sil.com.tr'))
  expect(await database.db.$count(alertDeliveries)).toBeLessThan(before)
})

it('queues more deliveries than one statement has room for', async () => {
  const before = await database.db.$count(alertDeliveries)
  const channels = await Promise.all(
    Array.from({ length: 300 }, (_, n) => keepChannel(database.db, { name: `Channel ${n}` })),
  )
  const changes = Array.from({ length: 40 }, (_, n) => sampleChange({ type: 'mx_changed', old: null, new: `${n}` }))
  await keepChanges(database.db, sampleLead({ domain: 'cok.com.tr' }), changes)
  // those, and the channel that wants everything
  expect(await database.db.$count(alertDeliveries)).toBe(before + (channels.length + 1) * changes.length)
})
