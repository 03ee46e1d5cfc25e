/** Each version's dump restores with that version's own words, by psql and by us, and on the newest one. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { dropDatabase } from '#backups/postgres/drop-database'
import type { Manifest } from '#backups/format/manifest'
import { restoreInto } from '#backups/restore/into-empty'
import { getDatabaseName, openSession } from '#backups/postgres/session'
import { systemClock } from '#platform/clock'
import { dump, runSql, SOURCE } from '../backups/fixtures.ts'
import { restoreWithPsql } from '../backups/oracle/oracle.ts'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { debianTool, hasDebianPostgres } from '../support/debian-postgres.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../support/postgres.ts'

const major = inject('postgresMajor')
const SCHEMA = `
  CREATE UNLOGGED TABLE visits (id int GENERATED ALWAYS AS IDENTITY, n serial);
  CREATE SUBSCRIPTION "Odd name" CONNECTION 'host=127.0.0.1 port=1 password=''x''' PUBLICATION a, "B c"
    WITH (connect = false, slot_name = live_slot, synchronous_commit = local);
  CREATE SUBSCRIPTION none CONNECTION 'host=127.0.0.1 port=1' PUBLICATION a WITH (connect = false, slot_name = NONE)`

let storage: TestStore
let manifest: Manifest
let source: TestDatabase
const copies: TestDatabase[] = []
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  source = await createCopy()
  await runSql(source.url, SCHEMA)
  manifest = await dump(storage.store, source.url)
})
afterAll(async () => {
  const admin = await openSession(serverUrl())
  for (const { url } of copies) await dropDatabase({ admin, adminUrl: serverUrl() }, getDatabaseName(url))
  await admin.end()
  await storage.close()
})

async function createCopy(): Promise<TestDatabase> {
  const copy = await createTestDatabase()
  copies.push(copy)
  return copy
}

test.skipIf(!hasDebianPostgres())(
  `of ${major} is taken by psql without an error, and gives the same text`,
  async () => {
    const copy = await createCopy()
    await restoreWithPsql(debianTool('psql'), storage.store, manifest, copy.url)
    expect(await dumpDdl(copy.url)).toEqual(await dumpDdl(source.url))
  },
)

test(`of ${major} is restored by us, with subscriptions that use no slot`, async () => {
  const copy = await createCopy()
  await restoreInto(
    { store: storage.store, clock: systemClock },
    { source: SOURCE, id: manifest.id, databaseUrl: copy.url },
  )
  const { postData } = await dumpDdl(copy.url)
  expect(postData.match(/slot_name = \S+(?=[,)])/g)).toEqual(['slot_name = NONE', 'slot_name = NONE'])
})
