import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import { createCatalogReader } from '#backups/store/catalog-view'
import { type ObjectStore } from '#backups/store/object-store'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { TestClock } from '../../support/test-clock.ts'

const clock = new TestClock()
const id = createBackupId(clock.now(), 'abcdef')
const { manifest, proof } = buildBackupKeys('hunter', id)

let storage: TestStore
const asked: string[] = []
beforeAll(async () => {
  storage = await startTestStore(clock)
})
afterAll(() => storage.close())

const counting: Pick<ObjectStore, 'getJson' | 'listObjects'> = {
  getJson: (key) => {
    asked.push(key)
    return storage.store.getJson(key)
  },
  listObjects: (prefix) => storage.store.listObjects(prefix),
}

test('the bucket is asked for an object once while it lists it unchanged, and for its new contents even in the same second', async () => {
  const open = createCatalogReader(counting)
  await storage.store.putJson(manifest, { run: 1 })
  expect(await (await open('hunter')).getJson(manifest)).toEqual({ run: 1 })
  expect(await (await open('hunter')).getJson(manifest)).toEqual({ run: 1 })
  expect(asked).toEqual([manifest])
  await storage.store.putJson(manifest, { run: 2 })
  expect(await (await open('hunter')).getJson(manifest)).toEqual({ run: 2 })
  expect(asked).toEqual([manifest, manifest])
})

test('what one listing lacks is missing without a request, and what another backup has is not in its view', async () => {
  const view = await createCatalogReader(counting)('hunter')
  asked.splice(0)
  expect(await view.getJson(proof)).toBeUndefined()
  expect(asked).toEqual([])
  expect(await view.pick([]).listKeys('')).toEqual([])
  expect([view.ids, view.has(manifest), view.has(proof)]).toEqual([[id], true, false])
})
