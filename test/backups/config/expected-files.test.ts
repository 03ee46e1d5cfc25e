/** Default settings whose absence a backup warns about. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { createFileStore } from '#backups/store/file-store'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { findExpectedFiles } from '#runtime/backup-config'
import { manifestOf } from '../made-up.ts'

const before = process.cwd()
let dir: string
let store: ObjectStore
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-expected-'))
})
beforeEach(async () => {
  const laptop = await mkdtemp(join(dir, 'laptop-'))
  process.chdir(laptop)
  store = createFileStore({ dir: join(laptop, 'backups'), randomHex: () => 'abcdef' })
})
afterAll(async () => {
  process.chdir(before)
  await rm(dir, { recursive: true, force: true })
})

const idOf = (day: number) => createBackupId(new Date(Date.UTC(2026, 10, day)), 'abcdef')
const kept = (day: number, ...names: string[]) =>
  store.putJson(buildBackupKeys('shop', idOf(day)).manifest, {
    ...manifestOf(idOf(day), 'shop'),
    config: { files: names.map((name) => ({ name, bytes: 1, encrypted: true })), warnings: [] },
  })

test('does not expect a .env that never existed', async () => {
  expect(await findExpectedFiles(store, 'shop', ['.env'])).toEqual([])
  await kept(1, 'app.json')
  expect(await findExpectedFiles(store, 'shop', ['.env'])).toEqual([])
})

test('expects a .env that exists', async () => {
  await writeFile('.env', 'PORT=1')
  expect(await findExpectedFiles(store, 'shop', ['.env'])).toEqual(['.env'])
})

test.each(['.env', '.env.sealed'])('expects a .env that the newest backup contains as %s', async (name) => {
  await kept(1, name)
  expect(await findExpectedFiles(store, 'shop', ['.env'])).toEqual(['.env'])
  await kept(2)
  expect(await findExpectedFiles(store, 'shop', ['.env'])).toEqual([])
})

test('does not warn if the newest backup is unreadable', async () => {
  await store.putJson(buildBackupKeys('shop', idOf(3)).manifest, { version: 99 })
  expect(await findExpectedFiles(store, 'shop', ['.env'])).toEqual([])
})
