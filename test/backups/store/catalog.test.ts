import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { listBackups, readAnyManifest, showBackup } from '#backups/store/catalog'
import { parseManifest } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { TestClock } from '../../support/test-clock.ts'
import { DUMP, manifestOf, proofOf } from '../made-up.ts'

const OLD = parseBackupId('20261031T000000Z-000001')
const NEW = parseBackupId('20261120T000000Z-000002')
const GONE = parseBackupId('20261119T000000Z-000009')
const BAD = parseBackupId('20261121T000000Z-000003')

let storage: TestStore
beforeAll(async () => {
  storage = await startTestStore(new TestClock())
  await storage.store.putJson(buildBackupKeys('hunter', OLD).manifest, manifestOf(OLD))
  await storage.store.putJson(buildBackupKeys('hunter', NEW).manifest, manifestOf(NEW))
  await storage.store.putJson(buildBackupKeys('hunter', NEW).proof, proofOf(NEW))
  await storage.store.putJson(buildBackupKeys('other', NEW).manifest, { ...manifestOf(NEW), source: 'other' })
  for (const id of [OLD, NEW]) await put(buildBackupKeys('hunter', id).dump, DUMP)
  await storage.store.putJson(buildBackupKeys('hunter', GONE).manifest, manifestOf(GONE))
  await storage.store.putJson(buildBackupKeys('hunter', GONE).proof, proofOf(GONE))
  await put(buildBackupKeys('hunter', BAD).manifest, '{"version": 1')
  await put(buildBackupKeys('hunter', parseBackupId('20261122T000000Z-000004')).dump, 'a dump without a manifest')
})
afterAll(() => storage.close())

async function put(key: string, body: string | Buffer): Promise<void> {
  await storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }))
}

test('lists every manifest, newest first, with its proof, even unreadable ones', async () => {
  const entries = await listBackups(storage.store, 'hunter')
  expect(entries.map(({ id, state, readable }) => ({ id, state, readable }))).toEqual([
    { id: BAD, state: 'failed', readable: false },
    { id: NEW, state: 'verified', readable: true },
    { id: GONE, state: 'failed', readable: false },
    { id: OLD, state: 'unproven', readable: true },
  ])
  expect(await listBackups(storage.store, 'nobody')).toEqual([])
})

test('a proof without its data does not count as verified', async () => {
  const entries = await listBackups(storage.store, 'hunter')
  expect(entries.find(({ id }) => id === GONE)).toMatchObject({
    reason: `${buildBackupKeys('hunter', GONE).dump} is missing`,
  })
})

test('shows one backup, and reports a missing one', async () => {
  expect(await showBackup(storage.store, { source: 'hunter', id: NEW })).toEqual({
    manifest: manifestOf(NEW),
    proof: proofOf(NEW),
    state: 'verified',
    reason: expect.stringContaining('older version'),
  })
  const absent = { source: 'hunter', id: parseBackupId('20200101T000000Z-000000') }
  await expect(showBackup(storage.store, absent)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
})

test('refuses a manifest in the folder of another backup', async () => {
  await storage.store.putJson(buildBackupKeys('moved', OLD).manifest, manifestOf(NEW))
  await expect(readAnyManifest(storage.store, { source: 'moved', id: OLD })).rejects.toMatchObject({
    code: 'BACKUP_DAMAGED',
  })
})

test('refuses a manifest of an unknown version', () => {
  expect(() => parseManifest({ ...manifestOf(NEW), version: 2 })).toThrowError(
    expect.objectContaining({ code: 'BACKUP_DAMAGED', details: { problems: [expect.stringContaining('version')] } }),
  )
})
