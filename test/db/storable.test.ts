import { resolve } from 'node:path'
import { Client } from 'pg'
import * as fc from '../support/seeded.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordAudit } from '#db/audit'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate } from '#db/migrate'
import { toStorableText } from '#db/storable'
import { companies, leadChanges } from '#db/tables'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

let database: TestDatabase
let client: Client
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({ url: database.url, folder: resolve(import.meta.dirname, '../../migrations') })
  client = new Client({ connectionString: database.url })
  await client.connect()
  db = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 5_000 })
})
afterAll(async () => {
  await client.end()
  await closeDatabase(db)
  await database.drop()
})

const anyText = fc.string({ unit: 'binary' })
const anyValue = fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText), fc.boolean(), fc.constant(null)))

it('Postgres accepts every converted value, and returns the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyValue, anyText, async (someValue, someText) => {
      const [value, text] = [toStorableText(someValue), toStorableText(someText)]
      const { rows } = await client.query('select $1::jsonb as value, $2::text as text', [JSON.stringify(value), text])
      expect(rows).toEqual([{ value, text }])
    }),
    { numRuns: 100 },
  )
  const { rows } = await client.query('select $1::text as text', [toStorableText('a\0b\uD800c')])
  expect(rows).toEqual([{ text: 'a\uFFFDb\uFFFDc' }])
})

it('records every action, with any characters in its name', async () => {
  await recordAudit(db, { actor: 'cli', action: 'list.imported', object: 'a\0b', details: { 'x\0': ['\uDFFF', 1] } })
  await recordAudit(db, { actor: 'cli', action: 'key.created', object: 'k', requestId: 'r1' })
  const { rows } = await client.query('select actor, action, object, details, request_id from audit_log order by id')
  expect(rows).toEqual([
    {
      actor: 'cli',
      action: 'list.imported',
      object: 'a\uFFFDb',
      details: { 'x\uFFFD': ['\uFFFD', 1] },
      request_id: null,
    },
    { actor: 'cli', action: 'key.created', object: 'k', details: {}, request_id: 'r1' },
  ])
})

it('a change keeps the difference between the number 75 and the text "75"', async () => {
  const [company] = await db.insert(companies).values({ domain: 'firma.com.tr' }).returning({ id: companies.id })
  const at = new Date('2026-11-20T00:00:00Z')
  const change = { companyId: company?.id as number, type: 'segment_changed', at }
  await db.insert(leadChanges).values([
    { ...change, oldValue: 75, newValue: '75' },
    { ...change, oldValue: null, newValue: 'a "quoted" text' },
  ])
  const found = await db.select({ old: leadChanges.oldValue, new: leadChanges.newValue }).from(leadChanges)
  expect(found).toEqual([
    { old: 75, new: '75' },
    { old: null, new: 'a "quoted" text' },
  ])
})

it('keeps a time, which JSON writes as text', () => {
  const at = new Date('2026-11-20T00:00:00Z')
  expect(JSON.stringify(toStorableText({ at, list: [at] }))).toBe(JSON.stringify({ at, list: [at] }))
})
