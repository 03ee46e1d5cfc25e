import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { dumpDatabase } from '#backups/dump/dump'
import { createBackupId } from '#backups/format/backup-id'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { checkObject } from '#backups/store/read-object'
import { storeObject } from '#backups/store/write-object'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { systemClock } from '#platform/clock'
import { openStore } from '#runtime/open-store'
import { createS3Clients, type S3Clients } from '#runtime/s3-client'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { TestClock } from '../../support/test-clock.ts'
import { expectNextProven, expectSound, hashOf } from './after-fault.ts'
import { dump, readAll, runSql, TOOL_VERSION } from '../fixtures.ts'

/** Some 9 MB: two parts of an upload. */
const SCHEMA = `CREATE TABLE notes AS
  SELECT n AS id, string_agg(md5(n || ' ' || m), '') AS note FROM generate_series(1, 3000) n, generate_series(1, 95) m GROUP BY n`
/** Idle limit of the tests of silence; elsewhere it is so long that a busy machine never reaches it. */
const IDLE_MS = isThorough ? 2_000 : 1_000
const PATIENT_MS = 15_000
const DAY_MS = 86_400_000

let storage: TestStore
let proxy: FaultyProxy
let store: ObjectStore
let hasty: ObjectStore
const clients: S3Clients[] = []
let database: TestDatabase
let hash: string

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  proxy = await startFaultyProxy(storage.url)
  store = storeWith({ idleMs: PATIENT_MS, attempts: 2 })
  hasty = storeWith({ idleMs: IDLE_MS, attempts: 3 })
  database = await createTestDatabase()
  await runSql(database.url, SCHEMA)
  hash = await hashOf(database.url)
})
afterEach(() => void (proxy.faults = () => undefined))
afterAll(async () => {
  for (const { s3, uploader } of clients) for (const client of [s3, uploader]) client.destroy()
  await proxy.close()
  await storage.close()
  await database.drop()
})

function storeWith(patience: { idleMs?: number; attempts?: number }): ObjectStore {
  const config = { endpoint: proxy.url, region: 'us-east-1', credentials: LOCAL_CREDENTIALS }
  const made = createS3Clients(config, patience)
  clients.push(made)
  return createObjectStore({ ...made, bucket: BUCKET })
}

const REQUESTS = {
  begin: ({ method, url }) => method === 'POST' && url?.includes('uploads') === true,
  part: ({ method, url }) => method === 'PUT' && url?.includes('partNumber=') === true,
  complete: ({ method, url }) => method === 'POST' && url?.includes('uploadId=') === true,
  abort: ({ method }) => method === 'DELETE',
  manifest: ({ method, url }) => method === 'PUT' && url?.includes('manifest.json') === true,
} as const satisfies Record<string, (request: IncomingMessage) => boolean>
type Request = keyof typeof REQUESTS

/** Breaks every request of the kind, or only the first try of each. Returns their number. */
function fail(kind: Request, fault: Fault, times: 'always' | 'once' = 'always'): () => number {
  const seen: string[] = []
  proxy.faults = (request) => {
    if (!REQUESTS[kind](request)) return undefined
    const what = `${request.url}`
    seen.push(what)
    return times === 'always' || seen.indexOf(what) === seen.length - 1 ? fault : undefined
  }
  return () => seen.length
}

function sound(source: string, was: 'killed' | 'failed' = 'failed') {
  proxy.faults = () => undefined
  return expectSound({ storage, databaseUrl: database.url, source, hash, was })
}

const SILENT: Fault = { kind: 'silent' }
const storeFor = ({ kind }: Fault) => (kind === 'silent' ? hasty : store)
const ERROR: Fault = { kind: 'answer', status: 500, body: '<Error><Code>InternalError</Code></Error>' }
const HIDDEN: Fault = { kind: 'answer', status: 200, body: '<Error><Code>InternalError</Code></Error>' }
/** Some servers end an error document with a line break, and the client then does not recognise the error. */
const HIDDEN_LINE: Fault = { ...HIDDEN, body: `${HIDDEN.body}\n` }

/** Makes a dump's requests to the bucket, without a database. */
function send(source: string, to = store) {
  const contents = [Buffer.alloc(9_000_000, 'x')]
  return storeObject(to, { key: `${source}/sent`, codec: 'none' }, Readable.from(contents))
}

describe('an upload fails with its code and is aborted when the bucket', () => {
  const broken: [string, Request, Fault][] = [
    ['breaks off every connection', 'part', { kind: 'refuse' }],
    ['cuts every part in its middle', 'part', { kind: 'cut-request', afterBytes: 3_000_000 }],
    ['throttles for ever', 'part', { kind: 'throttle' }],
    ['takes a part and never answers', 'part', SILENT],
    ['answers every completion with an error', 'complete', ERROR],
    ['answers every completion with an error and status 200', 'complete', HIDDEN],
    ['does so with another line end', 'complete', HIDDEN_LINE],
  ]
  test.each(sampleOf(broken))('%s', async (_what, kind, fault) => {
    const asked = fail(kind, fault)
    await expect(send('broken', storeFor(fault))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(asked()).toBeGreaterThan(0)
    expect(await storage.openUploads()).toEqual([])
    expect(await storage.store.listKeys('broken/')).toEqual([])
  })
})

describe('an upload succeeds when the bucket', () => {
  const recovered: [string, Request, Fault][] = [
    ['throttles each part the first time', 'part', { kind: 'throttle' }],
    ['cuts each part in its middle the first time', 'part', { kind: 'cut-request', afterBytes: 500_000 }],
    ['keeps silent about each part the first time', 'part', SILENT],
    ['loses the first answer to each part', 'part', { kind: 'lose-answer' }],
    ['fails to complete the first time', 'complete', HIDDEN],
    ['completes and loses the answer', 'complete', { kind: 'lose-answer' }],
  ]
  test.each(sampleOf(recovered, 1))('%s', async (_what, kind, fault) => {
    const asked = fail(kind, fault, 'once')
    const { object } = await send('recovered', storeFor(fault))
    expect(asked()).toBeGreaterThan(1)
    expect(await storage.openUploads()).toEqual([])
    await checkObject(storage.store, object)
  })

  test.runIf(isThorough)('is slow: a part may take longer than the limit for silence', async () => {
    const idleMs = 5_000 // no pause of a busy machine is as long
    proxy.faults = () => ({ kind: 'slow-request', pauseMs: 20 })
    const upload = await storeWith({ idleMs, attempts: 1 }).startUpload('slow/part', 'text/plain')
    const startedAt = performance.now()
    const part = Buffer.alloc(28 * 1024 * 1024) // so large that the network's own buffers hold little of it
    await upload.write(part)
    await upload.complete()
    expect(performance.now() - startedAt).toBeGreaterThan(1.5 * idleMs)
    expect((await readAll(storage.store, { key: 'slow/part' })).equals(part)).toBe(true)
  })
})

describe('a dump leaves no backup and no upload when the bucket', () => {
  const broken: [string, Request, Fault][] = [
    ['is cut off in the middle of a part', 'part', { kind: 'cut-request', afterBytes: 3_000_000 }],
    ['never answers the completion', 'complete', SILENT],
    ['refuses the manifest', 'manifest', ERROR],
  ]
  test.each(sampleOf(broken, 1))('%s', async (_what, kind, fault) => {
    fail(kind, fault)
    await expect(dump(storeFor(fault), database.url, kind)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(await sound(kind)).toEqual({ backups: 0, uploads: 0 })
  })
})

describe('a dump is one backup when the bucket', () => {
  test.runIf(isThorough).each<Request>(['manifest', 'part', 'complete'])(
    'loses the first answer to each %s',
    async (kind) => {
      const source = `recovered-${kind}`
      const asked = fail(kind, { kind: 'lose-answer' }, 'once')
      await dump(store, database.url, source)
      expect(asked()).toBeGreaterThan(1)
      expect(await sound(source)).toEqual({ backups: 1, uploads: 0 })
      expect(await storage.store.listKeys(`${source}/`)).toHaveLength(2)
    },
  )

  test.runIf(isThorough)(
    'begins its upload twice after a lost answer; the unknown upload is aborted after a day',
    async () => {
      fail('begin', { kind: 'lose-answer' }, 'once')
      await dump(store, database.url, 'begun-twice')
      expect(await sound('begun-twice', 'killed')).toEqual({ backups: 1, uploads: 1 })
    },
  )
})

test.each<[string, Fault]>(
  sampleOf([
    ['never answers', SILENT],
    ['stops in the middle', { kind: 'stall', afterBytes: 1_000_000 }],
  ]),
)('reading from a bucket that %s fails in time and says why', async (_how, fault) => {
  await send('read')
  proxy.faults = ({ method }) => (method === 'GET' ? fault : undefined)
  const startedAt = performance.now()
  await expect(readAll(hasty, { key: 'read/sent' })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  expect(performance.now() - startedAt).toBeLessThan(PATIENT_MS)
})

test.runIf(isThorough)('a reader that is slower than the limit for silence loses no data', async () => {
  await send('read')
  let bytes = 0
  for await (const piece of await hasty.read({ key: 'read/sent' })) {
    if (bytes === 0) await pause(2 * IDLE_MS)
    bytes += piece.length
  }
  expect(bytes).toBe(9_000_000)
})

test.runIf(isThorough)(
  'an upload that another process removed fails the backup, even if an object has its key',
  async () => {
    await storage.store.putJson('taken/sent', 'of another run')
    const asked = fail('complete', { kind: 'answer', status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' })
    await expect(send('taken')).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      cause: { name: 'NoSuchUpload' },
    })
    expect(asked()).toBe(1)
    expect(await storage.openUploads()).toEqual([])
  },
)

test.runIf(isThorough)('aborting an upload does not wait for a silent bucket', async () => {
  fail('part', SILENT)
  const upload = await storeWith({}).startUpload('given/up', 'text/plain')
  await upload.write(Buffer.alloc(9_000_000))
  await upload.abort()
  expect(await storage.openUploads()).toEqual([])
  await expect(upload.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})

test.runIf(isThorough)(
  'a run fails if every answer to its manifest is lost; the backup is complete, listed and can be proven',
  async () => {
    fail('manifest', { kind: 'lose-answer' })
    await expect(dump(store, database.url, 'unheard')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(await sound('unheard')).toEqual({ backups: 1, uploads: 0 })
  },
)

test.runIf(isThorough)('a dump ends at its deadline even while the bucket is silent', async () => {
  fail('part', SILENT)
  const startedAt = performance.now()
  const dumping = dumpDatabase(
    { store: storeWith({}), clock: systemClock },
    {
      id: createBackupId(systemClock.now(), 'abcdef'),
      source: 'late',
      databaseUrl: database.url,
      toolVersion: TOOL_VERSION,
      deadline: new Date(systemClock.now().getTime() + 1_000),
    },
  )
  await expect(dumping).rejects.toMatchObject({
    code: 'BACKUP_FAILED',
    message: expect.stringMatching(/^the time ran out.*; [01] of 1 table done$/),
  })
  expect(performance.now() - startedAt).toBeLessThan(20_000)
  expect(await sound('late')).toEqual({ backups: 0, uploads: 0 })
})

test('a run without a stack aborts the old uploads of killed runs, and no other uploads', async () => {
  const past = await startTestStore(new TestClock(new Date(systemClock.now().getTime() - 3 * DAY_MS)))
  vi.stubEnv('AWS_ENDPOINT_URL_S3', past.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', LOCAL_CREDENTIALS.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', LOCAL_CREDENTIALS.secretAccessKey)
  const ours = 'safe/shop/2026/11/20261118T000000Z-abcdef/dump.sql.gz'
  const others = ['safe/shop/film.mp4', 'shop/2026/11/20261118T000000Z-abcdef/dump.sql.gz']
  for (const key of [ours, ...others]) await past.store.startUpload(key, 'text/plain')
  const place = `s3://${BUCKET}/safe`
  await openStore(place, process.env, 'read')
  expect(await past.openUploads()).toHaveLength(3)
  await openStore(place, process.env, 'write')
  expect(await past.openUploads()).toEqual(others)
  vi.unstubAllEnvs()
  await past.close()
})

test.runIf(isThorough)('a run after all these faults is proven', async () => {
  await expectNextProven(storage.store, database.url, 'after', tmpdir())
  expect(await storage.openUploads()).toEqual([])
})
