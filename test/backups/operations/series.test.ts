/** Tests which runs may join a series: by the clocks, by the existing backups, and by the source. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3ServiceException } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import { createFileStore } from '#backups/store/file-store'
import type { AnyManifest, Manifest, SqliteManifest } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore, StoreClock } from '#backups/store/object-store'
import { joinSeries, type SeriesInput } from '#backups/operations/series'
import type { SourceIdentity } from '#backups/dump/source-identity'
import { AppError } from '#platform/errors'
import { manifestOf } from '../made-up.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const HOUR_MS = 3_600_000
const SOURCE = 'shop'
const OURS: SourceIdentity = {
  kind: 'postgres',
  name: 'shop',
  server: { systemIdentifier: '7391', databaseOid: 16_384, address: 'db1:5432' },
}

let root: string
let store: ObjectStore
let count = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hunter-series-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(() => {
  const randomHex = () => (count += 1).toString(16).padStart(12, '0')
  const files = createFileStore({ dir: join(root, String((count += 1))), randomHex })
  store = withClock(files, { time: NOW, isIndependent: false })
})

const withClock = (of: ObjectStore, clock: StoreClock | undefined): ObjectStore => ({
  ...of,
  readClock: () => Promise.resolve(clock),
})
const idAt = (at: Date | string): BackupId => createBackupId(new Date(at), (count += 1).toString(16).padStart(6, '0'))
const hoursFromNow = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS)

async function put<Kind extends AnyManifest = Manifest>(
  at: Date | string,
  more: Partial<Kind> = {},
): Promise<BackupId> {
  const id = idAt(at)
  await store.putJson(buildBackupKeys(SOURCE, id).manifest, { ...manifestOf(id, SOURCE), ...more })
  return id
}

const join_ = (input: Partial<SeriesInput> = {}) =>
  joinSeries(store, { source: SOURCE, id: idAt(NOW), identity: OURS, ...input })

function ofServer(server: Manifest['database']['server'], name = 'shop'): Pick<Manifest, 'database'> {
  const { database } = manifestOf(idAt(NOW))
  return { database: { ...database, name, ...(server === undefined ? {} : { server }) } }
}

describe('the number of a run', () => {
  test('is one above the highest, and starts at one after manifests without a number', async () => {
    expect(await join_()).toMatchObject({ sequence: 1, storeTime: NOW.toISOString() })
    await put(hoursFromNow(-48))
    expect(await join_()).toMatchObject({ sequence: 1 })
    await put(hoursFromNow(-24), { sequence: 7 })
    await put(hoursFromNow(-23), { sequence: 6 })
    expect(await join_()).toMatchObject({ sequence: 8 })
  })

  test('is found among manifests with wrong dates, and beside a damaged one', async () => {
    for (let day = 0; day < 4; day += 1) await put(`2031-01-0${day + 1}T00:00:00Z`, { sequence: day + 1 })
    await put(hoursFromNow(-1), { sequence: 5 })
    await store.putJson(buildBackupKeys(SOURCE, idAt(hoursFromNow(-0.5))).manifest, 'damaged')
    expect(await join_()).toMatchObject({ sequence: 6 })
  })

  test('is unknown to a key that may only write, which still backs up', async () => {
    const refusal = new S3ServiceException({
      name: 'AccessDenied',
      $fault: 'client',
      $metadata: { httpStatusCode: 403 },
      message: 'no',
    })
    const listObjects = () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no', { cause: refusal }))
    store = { ...store, listObjects }
    expect(await join_()).toEqual({ storeTime: NOW.toISOString() })
    const broken = new AppError('STORAGE_UNAVAILABLE', 'no network')
    store = { ...store, listObjects: () => Promise.reject(broken) }
    await expect(join_()).rejects.toBe(broken)
  })

  test('does not restart at one if the store stops answering: the run fails', async () => {
    await put(hoursFromNow(-1), { sequence: 5 })
    store = { ...store, getJson: () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no network')) }
    await expect(join_()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  })
})

describe('a clock', () => {
  test.each([
    ['ahead', '2031-01-01T00:00:00Z', "this machine's clock is 1,503 days ahead of the backup store's"],
    ['behind', '2024-01-01T00:00:00Z', "this machine's clock is 1,055 days behind the backup store's"],
    ['an hour ahead', hoursFromNow(1), 'is 60 minutes ahead of'],
  ])('that is %s of the store stops the run, with the difference in the message', async (_how, at, message) => {
    const run = join_({ id: idAt(at) })
    await expect(run).rejects.toMatchObject({ code: 'CLOCK_SKEWED', message: expect.stringContaining(message) })
    expect(await join_({ id: idAt(at), allowClockSkew: true })).toMatchObject({ sequence: 1 })
  })

  test('of a store without a clock is not compared', async () => {
    store = withClock(store, undefined)
    expect(await join_({ id: idAt('2024-01-01T00:00:00Z') })).toEqual({
      sequence: 1,
      storeTime: undefined,
      replaces: undefined,
    })
  })

  test('that went back behind the newest backup stops the run until the caller confirms it once', async () => {
    store = withClock(store, undefined)
    const newest = await put('2031-01-01T00:00:00Z', { sequence: 3 })
    await expect(join_()).rejects.toMatchObject({
      code: 'CLOCK_SKEWED',
      message: expect.stringContaining(`${newest}, is 1,503 days newer than this machine's clock`),
    })
    const { sequence } = await join_({ allowClockSkew: true })
    expect(sequence).toBe(4)
    await put(NOW, { sequence })
    expect(await join_({ id: idAt(hoursFromNow(24)) })).toMatchObject({ sequence: 5 })
  })

  test('that agrees with the bucket is trusted, and a backup that both contradict stops no run', async () => {
    await put('2031-01-01T00:00:00Z', { sequence: 3 })
    await expect(join_()).rejects.toMatchObject({ code: 'CLOCK_SKEWED' })
    store = withClock(store, { time: NOW, isIndependent: true })
    expect(await join_()).toMatchObject({ sequence: 4 })
  })

  test('of another machine may differ by a few minutes', async () => {
    await put(hoursFromNow(0.05), { sequence: 3 })
    expect(await join_()).toMatchObject({ sequence: 4 })
  })
})

describe('a database of the same name', () => {
  const server = { systemIdentifier: '7391', databaseOid: 16_384, address: 'db1:5432' }

  test.each([
    ['on another server', { ...server, systemIdentifier: '7402', address: 'db2:5432' }, 'shop'],
    ['on another address, where no system can be read', { databaseOid: 16_384, address: 'db2:5432' }, 'shop'],
    ['of the same server, of another name', { ...server, databaseOid: 16_400 }, 'crm'],
  ])('%s is refused, and the message names both', async (_which, other, name) => {
    const newest = await put(hoursFromNow(-1), ofServer(other, name))
    await expect(join_()).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringMatching(
        new RegExp(`shop belong to the database ${name} on ${other.address}.*this is the database shop on db1:5432`),
      ),
      details: { newest },
    })
    expect((await join_({ sameDatabase: true })).replaces).toContain(`the database ${name} on ${other.address}`)
  })

  test.each([
    ['restored in its place: another oid', { ...server, databaseOid: 20_000 }, 'shop'],
    ['renamed: the same oid', server, 'webshop'],
    ['reached by another address', { ...server, address: '10.0.0.7:6432' }, 'shop'],
    ['backed up by an earlier version', undefined, 'shop'],
  ])('that was %s counts as the same', async (_how, other, name) => {
    await put(hoursFromNow(-1), ofServer(other, name))
    expect((await join_()).replaces).toBeUndefined()
  })

  test('is compared with the newest regular backup, whatever safety backups are newer', async () => {
    const other = { ...server, systemIdentifier: '7402' }
    await put(hoursFromNow(-9), ofServer(other))
    for (let hour = 1; hour < 5; hour += 1)
      await put(hoursFromNow(-hour), { ...ofServer(server), pinned: 'for safety' })
    await expect(join_()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  })

  test('continues after a confirmed move, and refuses the old server from then on', async () => {
    const other = { ...server, systemIdentifier: '7402' }
    await put(hoursFromNow(-2), { ...ofServer(server), sequence: 1 })
    await put(hoursFromNow(-1), { ...ofServer({ ...other, replaces: 'the old one' }), sequence: 2 })
    await expect(join_()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    const identity: SourceIdentity = { kind: 'postgres', name: 'shop', server: other }
    expect(await join_({ identity })).toMatchObject({ sequence: 3, replaces: undefined })
  })
})

describe('a file of the same name', () => {
  const file = { host: 'one', path: '/srv/a/app.db', device: '1', inode: '11' }
  const identity: SourceIdentity = { kind: 'sqlite', file }
  const ofFile = (other: typeof file | undefined) =>
    ({ kind: 'sqlite', rawSha256: '0'.repeat(64), tables: [], database: databaseOf(other) }) as Partial<SqliteManifest>
  const databaseOf = (other: typeof file | undefined) => ({
    name: 'app.db',
    serverVersion: '3.50',
    encoding: 'UTF-8',
    journalMode: 'wal',
    file: other,
  })

  test.each([
    ['in another folder', { ...file, path: '/srv/b/app.db', inode: '12' }],
    ['at the same path of another machine', { ...file, host: 'two', inode: '12' }],
  ])('%s is refused', async (_where, other) => {
    await put(hoursFromNow(-1), ofFile(other))
    const message = expect.stringContaining(`${other.path} on ${other.host}`)
    await expect(join_({ identity })).rejects.toMatchObject({ code: 'SOURCE_CHANGED', message })
  })

  test.each([
    ['restored: another inode', { ...file, inode: '12' }],
    ['moved within its disk', { ...file, path: '/srv/old/app.db' }],
    ['seen from another container', { ...file, host: 'c7f2', device: '9' }],
    ['backed up by an earlier version', undefined],
  ])('that was %s counts as the same', async (_how, other) => {
    await put(hoursFromNow(-1), ofFile(other))
    expect((await join_({ identity })).replaces).toBeUndefined()
  })

  test('is different from a database of a server', async () => {
    await put(hoursFromNow(-1), ofFile(file))
    await expect(join_()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    await expect(join_({ identity: { kind: 'config' } })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  })
})
