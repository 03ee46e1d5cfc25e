import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { listBackups } from '#backups/store/catalog'
import { createFileStore } from '#backups/store/file-store'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { restoreBackup } from '#backups/restore/replace-live'
import { readRetentionPlan } from '#backups/retention/apply-tags'
import { openSession, withDatabase } from '#backups/postgres/session'
import { createTagStore } from '#backups/store/tag-store'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { startFaultyProxy } from '../../support/faulty-proxy.ts'
import { type FaultyTcp, startFaultyTcp } from '../../support/faulty-tcp.ts'
import { runDumpProcess } from '../../support/run-dump-process.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { expectNoTraces, expectSound, expectWholeCatalog, hashOf } from './after-fault.ts'
import { dump, LARGE_ROWS, LARGE_TABLE, runSql } from '../fixtures.ts'
import { boundProofOf } from '../made-up.ts'
import { newestPostgres } from '../../support/newest-postgres.ts'

const HAS_PRLIMIT = spawnSync('prlimit', ['--version']).status === 0
const BIG_MIB = Number(process.env['HUNTER_DUMP_SLOW_MIB'] ?? 32)

/** A server of this file's own, which the tests may break. */
let dir: string
let server: PostgresServer
let storage: TestStore
let hash: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-faults-'))
  server = await startPostgres({ ...(await newestPostgres()), dir, durable: false })
  storage = await startTestStore(systemClock)
  await runSql(server.url, 'CREATE DATABASE live')
  await runSql(live(), LARGE_TABLE)
  await runSql(live(), 'ALTER TABLE large ADD PRIMARY KEY (id)')
  hash = await hashOf(live())
})
afterAll(async () => {
  await storage.close()
  await server.close()
  await rm(dir, { recursive: true, force: true })
})

const live = () => withDatabase(server.url, 'live')

function sound(source: string, proves = false) {
  const proveIn = proves ? tmpdir() : undefined
  return expectSound({ storage, databaseUrl: live(), source, hash, was: 'failed', proveIn })
}

/** A store that calls back once it holds this much of the dump. */
function atByte(bytes: number, happens: () => Promise<unknown> | void): ObjectStore {
  const { store } = storage
  return {
    ...store,
    startUpload: async (key, contentType) => {
      const upload = await store.startUpload(key, contentType)
      let written = 0
      const write = async (chunk: Buffer) => {
        const isMoment = written <= bytes && bytes < written + chunk.length
        written += chunk.length
        if (isMoment) await happens()
        await upload.write(chunk)
      }
      return { ...upload, write }
    },
  }
}

describe('a database server that restarts in the middle of a dump', () => {
  const ways: [string, NodeJS.Signals][] = [
    ['fast', 'SIGINT'],
    ['at once, as after a crash,', 'SIGQUIT'],
  ]
  test.runIf(isThorough).each(ways)('%s fails the dump and harms nothing else', async (_how, signal) => {
    const restart = async () => {
      process.kill(server.pid, signal)
      await server.close()
    }
    const failed = dump(atByte(20_000, restart), live(), signal.toLowerCase())
    await expect(failed).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    server = await startPostgres({ ...(await newestPostgres()), dir, durable: false })
    expect(await sound(signal.toLowerCase(), signal === 'SIGQUIT')).toEqual({ backups: 0, uploads: 0 })
  })
})

describe('a connection to the database that breaks', () => {
  let proxy: FaultyTcp
  beforeAll(async () => {
    proxy = await startFaultyTcp(server.url)
  })
  afterEach(() => void (proxy.breaks = () => false))
  afterAll(() => proxy.close())

  const COPY_OUT = 'H'.codePointAt(0)
  const places: [string, FaultyTcp['breaks']][] = [
    ['in the middle of a COPY', (_piece, sentBytes) => sentBytes > 1_000_000],
    ['as a COPY begins', (piece) => piece[0] === COPY_OUT],
    ['while pg_dump reads the definitions', (piece) => piece.includes('attstorage')],
    ['at its first byte', () => true],
  ]
  test.each(sampleOf(places))('%s fails the dump and harms nothing else', async (what, breaks) => {
    const source = `cut-${places.findIndex(([name]) => name === what)}`
    let broken = 0
    proxy.breaks = (...about) => {
      const isTime = breaks(...about)
      if (isTime) broken += 1
      return isTime
    }
    await expect(dump(storage.store, proxy.urlOf(live()), source)).rejects.toMatchObject({
      code: expect.stringMatching(/^(BACKUP_FAILED|DATABASE_UNAVAILABLE)$/),
    })
    expect(broken).toBeGreaterThan(0)
    expect(await sound(source)).toEqual({ backups: 0, uploads: 0 })
  })
})

test('the server checks within minutes whether a silent dump still exists', async () => {
  const session = await openSession(live())
  const { rows } = await session.query(
    `SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp\\_keepalives\\_%' ORDER BY 1`,
  )
  await session.end()
  expect(rows).toEqual([
    { name: 'tcp_keepalives_count', setting: '6' },
    { name: 'tcp_keepalives_idle', setting: '60' },
    { name: 'tcp_keepalives_interval', setting: '10' },
  ])
})

describe('a disk that is full', () => {
  let folder: string
  let store: ObjectStore
  beforeEach(async () => {
    folder = await mkdtemp(join(dir, 'store-'))
    store = createFileStore({ dir: folder, randomHex: () => randomBytes(4).toString('hex') })
  })

  const left = async () => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((e) => e.isFile())

  test.skipIf(!HAS_PRLIMIT || !isThorough)(
    'under the folder of the backups leaves no backup and no partial file; the next run succeeds',
    async () => {
      const input = { to: { dir: folder }, from: { databaseUrl: live() }, source: 'full' }
      const { failure } = await runDumpProcess(input, { fileBytesMax: 100_000 })
      expect(failure).toMatch(/^STORAGE_UNAVAILABLE: .*EFBIG/)
      expect(await left()).toEqual([])
      await expectNoTraces(live())
      expect(await listBackups(store, 'full')).toEqual([])
      const { id } = await dump(store, live(), 'full')
      expect(await expectWholeCatalog(store, 'full')).toMatchObject([{ id }])
      expect(await hashOf(live())).toBe(hash)
    },
  )

  test.skipIf(!HAS_PRLIMIT || !isThorough)(
    'under the copy of a SQLite file does the same, and removes the copy',
    async () => {
      const [path, tempDir] = [join(folder, 'live.sqlite'), await mkdtemp(join(dir, 'temp-'))]
      const db = new DatabaseSync(path)
      db.exec('CREATE TABLE notes AS SELECT hex(randomblob(500000)) AS note')
      db.close()
      const { failure } = await runDumpProcess(
        { to: { dir: join(folder, 'store') }, from: { path, tempDir }, source: 'lite' },
        { fileBytesMax: 300_000 },
      )
      expect(failure).toMatch(/^BACKUP_FAILED: /)
      expect(await readdir(tempDir)).toEqual([])
      expect((await left()).map(({ name }) => name)).toEqual(['live.sqlite'])
    },
  )
})

test.runIf(isThorough)(
  'a dump uses little memory even if the bucket is slower than the database',
  { timeout: 600_000 },
  async () => {
    await runSql(server.url, 'CREATE DATABASE big')
    const big = withDatabase(server.url, 'big')
    await runSql(
      big,
      `CREATE TABLE big AS SELECT n, (SELECT string_agg(md5(n || ' ' || m), '') FROM generate_series(1, 1000) m) AS text
      FROM generate_series(1, ${Math.ceil((BIG_MIB * 1024) / 32)}) n`,
    )
    const proxy = await startFaultyProxy(storage.url)
    proxy.faults = () => ({ kind: 'slow-request', pauseMs: 5 })
    const { maxRssMib, failure, ranMs } = await runDumpProcess({
      to: { s3Url: proxy.url },
      from: { databaseUrl: big },
      source: 'big',
    })
    await proxy.close()
    await runSql(server.url, 'DROP DATABASE big')
    console.log(`${BIG_MIB} MiB at a slow bucket: ${Math.round(maxRssMib)} MiB resident, ${Math.round(ranMs)} ms`)
    expect(failure).toBeUndefined()
    expect(maxRssMib).toBeLessThan(350)
  },
)

describe('at the same time', () => {
  test.runIf(isThorough)('two backups of one database both succeed, and retention handles both', async () => {
    const input = { to: { s3Url: storage.url }, from: { databaseUrl: live() }, source: 'twice' }
    const runs = await Promise.all([runDumpProcess(input), runDumpProcess(input)])
    expect(runs.map(({ failure }) => failure)).toEqual([undefined, undefined])
    const ids = runs.map(({ id = '' }) => id).toSorted((one, other) => (one < other ? 1 : -1))
    expect(await sound('twice')).toEqual({ backups: 2, uploads: 0 })
    const deps = { store: storage.store, tags: createTagStore({ s3: storage.s3, bucket: BUCKET }) }
    for (const id of ids.map(parseBackupId)) {
      const manifest = (await storage.store.getJson(buildBackupKeys('twice', id).manifest)) as Manifest
      await storage.store.putJson(buildBackupKeys('twice', id).proof, boundProofOf(manifest))
    }
    const plan = await readRetentionPlan(deps, { source: 'twice', timezone: 'UTC', now: systemClock.now() })
    expect(plan.map(({ id, tier }) => [id, tier])).toEqual([
      [ids[0], undefined],
      [ids[1], 'monthly'],
    ])
  })

  test.runIf(isThorough)(
    'a restore ends a running dump of the database that it replaces; the next dump contains the new database',
    async () => {
      const manifest = await dump(storage.store, live(), 'restored')
      await runSql(live(), `INSERT INTO large VALUES (0, 'later')`)
      const deps = { store: storage.store, clock: systemClock }
      const restore = () => restoreBackup(deps, { source: 'restored', id: manifest.id, databaseUrl: live() })
      await expect(dump(atByte(20_000, restore), live(), 'replaced')).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
      expect(await listBackups(storage.store, 'replaced')).toEqual([])
      expect(await storage.openUploads()).toEqual([])
      const next = selectTableMembers(await dump(storage.store, live(), 'replaced'))
      expect(next.reduce((sum, { rows }) => sum + rows, 0)).toBe(LARGE_ROWS)
    },
  )
})
