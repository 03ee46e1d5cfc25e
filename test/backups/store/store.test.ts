import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { listSources } from '#backups/store/catalog'
import { createFileStore, removeStalePartials } from '#backups/store/file-store'
import { mayHoldBackups } from '#backups/format/object-keys'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { systemClock } from '#platform/clock'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { readAll } from '../fixtures.ts'

interface Kind {
  open: () => Promise<ObjectStore>
  /** Number of files or uploads that were begun and neither completed nor aborted. */
  unfinished: () => Promise<number>
}

const JSON_TYPE = 'application/json'
let bucket: TestStore
let dir: string
const randomHex = () => randomBytes(4).toString('hex')

beforeAll(async () => {
  bucket = await startTestStore(systemClock)
  dir = await mkdtemp(join(tmpdir(), 'hunter-files-'))
})
afterAll(async () => {
  await bucket.close()
  await rm(dir, { recursive: true, force: true })
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

const kinds: [string, Kind][] = [
  ['a bucket', { open: async () => bucket.store, unfinished: async () => (await bucket.openUploads()).length }],
  [
    'a prefix of a bucket',
    {
      open: async () => createObjectStore({ s3: bucket.s3, bucket: BUCKET, prefix: 'deep/down/' }),
      unfinished: async () => (await bucket.openUploads()).length,
    },
  ],
  [
    'a folder',
    {
      open: async () => createFileStore({ dir: join(dir, 'made', 'by itself'), randomHex }),
      unfinished: async () => (await filesIn(dir)).filter((name) => name.startsWith('.hunter-partial')).length,
    },
  ],
]

describe.each(kinds)('%s as a store', (_name, { open, unfinished }) => {
  let store: ObjectStore
  beforeAll(async () => {
    store = await open()
  })

  async function put(key: string, ...chunks: Buffer[]): Promise<void> {
    const upload = await store.startUpload(key, JSON_TYPE)
    for (const chunk of chunks) await upload.write(chunk)
    await upload.complete()
  }

  test('lists nothing while it is empty', async () => {
    expect(await store.listKeys('')).toEqual([])
    expect(await store.listKeys('nobody/')).toEqual([])
  })

  test('returns JSON unchanged, and undefined for a missing object', async () => {
    const value = { name: 'ğ\u0000"', list: [1, null, { deep: true }] }
    await store.putJson('json/a.json', value)
    expect(await store.getJson('json/a.json')).toEqual(value)
    await store.putJson('json/a.json', { later: 1 })
    expect(await store.getJson('json/a.json')).toEqual({ later: 1 })
    expect(await store.getJson('json/b.json')).toBeUndefined()
    expect(await store.getJson('no/such/folder.json')).toBeUndefined()
  })

  test('reports an object that is not JSON as damaged', async () => {
    await put('json/torn.json', Buffer.from('{"a":'))
    await expect(store.getJson('json/torn.json')).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })

  test('returns every byte of several chunks, and any range of them', async () => {
    const bytes = randomBytes(300_000)
    await put('bytes/big', bytes.subarray(0, 1), bytes.subarray(1, 200_000), bytes.subarray(200_000))
    expect((await readAll(store, { key: 'bytes/big' })).equals(bytes)).toBe(true)
    for (const [start, end] of [
      [0, 1],
      [0, 300_000],
      [199_999, 200_001],
      [299_999, 300_000],
    ] as const) {
      const chunks: Buffer[] = []
      for await (const chunk of await store.read({ key: 'bytes/big' }, { start, end })) chunks.push(chunk)
      expect(Buffer.concat(chunks).equals(bytes.subarray(start, end))).toBe(true)
    }
  })

  test('stores an empty object', async () => {
    await put('bytes/empty')
    expect(await readAll(store, { key: 'bytes/empty' })).toHaveLength(0)
  })

  test('reports a missing object, and a range beyond its end, as damaged', async () => {
    await put('bytes/short', Buffer.from('12345'))
    const read = async (key: string, range?: { start: number; end: number }) =>
      readAll({ ...store, read: () => store.read({ key }, range) }, { key })
    await expect(read('bytes/none')).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    await expect(read('bytes/short', { start: 5, end: 9 })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect((await read('bytes/short', { start: 3, end: 9 })).toString()).toBe('45')
  })

  test('shows no part of an upload before it is complete, or after it was aborted', async () => {
    const upload = await store.startUpload('uploads/one', JSON_TYPE)
    await upload.write(Buffer.from('half'))
    expect(await store.listKeys('uploads/')).toEqual([])
    await expect(readAll(store, { key: 'uploads/one' })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    await upload.abort()
    await upload.abort().catch(() => undefined)
    expect(await store.listKeys('uploads/')).toEqual([])
    expect(await unfinished()).toBe(0)
  })

  test('two uploads of one key do not mix: the last one to complete wins', async () => {
    const first = await store.startUpload('uploads/both', JSON_TYPE)
    const second = await store.startUpload('uploads/both', JSON_TYPE)
    await second.write(Buffer.from('second'))
    await first.write(Buffer.from('first'))
    await second.complete()
    await first.complete()
    expect((await readAll(store, { key: 'uploads/both' })).toString()).toBe('first')
    expect(await unfinished()).toBe(0)
  })

  test('lists keys by any prefix, in the order of their bytes', async () => {
    for (const key of ['list/b/x', 'list/a-1', 'list/a/é', 'list/a/z', 'list/ab']) await put(key, Buffer.from('.'))
    expect(await store.listKeys('list/')).toEqual(['list/a-1', 'list/a/z', 'list/a/é', 'list/ab', 'list/b/x'])
    expect(await store.listKeys('list/a')).toEqual(['list/a-1', 'list/a/z', 'list/a/é', 'list/ab'])
    expect(await store.listKeys('list/a/')).toEqual(['list/a/z', 'list/a/é'])
    expect(await store.listKeys('list/c')).toEqual([])
  })

  test('lists objects with their sizes and the time when the store received them', async () => {
    const before = systemClock.now().getTime() - 2_000 // S3 lists whole seconds, and a kernel's file times lag a little
    await put('sizes/empty')
    await put('sizes/some', Buffer.from('12345'))
    const listed = await store.listObjects('sizes/')
    expect(listed.map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
      ['sizes/empty', 0],
      ['sizes/some', 5],
    ])
    for (const { modifiedAt } of listed) expect(modifiedAt.getTime()).toBeGreaterThanOrEqual(before)
  })
})

test('a prefix belongs to the bucket and is not part of a key', async () => {
  const store = createObjectStore({ s3: bucket.s3, bucket: BUCKET, prefix: 'mine/' })
  await store.putJson('a.json', 1)
  const { Contents = [] } = await bucket.s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'mine' }))
  expect(Contents.map(({ Key }) => Key)).toEqual(['mine/a.json'])
  expect(await store.listKeys('')).toEqual(['a.json'])
})

test('even a refused request shows the clock of a bucket; a silent bucket has none', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(403, { date: 'Fri, 20 Nov 2026 12:00:00 GMT' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS, maxAttempts: 1 })
  const store = createObjectStore({ s3, bucket: BUCKET })
  expect(await store.readClock()).toEqual({ time: new Date('2026-11-20T12:00:00Z'), isIndependent: true })
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await expect(store.readClock()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  s3.destroy()
})

describe('a folder', () => {
  let folder: string
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function fresh(): Promise<ObjectStore> {
    folder = await mkdtemp(join(tmpdir(), 'hunter-folder-'))
    return createFileStore({ dir: folder, randomHex })
  }

  test.each(['../out', 'a/../../out', '/etc/passwd', 'a//b', './a', 'a/.', '', 'a\0b', 'a/.hunter-partial-1'])(
    'refuses the key %j',
    async (key) => {
      const store = await fresh()
      await expect(store.startUpload(key, JSON_TYPE)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
      await expect(store.getJson(key)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
      await expect(store.read({ key })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    },
  )

  test('follows no link to other folders while listing', async () => {
    const store = await fresh()
    await symlink('/etc', join(folder, 'etc'))
    expect(await store.listKeys('')).toEqual([])
  })

  test('is not searched outside of the folders of backups', async () => {
    const all = await fresh()
    const backup = 'shop/2026/11/20261120T000000Z-abcdef'
    const keys = [
      'node_modules/a.json',
      'shop/readme.md',
      'shop/2026/src/x.json',
      `${backup}/manifest.json`,
      `${backup}/a/b`,
    ]
    for (const key of keys) await all.putJson(key, 1)
    const ours = createFileStore({ dir: folder, randomHex, isOurs: mayHoldBackups })
    expect(await ours.listKeys('')).toEqual(['shop/2026/11/20261120T000000Z-abcdef/manifest.json', 'shop/readme.md'])
    expect(await listSources(ours)).toEqual(['shop'])
  })

  test('has the clock of its disk, leaves no file behind, and has no clock if it is not writable', async () => {
    const store = await fresh()
    const clock = await store.readClock()
    expect(clock?.isIndependent).toBe(false)
    expect(Math.abs((clock?.time.getTime() ?? 0) - systemClock.now().getTime())).toBeLessThan(3_600_000)
    expect(await filesIn(folder)).toEqual([])
    await writeFile(join(folder, 'file'), '')
    expect(await createFileStore({ dir: join(folder, 'file'), randomHex }).readClock()).toBeUndefined()
  })

  test('names the folder that cannot be written', async () => {
    await fresh()
    await writeFile(join(folder, 'file'), '')
    const store = createFileStore({ dir: join(folder, 'file', 'below'), randomHex })
    const failure = { code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining(join(folder, 'file', 'below')) }
    await expect(store.putJson('a.json', 1)).rejects.toMatchObject(failure)
  })

  test('keeps no part of an object that could not be written completely', async () => {
    const store = await fresh()
    await mkdir(join(folder, 'in/the way.json'), { recursive: true })
    await expect(store.putJson('in/the way.json', 1)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(await filesIn(folder)).toEqual([])
  })

  test('reports a failing disk as unreadable, not a backup as damaged', async () => {
    const store = await fresh()
    await symlink('/proc/self/mem', join(folder, 'unreadable')) // nothing is mapped at its beginning: EIO
    const failure = { code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('EIO') }
    await expect(readAll(store, { key: 'unreadable' })).rejects.toMatchObject(failure)
  })

  test('is cleaned of files that a killed process left a day ago, and of no others', async () => {
    const store = await fresh()
    for (const key of ['a/left', 'a/young', 'a/whole']) {
      const upload = await store.startUpload(key, JSON_TYPE)
      await upload.write(Buffer.from(key))
      if (key === 'a/whole') await upload.complete()
      if (key === 'a/left') {
        const [partial = ''] = await filesIn(folder)
        await utimes(join(folder, 'a', partial), 1, 1)
      }
    }
    await utimes(join(folder, 'a', 'whole'), 1, 1)
    const before = new Date('2026-01-01')
    expect(await removeStalePartials(folder, before, () => false)).toEqual([])
    expect(await removeStalePartials(folder, before, () => true)).toHaveLength(1)
    expect(await filesIn(folder)).toHaveLength(2)
    expect(await store.listKeys('')).toEqual(['a/whole'])
    expect(await removeStalePartials(join(folder, 'none'), new Date(), () => true)).toEqual([])
  })
})
