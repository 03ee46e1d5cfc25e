import { PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Manifest } from '#backups/format/manifest'
import { verifyBackup } from '#backups/proof/verify'
import { restoreInto } from '#backups/restore/into-empty'
import { restoreTables } from '#backups/restore/tables'
import { systemClock } from '#platform/clock'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'

let storage: TestStore
let database: TestDatabase
let manifest: Manifest
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await storage.s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }))
  database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
  manifest = await dump(storage.store, database.url)
  // a write-only key can hide an object, but cannot remove its version
  const { key } = manifest.object
  await storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'something else' }))
})
afterAll(async () => {
  await storage.close()
  await database.drop()
})

test('an overwritten dump is proven and restored from its original version', async () => {
  const { id } = manifest
  const deps = { store: storage.store, clock: systemClock }
  const proofDeps = { ...deps, tempDir: tmpdir(), embeddedBytesMax: 1, scratchUrl: serverUrl() }
  const proof = await verifyBackup(proofDeps, { source: SOURCE, id, toolVersion: TOOL_VERSION })
  expect(proof).toMatchObject({ verified: true, level: 4 })
  const copy = await createTestDatabase()
  expect(await restoreInto(deps, { source: SOURCE, id, databaseUrl: copy.url })).toMatchObject({ rows: 1 })
  expect(await rowsOf(copy.url, 'SELECT note FROM notes')).toEqual([{ note: 'one' }])
  await copy.drop()
  const input = { source: SOURCE, id, databaseUrl: database.url, tables: ['notes'] }
  expect(await restoreTables(deps, input)).toMatchObject({ rows: 1 })
})
