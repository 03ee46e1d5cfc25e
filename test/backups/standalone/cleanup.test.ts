import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Leftover } from '#backups/operations/leftovers'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { removeBackups } from '#backups/retention/remove'
import { type Clock, systemClock } from '#platform/clock'
import { openStore } from '#runtime/open-store'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { envWithoutStack, hunterBackup as hunter, jsonOf as json } from '../../support/hunter-backup.ts'
import { TestClock } from '../../support/test-clock.ts'
import { sampleOf } from '../../support/thorough.ts'
import { DUMP, manifestOf, proofOf } from '../made-up.ts'

const DAY_MS = 86_400_000

let bucket: TestStore
let bucketClock: Clock & { advanceMs(ms: number): void }
let dir: string
let place: string
beforeAll(async () => {
  bucketClock = new TestClock(new Date(systemClock.now().getTime() - 3 * DAY_MS).toISOString())
  bucket = await startTestStore(bucketClock)
  dir = await mkdtemp(join(tmpdir(), 'hunter-alone-cleanup-'))
  const env = envWithoutStack(bucket.url, join(dir, 'no-stack'))
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await bucket.close()
  await rm(dir, { recursive: true, force: true })
})

interface Plan {
  backups: { id: BackupId; source: string; state: string; action: string; reason: string }[]
  unfinished: { key: string; action: string }[]
  done?: Record<string, number>
}

const idOf = (daysAgo: number) => createBackupId(new Date(systemClock.now().getTime() - daysAgo * DAY_MS), 'abcdef')

async function write(store: ObjectStore, key: string): Promise<void> {
  const upload = await store.startUpload(key, 'text/plain')
  await upload.write(DUMP)
  await upload.complete()
}

interface Made {
  proven?: boolean | undefined
  source?: string
}

async function made(daysAgo: number, { proven, source = 'shop' }: Made = {}): Promise<BackupId> {
  const { store } = await openStore(place, process.env, 'write')
  const id = idOf(daysAgo)
  const keys = buildBackupKeys(source, id)
  await write(store, keys.dump)
  await store.putJson(keys.manifest, manifestOf(id, source))
  if (proven !== undefined) await store.putJson(keys.proof, { ...proofOf(id), verified: proven })
  return id
}

const listed = async () => (await json<BackupEntry[]>('list', '--from', place)).map(({ id }) => id)

const places: [string, (name: string) => string][] = [
  ['a folder', (name) => join(dir, name)],
  ['a prefix of a bucket', (name) => `s3://${BUCKET}/${name}`],
]
describe.each(sampleOf(places))('cleanup of %s', (_what, placeFor) => {
  beforeEach(() => {
    place = placeFor(`place-${Math.random().toString(36).slice(2)}`)
  })

  test('shows what it would remove and why, then removes exactly that', async () => {
    const old = await made(800, { proven: true })
    const bad = await made(400, { proven: false })
    const unproven = await made(399)
    const kept = await made(20, { proven: true })
    const newest = await made(1, { proven: true })
    const planned = await json<Plan>('plan', '--from', place)
    expect(planned.backups.map(({ id, action, reason }) => [id, action, reason])).toEqual([
      [newest, 'keep', 'the newest verified backup never expires'],
      [kept, 'keep', expect.stringContaining('the first verified backup of')],
      [unproven, 'keep', expect.stringContaining('Hunter cannot tell whether it is needed')],
      [bad, 'remove', 'its proof failed; a newer one is verified'],
      [old, 'remove', expect.stringContaining('the first verified backup of')],
    ])
    expect((await json<Plan>('cleanup', '--from', place, '--dry-run')).backups).toEqual(planned.backups)
    expect(await listed()).toHaveLength(5)
    const done = await hunter('cleanup', '--from', place)
    expect(done).toMatchObject({ status: 0, err: '' })
    expect(done.out).toMatch(/remove +monthly[\s\S]*Done: 2 backups removed, 0 unfinished objects discarded/)
    expect(await listed()).toEqual([newest, kept, unproven])
    expect(await json<Plan>('cleanup', '--from', place)).toMatchObject({ done: { removed: 0, discarded: 0 } })
    const { store } = await openStore(place, process.env, 'read')
    expect((await store.listKeys('')).filter((key) => key.includes(old) || key.includes(bad))).toEqual([])
  })

  test('keeps the last verified backup of each name, however old, if every newer one failed', async () => {
    const last = await made(900, { proven: true })
    await made(2, { proven: false })
    await made(1, { proven: true, source: 'other' })
    expect(await json<Plan>('cleanup', '--from', place)).toMatchObject({ done: { removed: 0 } })
    expect(await listed()).toContain(last)
  })

  test('covers only one name with --name', async () => {
    for (const source of ['shop', 'other']) {
      await made(500, { proven: true, source })
      await made(1, { proven: true, source })
    }
    const { backups, done } = await json<Plan>('cleanup', '--from', place, '--name', 'other')
    expect(new Set(backups.map(({ source }) => source))).toEqual(new Set(['other']))
    expect(done).toEqual({ removed: 1, discarded: 0 })
    expect(await listed()).toHaveLength(3)
  })

  test('that is interrupted leaves no partial backup in the list, and the next one finishes it', async () => {
    const old = await made(500, { proven: true })
    const newest = await made(1, { proven: true })
    const { store, remover } = await openStore(place, process.env, 'read')
    const keys = (await store.listKeys('')).filter((key) => key.includes(old))
    let removed = 0
    const dying = {
      remove: async (key: string) => (removed++ < 1 ? remover.remove(key) : Promise.reject(new Error('killed'))),
    }
    const removal = { id: old, source: 'shop', state: 'verified', action: 'remove', tier: 'daily', reason: '' } as const
    const plan = [{ ...removal, expiresAt: undefined, changes: [], keys }]
    await expect(removeBackups(dying, plan)).rejects.toThrow('killed')
    expect(await listed()).toEqual([newest])
    expect((await json<Plan>('plan', '--from', place)).backups.at(-1)).toMatchObject({
      state: 'incomplete',
      action: 'remove',
    })
    await json<Plan>('cleanup', '--from', place)
    expect((await store.listKeys('')).filter((key) => key.includes(old))).toEqual([])
  })

  test('discards unfinished objects after a day, and no foreign files', async () => {
    await made(1, { proven: true })
    const ours = `shop/2026/11/${idOf(3)}/dump.sql.gz`
    const others = ['somebody/elses/file', 'shop/notes/file']
    if (place.startsWith('s3://')) {
      const prefix = place.slice(`s3://${BUCKET}/`.length)
      for (const key of [ours, ...others])
        await bucket.s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: `${prefix}/${key}` }))
      bucketClock.advanceMs(2.5 * DAY_MS)
      await bucket.s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: `${prefix}/${ours}-younger` }))
    } else {
      const then = new Date(systemClock.now().getTime() - 2 * DAY_MS)
      for (const key of [ours, ...others, `${ours}-younger`]) {
        const path = join(place, dirname(key), '.hunter-partial-00')
        await mkdir(dirname(path), { recursive: true })
        if (key.endsWith('younger')) await writeFile(`${path}1`, 'begun')
        else await writeFile(path, 'begun').then(() => utimes(path, then, then))
      }
    }
    const { leftovers } = await json<{ leftovers: Leftover[] }>('list', '--all', '--from', place)
    expect(leftovers.map(({ key, what, mayBeRunning }) => [dirname(key), what, mayBeRunning])).toEqual([
      [dirname(ours), 'unfinished', false],
      [dirname(ours), 'unfinished', true],
    ])
    expect((await hunter('list', '--all', '--from', place)).out).toMatch(
      /what +key +size +last written +age +state\nunfinished .*(hours|days) +left by a killed run\nunfinished .*may be in progress\n\nid/,
    )
    const { unfinished } = await json<Plan>('plan', '--from', place)
    expect(unfinished.map(({ key, action }) => [dirname(key), action])).toEqual([
      [dirname(ours), 'remove'],
      [dirname(ours), 'keep'],
    ])
    expect((await hunter('plan', '--from', place)).out).toMatch(
      /unfinished +size +last written +action +reason\n\S+ +\d \S+ +20\S+ \S+ \S+ +remove +a killed run left it\n\S+ .*keep +may be in progress/,
    )
    expect(await json<Plan>('cleanup', '--from', place)).toMatchObject({ done: { removed: 0, discarded: 1 } })
    expect((await json<Plan>('plan', '--from', place)).unfinished).toMatchObject([{ action: 'keep' }])
  })
})

test('data without a manifest is listed, and removed after a day once a newer backup is verified', async () => {
  place = join(dir, 'never')
  const { store } = await openStore(place, process.env, 'write')
  const [left, young] = [idOf(3), idOf(0)]
  for (const id of [left, young]) await write(store, buildBackupKeys('shop', id).dump)
  const age = async (id: BackupId, days: number) => {
    const at = new Date(systemClock.now().getTime() - days * DAY_MS)
    await utimes(join(place, buildBackupKeys('shop', id).dump), at, at)
  }
  await age(left, 3)
  const { leftovers } = await json<{ leftovers: Leftover[] }>('list', '--all', '--from', place)
  expect(leftovers).toMatchObject([
    {
      what: 'no manifest',
      key: buildBackupKeys('shop', left).dump,
      sizeBytes: expect.any(Number),
      mayBeRunning: false,
    },
    { what: 'no manifest', key: buildBackupKeys('shop', young).dump, mayBeRunning: true },
  ])
  expect(await json<Plan>('cleanup', '--from', place)).toMatchObject({ done: { removed: 0 } })
  await made(1, { proven: true })
  const { backups } = await json<Plan>('plan', '--from', place)
  expect(backups.map(({ action, reason }) => [action, reason])).toEqual([
    ['keep', expect.stringContaining('no newer one is verified')],
    ['keep', 'the newest verified backup never expires'],
    ['remove', 'a killed run left it: it has no manifest; a newer one is verified'],
  ])
  expect(await json<Plan>('cleanup', '--from', place)).toMatchObject({ done: { removed: 1 } })
  expect(await store.listKeys(dirname(buildBackupKeys('shop', left).dump))).toEqual([])
})

test('cleanup removes nothing under a clock that disagrees with the disk, unless the caller confirms it', async () => {
  place = join(dir, 'skewed')
  const old = await made(500, { proven: true })
  await made(1, { proven: true })
  const ahead = vi.spyOn(systemClock, 'now').mockReturnValue(new Date(Date.now() + 100 * DAY_MS))
  try {
    const refused = await hunter('cleanup', '--from', place)
    expect(refused).toMatchObject({ status: 5, err: expect.stringContaining('CLOCK_SKEWED') })
    expect(refused.err).toContain("this machine's clock is 100 days ahead of the backup store's")
    expect(await listed()).toContain(old)
    expect(await json<Plan>('cleanup', '--from', place, '--allow-clock-skew')).toMatchObject({ done: { removed: 1 } })
  } finally {
    ahead.mockRestore()
  }
})

test('cleanup removes folders that become empty, except the one that was named', async () => {
  place = join(dir, 'emptied')
  const old = await made(500, { proven: true })
  await made(1, { proven: true })
  await json<Plan>('cleanup', '--from', place)
  const { year, month } = { year: old.slice(0, 4), month: old.slice(4, 6) }
  await expect(readdir(join(place, 'shop', year, month))).rejects.toThrow('ENOENT')
  expect(await readdir(place)).toEqual(['hunter-audit', 'shop'])
})
