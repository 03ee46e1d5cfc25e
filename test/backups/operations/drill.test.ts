import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { showBackup } from '#backups/store/catalog'
import { drillRestore } from '#backups/operations/drill'
import { readDrills } from '#backups/operations/drill-report'
import type { Manifest } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import { createObjectStore } from '#backups/store/object-store'
import { withDatabase } from '#backups/postgres/session'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, readAll, rowsOf, runSql, SOURCE, withBytes, withClient } from '../fixtures.ts'
import { boundProofOf } from '../made-up.ts'

let storage: TestStore
let live: TestDatabase
let manifest: Manifest
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  live = await createTestDatabase()
  await runSql(live.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  manifest = await dump(storage.store, live.url)
  await storage.store.putJson(buildBackupKeys(SOURCE, manifest.id).proof, boundProofOf(manifest))
  await dump(storage.store, live.url) // newer, and not proven
  await runSql(live.url, 'DELETE FROM notes')
})
afterAll(async () => {
  await live.drop()
  await storage.close()
})

const drill = (store = storage.store, source = SOURCE) =>
  drillRestore(
    { store, clock: systemClock, randomHex: () => randomBytes(4).toString('hex') },
    { source, databaseUrl: live.url, toolVersion: '0.0.0' },
  )

async function scratchDatabases(): Promise<string[]> {
  const sql = `SELECT datname FROM pg_database WHERE datname LIKE '%\\_drill\\_%' ORDER BY 1`
  return (await rowsOf<{ datname: string }>(live.url, sql)).map(({ datname }) => datname)
}

test('restores the newest verified backup, times it, and leaves only a report', async () => {
  const report = await drill()
  expect(report).toMatchObject({ backupId: manifest.id, passed: true, tables: 1, rows: 2 })
  expect(report.totalMs).toBeGreaterThanOrEqual((report.restoreMs ?? 0) + (report.compareMs ?? 0))
  expect(await readDrills(storage.store, SOURCE)).toEqual([report])
  expect(await scratchDatabases()).toEqual([])
  expect(await rowsOf(live.url, 'SELECT * FROM notes')).toEqual([])
  expect(await showBackup(storage.store, { source: SOURCE, id: manifest.id })).toMatchObject({ state: 'verified' })
})

test('fails if the backup does not restore, records that beside the backup, and drops the copy', async () => {
  const bytes = await readAll(storage.store, manifest.object)
  const store = withBytes(storage.store, bytes.subarray(0, -20))
  await expect(drill(store)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  expect(await readDrills(storage.store, SOURCE)).toMatchObject([{ passed: false, reason: expect.any(String) }])
  expect(await scratchDatabases()).toEqual([])
})

test.runIf(isThorough)('drops the copy of a killed drill, but not that of a running one', async () => {
  const name = new URL(live.url).pathname.slice(1)
  const [left, used, other] = [`${name}_drill_00000001`, `${name}_drill_00000002`, `${name}_drill_mine`]
  for (const database of [left, used, other]) await runSql(live.url, `CREATE DATABASE ${database}`)
  await withClient(withDatabase(live.url, used), async () => {
    await drill()
    expect(await scratchDatabases()).toEqual([used, other])
  })
  for (const database of [used, other]) await runSql(live.url, `DROP DATABASE ${database}`)
})

test.runIf(isThorough)('finds a valid name for the scratch database, however long the live name is', async () => {
  const long = `ü${'x'.repeat(60)}`
  await runSql(live.url, `CREATE DATABASE "${long}"`)
  const input = { source: SOURCE, databaseUrl: withDatabase(live.url, long), toolVersion: '0.0.0' }
  const deps = { store: storage.store, clock: systemClock, randomHex: () => '00000003' }
  expect(await drillRestore(deps, input)).toMatchObject({ passed: true })
  expect(await scratchDatabases()).toEqual([])
  await runSql(live.url, `DROP DATABASE "${long}"`)
})

test.runIf(isThorough)('needs no live database, which may be lost', async () => {
  const lost = withDatabase(live.url, 'hunter_drill_lost')
  const input = { source: SOURCE, databaseUrl: lost, toolVersion: '0.0.0' }
  const deps = { store: storage.store, clock: systemClock, randomHex: () => '00000004' }
  expect(await drillRestore(deps, input)).toMatchObject({ passed: true, tables: 1, rows: 2 })
  expect(await scratchDatabases()).toEqual([])
})

test('needs a verified backup, and ignores broken reports', async () => {
  await expect(drill(storage.store, 'nobody')).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
  const upload = await storage.store.startUpload('broken/2026/11/x/drill.json', 'application/json')
  await upload.write(Buffer.from('not json'))
  await upload.complete()
  await storage.store.putJson('broken/2026/11/y/drill.json', { version: 2 })
  expect(await readDrills(storage.store, 'broken')).toEqual([])
})

test('a store that does not answer is an error, not a store without drills', async () => {
  await storage.store.putJson('away/2026/11/x/drill.json', { version: 1 })
  const away = createObjectStore({ s3: storage.s3, bucket: 'no-such-bucket' })
  const store = { ...storage.store, getJson: (key: string) => away.getJson(key) }
  await expect(readDrills(store, 'away')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})
