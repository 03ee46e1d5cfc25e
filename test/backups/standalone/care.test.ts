/** Tests a user's work with backups outside a stack: retention, forgetting, notes and tags, and their audit trail. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { recordFailure } from '#backups/operations/run-record'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { openStore } from '#runtime/open-store'
import { getRunHost } from '#runtime/run-host'
import { readTrail } from '../../support/audit-trail.ts'
import { type AloneRun, envWithoutStack, hunterBackup as hunter, jsonOf as json } from '../../support/hunter-backup.ts'
import { manifestOf, proofOf } from '../made-up.ts'

const DAY_MS = 86_400_000

let dir: string
let place: string
let store: ObjectStore
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-alone-care-'))
  for (const [name, value] of Object.entries(envWithoutStack('', join(dir, 'no-stack')))) vi.stubEnv(name, value)
})
beforeEach(async () => {
  place = await mkdtemp(join(dir, 'place-'))
  store = (await openStore(place, process.env, 'write')).store
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true, force: true })
})

const idOf = (daysAgo: number): BackupId =>
  createBackupId(new Date(systemClock.now().getTime() - daysAgo * DAY_MS), 'abcdef')

async function made(daysAgo: number, isProven = true): Promise<BackupId> {
  const id = idOf(daysAgo)
  const { dump, manifest, proof } = buildBackupKeys('shop', id)
  const upload = await store.startUpload(dump, 'text/plain')
  await upload.write(Buffer.alloc(manifestOf(id).object.gzipBytes))
  await upload.complete()
  await store.putJson(manifest, manifestOf(id, 'shop'))
  if (isProven) await store.putJson(proof, proofOf(id))
  return id
}

const listed = async (...args: string[]) =>
  (await json<BackupEntry[]>('list', '--from', place, ...args)).map(({ id }) => id)
const trail = async () => (await readTrail(store)).map(({ action, object, details }) => ({ action, object, details }))

describe('keep rules', () => {
  test('show what they would remove and why, then remove exactly that', async () => {
    const ids = []
    for (const days of [0, 1, 2, 3, 50]) ids.push(await made(days))
    const args = ['--from', place, '--keep-daily', '2', '--keep-monthly', '2']
    const planned = await json<{ backups: { action: string; reason: string }[] }>('cleanup', ...args, '--dry-run')
    expect(planned.backups.map(({ action }) => action)).toEqual(['keep', 'keep', 'remove', 'remove', 'keep'])
    expect(planned.backups[2]?.reason).toBe('no rule keeps it')
    expect((await hunter('plan', ...args)).out).toContain('the newest of ')
    expect(await listed()).toHaveLength(5)
    expect((await hunter('cleanup', ...args)).out).toContain('Done: 2 backups removed')
    expect(await listed()).toEqual([ids[0], ids[1], ids[4]])
    const removing = [ids[2], ids[3]].map((id) => `shop/${id}`)
    expect(await trail()).toMatchObject([
      { action: 'cleanup.started', object: 'backups:all', details: { removing } },
      { action: 'cleanup.completed', details: { text: '2 backups removed, 0 unfinished objects discarded' } },
    ])
  })

  test.each([
    [['--keep-daily', '0'], 'these rules keep no backup'],
    [['--keep-daily', 'all'], '--keep-daily must be a whole number, not "all"'],
    [['--keep-weekly', '-1'], '--keep-weekly must be a whole number'],
  ])('%j are refused', async (args, message) => {
    const refused = await hunter('cleanup', '--from', place, ...args)
    expect(refused).toMatchObject({ status: 2, out: '', err: expect.stringContaining(message) })
  })

  test('are refused for the stack, whose bucket removes by lifecycle', async () => {
    const refused = await hunter('plan', '--keep-daily', '7')
    expect(refused).toMatchObject({
      status: 2,
      err: expect.stringMatching(/needs --from: .*daily 30 days, weekly 84/),
    })
  })
})

describe('forget', () => {
  test('shows what it would remove, removes it, and keeps the last verified backup', async () => {
    const [newest, older] = [await made(1), await made(2)]
    const dry = await json<{ action: string; keys: string[] }>('forget', newest, '--from', place, '--dry-run')
    expect(dry).toMatchObject({
      action: 'forget',
      keys: expect.arrayContaining([buildBackupKeys('shop', newest).manifest]),
    })
    expect((await hunter('forget', newest, '--from', place, '--dry-run')).out).toMatch(
      /would be removed \(it is verified; verified backups left under its name: 1/,
    )
    expect(await listed()).toEqual([newest, older])
    expect((await hunter('forget', newest, '--from', place)).out).toMatch(/^Removed \S+ of shop: 3 objects/)
    expect(await listed()).toEqual([older])
    expect((await readdir(join(place, 'shop'), { recursive: true })).some((name) => name.includes(newest))).toBe(false)

    for (const which of [older, 'latest']) {
      const refused = await hunter('forget', which, '--from', place)
      expect(refused).toMatchObject({ status: 5, out: '' })
      expect(refused.err).toMatch(/BACKUP_PROTECTED: \S+ stays: it is the last verified backup of its name/)
      expect((await hunter('forget', which, '--from', place, '--dry-run')).out).toMatch(/would stay: it is the last/)
    }
    expect(await listed()).toEqual([older])
    expect((await trail()).map(({ action, object }) => `${action} ${object}`)).toEqual([
      `forget.started backup:shop/${newest}`,
      `forget.completed backup:shop/${newest}`,
    ])
  })

  test('removes the record of a failed run', async () => {
    const about = { id: idOf(3), source: 'shop', toolVersion: '1', ...getRunHost() }
    await recordFailure({ store, clock: systemClock }, about, new AppError('DATABASE_UNAVAILABLE', 'no answer'))
    expect(await listed()).toEqual([about.id])
    expect(await hunter('show', about.id, '--from', place)).toMatchObject({ status: 4 })
    expect(await hunter('forget', about.id, '--from', place)).toMatchObject({ status: 0, err: '' })
    expect(await listed()).toEqual([])
    expect(await hunter('forget', about.id, '--from', place)).toMatchObject({ status: 4 })
  })
})

test('notes and tags are stored beside the manifest, shown, used as filters, and removable', async () => {
  const [newest, older] = [await made(1), await made(2)]
  const manifest = await store.getJson(buildBackupKeys('shop', older).manifest)
  expect(await hunter('note', older, 'before the move', '--from', place)).toMatchObject({ status: 0, err: '' })
  expect(await json('tag', older, 'release-42', 'kept', '--from', place)).toMatchObject({
    tags: ['kept', 'release-42'],
  })
  expect(await listed('--tag', 'release-42')).toEqual([older])
  expect((await hunter('list', '--from', place, '--tag', 'none')).out).toBe('No backup has the tag "none".\n')
  expect((await hunter('list', '--from', place)).out).toMatch(/tags and note[\s\S]*kept, release-42: before the move/)
  expect((await hunter('show', older, '--from', place)).out).toMatch(/note +before the move\n +tags +kept, release-42/)
  expect(await hunter('note', older, '', '--from', place)).toMatchObject({ status: 0 })
  expect(await json('tag', older, 'kept', '--remove', '--from', place)).toMatchObject({ tags: ['release-42'] })
  expect(await json('show', older, '--from', place)).toMatchObject({ notes: { tags: ['release-42'] } })
  expect(await store.getJson(buildBackupKeys('shop', older).manifest)).toEqual(manifest)
  expect(await listed()).toEqual([newest, older])
  expect(await trail()).toContainEqual(expect.objectContaining({ action: 'note.completed', details: { note: '' } }))
})

test.each([
  [['tag', 'latest', '-x'], 2],
  [['tag', 'latest', 'a b'], 2],
  [['tag', 'latest', 'x'.repeat(64)], 2],
  [['note', 'latest', 'x'.repeat(2_001)], 2],
  [['note', 'latest', 'a\u001B[2Jb'], 2],
])('%j is refused and changes nothing', async (args, status) => {
  const id = await made(1)
  expect(await hunter(...args, '--from', place)).toMatchObject({ status, out: '' })
  expect(await store.getJson(buildBackupKeys('shop', id).notes)).toBeUndefined()
})

test('run --tag tags the backup; its restore, even a failed one, is in the audit trail', async () => {
  const path = join(dir, 'app.db')
  const db = new DatabaseSync(path)
  db.exec('CREATE TABLE notes (note)')
  db.close()
  const run = ['run', '--source', `sqlite:${path}`, '--dest', place, '--no-verify']
  expect(await hunter(...run, '--tag', 'a b')).toMatchObject({ status: 2, out: '' })
  const { id, source } = await json<AloneRun>(...run, '--tag', 'release-42,nightly')
  expect(await listed('--tag', 'nightly')).toEqual([id])
  const to = join(dir, 'restored.db')
  expect(await hunter('restore', id, '--from', place, '--to', `sqlite:${to}`)).toMatchObject({ status: 0, err: '' })
  await writeFile(join(dir, 'full'), '')
  const failed = await hunter('restore', id, '--from', place, '--to', `sqlite:${join(dir, 'full', 'x.db')}`)
  expect(failed.status).not.toBe(0)
  const object = `backup:${source}/${id}`
  expect(await readTrail(store)).toMatchObject([
    {
      actor: expect.stringContaining(`@${hostname()}`),
      action: 'restore.started',
      object,
      details: { to: `sqlite:${to}` },
    },
    { action: 'restore.completed', object, details: { path: to, tables: 1 } },
    { action: 'restore.started', object },
    { action: 'restore.failed', object, details: { code: expect.any(String), reason: expect.any(String) } },
  ])
})
