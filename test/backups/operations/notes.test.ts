/** Tests notes on a backup, with files that are not valid, and the trail of actions. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeTrail } from '#backups/operations/audit-trail'
import { createBackupId } from '#backups/format/backup-id'
import { createFileStore } from '#backups/store/file-store'
import { checkTags, readAllNotes, readNotes, writeNotes } from '#backups/operations/notes'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { AppError } from '#platform/errors'
import { readTrail } from '../../support/audit-trail.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const ref = { source: 'shop', id: createBackupId(NOW, 'abcdef') }

let dir: string
let store: ObjectStore
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-notes-'))
  store = createFileStore({ dir, randomHex: () => 'abcdef' })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function write(key: string, text: string): Promise<void> {
  const upload = await store.startUpload(key, 'text/plain')
  await upload.write(Buffer.from(text))
  await upload.complete()
}

const silent = () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no answer'))

test('a damaged note, or one of another version, counts as absent; a silent store is an error', async () => {
  expect(await readNotes(store, ref)).toEqual({ tags: [] })
  await writeNotes(store, ref, { note: ' two\nlines ', tags: ['b', 'a', 'b'], now: NOW })
  expect(await readNotes(store, ref)).toEqual({ note: 'two\nlines', tags: ['a', 'b'] })
  expect(await readAllNotes(store, 'shop')).toEqual(new Map([[ref.id, { note: 'two\nlines', tags: ['a', 'b'] }]]))
  for (const text of ['not JSON', '{"version":99}', '{"version":1,"tags":["\\u001b[2J"]}']) {
    await write(buildBackupKeys('shop', ref.id).notes, text)
    expect(await readNotes(store, ref)).toEqual({ tags: [] })
  }
  await expect(readNotes({ getJson: silent }, ref)).rejects.toThrow('no answer')
})

test('a backup has at most 32 tags', () => {
  const tags = Array.from({ length: 33 }, (_, at) => `tag-${at}`)
  expect(checkTags(tags.slice(1))).toHaveLength(32)
  expect(() => checkTags(tags)).toThrow('at most 32 tags, not 33')
})

test('the audit trail keeps two entries of the same moment, oldest first', async () => {
  const entry = (at: string, action: string) => ({
    at,
    actor: 'cli me@db1',
    action,
    object: 'backup:shop/x',
    details: {},
  })
  const [first, second] = [
    entry('2026-11-20T03:00:00.000Z', 'forget.started'),
    entry('2026-11-20T03:00:00.000Z', 'forget.completed'),
  ]
  await writeTrail(store, second, 'bbbbbb')
  await writeTrail(store, first, 'aaaaaa')
  await writeTrail(store, entry('2026-10-20T03:00:00.000Z', 'note.completed'), 'cccccc')
  expect((await readTrail(store)).map(({ action }) => action)).toEqual(['note.completed', 'forget.started', 'forget.completed']) // prettier-ignore
})
