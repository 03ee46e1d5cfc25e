import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as fc from '../../support/seeded.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { createFileStore, removeStalePartials } from '#backups/store/file-store'
import { mayHoldBackups } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { dumpSqlite } from '#backups/sqlite/dump'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { runDumpProcess as run } from '../../support/run-dump-process.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { expectNextProven, expectNoTraces, expectSound, expectWholeCatalog, hashOf } from './after-fault.ts'
import { runSql, TOOL_VERSION } from '../fixtures.ts'

const BY_HAND = process.env['HUNTER_DUMP_KILLS'] !== undefined
const KILLS = Number(process.env['HUNTER_DUMP_KILLS'] ?? 6)
/** Moment of the kill, as a fraction of a whole run. */
const PLACE = fc.noBias(fc.integer({ min: 0, max: 999 })).map((thousandth) => thousandth / 1_000)
const PLACES = fc.sample(PLACE, { numRuns: KILLS })

/** Rows that pack to some 10 MB: two parts of an upload. */
const SCHEMA = `CREATE TABLE notes (id int PRIMARY KEY, note text NOT NULL);
  CREATE TABLE tags (id int PRIMARY KEY, note int REFERENCES notes, tag text);
  CREATE INDEX ON tags (tag);
  INSERT INTO notes SELECT n, string_agg(md5(n || ' ' || m), '') FROM generate_series(1, 3000) n, generate_series(1, 180) m GROUP BY n;
  INSERT INTO tags SELECT n, n, 'tag ' || n FROM generate_series(1, 3000) n`

let dir: string
let storage: TestStore
let database: TestDatabase
let hash: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-faults-'))
  storage = await startTestStore(systemClock)
  database = await createTestDatabase()
  await runSql(database.url, SCHEMA)
  hash = await hashOf(database.url)
})
afterAll(async () => {
  await database.drop()
  await storage.close()
  await rm(dir, { recursive: true, force: true })
})

const toBucket = (source: string) => ({ to: { s3Url: storage.url }, from: { databaseUrl: database.url }, source })

/** A manual run proves a backup after each kill; the suite proves one after the last of several. */
function sound(source: string, isLast = false) {
  const proveIn = isLast || BY_HAND ? tmpdir() : undefined
  return expectSound({ storage, databaseUrl: database.url, source, hash, was: 'killed', proveIn })
}

describe('a dump that is killed with -9', () => {
  const Complete = 'CompleteMultipartUploadCommand'
  // the first request of a kind is the dump's, the second that of the settings
  const points: [string, string, number, 'before' | 'after', { backups: number; uploads: number }][] = [
    ['before its manifest', 'PutObjectCommand', 1, 'before', { backups: 0, uploads: 0 }],
    ['before its upload is completed', Complete, 1, 'before', { backups: 0, uploads: 1 }],
    ['as its upload is begun', 'CreateMultipartUploadCommand', 1, 'after', { backups: 0, uploads: 1 }],
    ['between two parts', 'UploadPartCommand', 2, 'before', { backups: 0, uploads: 1 }],
    ['after its upload is completed', Complete, 1, 'after', { backups: 0, uploads: 0 }],
    ['before its settings are complete', Complete, 2, 'before', { backups: 0, uploads: 1 }],
  ]
  test.each(sampleOf(points))('%s is no backup', async (what, command, nth, when, found) => {
    const source = `point-${points.findIndex(([name]) => name === what)}`
    const { signal } = await run({ ...toBucket(source), kill: { command, nth, when } })
    expect(signal).toBe('SIGKILL')
    expect(await sound(source)).toEqual(found)
  })

  test.runIf(isThorough)('after its manifest is a backup', async () => {
    const kill = { command: 'PutObjectCommand', nth: 1, when: 'after' } as const
    expect(await run({ ...toBucket('manifest'), kill })).toMatchObject({ signal: 'SIGKILL' })
    expect(await sound('manifest')).toEqual({ backups: 1, uploads: 0 })
  })

  test.runIf(isThorough)(
    'at a random moment leaves the complete backups and an upload that is aborted after a day',
    async () => {
      const { id, ...whole } = await run(toBucket('whole'))
      let { ranMs } = whole
      expect(id).toBeDefined()
      const seen = { killed: 0, backups: 0, uploads: 0 }
      for (const [at, place] of PLACES.entries()) {
        const source = `random-${at}`
        const { signal, ...ended } = await run(toBucket(source), { killAfterMs: place * ranMs })
        if (!signal) ranMs = Math.min(ranMs, ended.ranMs) // the machine was busier then
        const found = await sound(source, at === PLACES.length - 1)
        if (signal) seen.killed += 1
        expect(found.backups + (signal ? 1 : 0)).toBeGreaterThan(0) // a process that came to the end made a backup
        seen.backups += found.backups
        seen.uploads += found.uploads
      }
      console.log(`of ${KILLS} kills within ${Math.round(ranMs)} ms: ${JSON.stringify(seen)}`)
      expect(seen.killed).toBeGreaterThan(0)
    },
  )
})

/** Runs every other place: the rest are further cases of the same kind. */
const HALF = PLACES.filter((_place, at) => at % 2 === 0)

describe('a folder', () => {
  let folder: string
  let store: ObjectStore
  beforeEach(async () => {
    folder = await mkdtemp(join(dir, 'store-'))
    store = createFileStore({ dir: folder, randomHex: () => randomBytes(4).toString('hex') })
  })

  /** The only object without a manifest is a killed run's partial file; it is removed after a day. */
  async function expectOnlyPartials(): Promise<number> {
    const partials = (await readdir(folder, { recursive: true })).filter((name) => name.includes('.hunter-partial-'))
    expect((await store.listKeys('')).filter((key) => key.includes('.hunter-partial-'))).toEqual([])
    expect(await removeStalePartials(folder, new Date(systemClock.now().getTime() + 1_000), mayHoldBackups)).toEqual(
      partials,
    )
    return partials.length
  }

  test.runIf(isThorough)(
    'contains only complete backups after a dump was killed with -9 at a random moment',
    async () => {
      const input = (source: string) => ({ to: { dir: folder }, from: { databaseUrl: database.url }, source })
      const { ranMs } = await run(input('whole'))
      let partials = 0
      for (const [at, place] of HALF.entries()) {
        await run(input('files'), { killAfterMs: place * ranMs })
        await expectNoTraces(database.url)
        await expectWholeCatalog(store, 'files')
        partials += await expectOnlyPartials()
        if (BY_HAND || at === HALF.length - 1) await expectNextProven(store, database.url, 'files', tmpdir())
      }
      console.log(`${partials} of ${HALF.length} left a half-written file`)
      expect(await hashOf(database.url)).toBe(hash)
    },
  )

  test.runIf(isThorough)(
    'contains only complete backups after the backup of a SQLite file was killed, and the file is unchanged',
    async () => {
      const path = join(dir, 'live.sqlite')
      fillSqlite(path)
      const before = await fileHash(path)
      const tempDir = await mkdtemp(join(dir, 'temp-'))
      const input = (source: string) => ({ to: { dir: folder }, from: { path, tempDir }, source })
      const { ranMs } = await run(input('whole'))
      let copies = 0
      for (const place of HALF) {
        await run(input('lite'), { killAfterMs: place * ranMs })
        copies += (await readdir(tempDir)).length
        await expectWholeCatalog(store, 'lite')
        await expectOnlyPartials()
        expect(await fileHash(path)).toBe(before)
      }
      console.log(`${copies} times a copy was left`)
      await expectNextSqliteProven({ store, path, tempDir })
      expect(await readdir(tempDir)).toEqual([]) // the next run removed what the killed ones left
      expect(await fileHash(path)).toBe(before)
    },
  )
})

function fillSqlite(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA journal_mode = wal;
    CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO notes SELECT i, hex(randomblob(200)) FROM n;
    PRAGMA wal_checkpoint(TRUNCATE)`)
  db.close()
}

async function fileHash(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

async function expectNextSqliteProven({ path, ...deps }: { store: ObjectStore; path: string; tempDir: string }) {
  const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
  const about = { id, source: 'lite', toolVersion: TOOL_VERSION }
  await dumpSqlite({ ...deps, clock: systemClock }, { ...about, path, codec: 'gzip' })
  expect(await verifyBackup({ ...deps, clock: systemClock }, about)).toMatchObject({ verified: true, level: 4 })
}
