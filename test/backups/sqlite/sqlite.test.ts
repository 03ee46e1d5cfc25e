import { copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import * as fc from '../../support/seeded.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listBackups } from '#backups/store/catalog'
import type { ProofCheck, SqliteManifest } from '#backups/format/manifest'
import { runCheck } from '#backups/proof/checks'
import { proveInTime, type ProofWatch } from '#backups/proof/watch'
import { checkObject } from '#backups/store/read-object'
import type { SqliteDumpDeps } from '#backups/sqlite/dump'
import { examineSqlite } from '#backups/sqlite/copy'
import { restoreSqlite } from '#backups/sqlite/restore'
import { openSqliteRoom, rowsOfFile, type SqliteRoom } from '../../support/sqlite-room.ts'

let room: SqliteRoom
let dir: string
let storeDir: string
let deps: SqliteDumpDeps
let make: SqliteRoom['make']
let dump: SqliteRoom['dump']
beforeEach(async () => {
  room = await openSqliteRoom()
  ;({ dir, storeDir, deps, make, dump } = room)
})
afterEach(() => room.close())

async function examine(manifest: SqliteManifest): Promise<ProofCheck[]> {
  const hash = await runCheck('stream hash', 1, () => checkObject(deps.store, manifest.object))
  return hash.passed
    ? [hash, ...(await inAnHour((watch) => examineSqlite({ ...deps, watch }, manifest))).checks]
    : [hash]
}

function inAnHour<T>(work: (watch: ProofWatch) => Promise<T>): Promise<T> {
  const deadline = new Date(deps.clock.now().getTime() + 3_600_000)
  return proveInTime(deps.clock, { what: 'a file', deadline }, work)
}

function failureOf(manifest: SqliteManifest): Promise<string | undefined> {
  return examine(manifest).then((checks) => checks.find(({ passed }) => !passed)?.reason)
}

async function tempFiles(): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith('hunter-'))
}

describe.each(['gzip', 'none'] as const)('with codec %s', (codec) => {
  test('everything is restored: rows, definitions, settings of the file, and the content of virtual tables', async () => {
    const path = make('live.db')
    const manifest = await dump(path, { codec })
    expect(manifest.object.key.endsWith(codec === 'gzip' ? 'database.sqlite.gz' : 'database.sqlite')).toBe(true)
    expect(manifest.tables.map(({ name, rows }) => [name, rows])).toEqual(
      expect.arrayContaining([
        ['odd "name", ğ', 4],
        ['plain', 500],
        ['empty', 500],
        ['without_rowid', 1],
        ['sqlite_sequence', 1],
      ]),
    )
    const checks = await examine(manifest)
    expect(checks.map(({ level, passed }) => [level, passed])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, true],
    ])
    const copy = join(dir, 'copy.db')
    await restoreSqlite(deps, { source: 'shop', id: manifest.id, path: copy })
    for (const sql of [
      'SELECT * FROM "odd ""name"", ğ"',
      `SELECT type, name, sql FROM sqlite_schema ORDER BY name`,
      'PRAGMA user_version',
      'PRAGMA application_id',
      'PRAGMA page_size',
      `SELECT word FROM words WHERE words MATCH 'needle'`,
    ]) {
      expect(rowsOfFile(copy, sql)).toEqual(rowsOfFile(path, sql))
    }
    expect(await tempFiles()).toEqual([])
  })
})

test('gunzip turns the object into a database', async () => {
  const manifest = await dump(make('live.db'))
  const bytes = gunzipSync(await readFile(join(storeDir, manifest.object.key)))
  expect(bytes.subarray(0, 15).toString()).toBe('SQLite format 3')
})

test.each(['wal', 'delete'])(
  'a backup is one consistent snapshot while another connection writes, in journal mode %s',
  async (mode) => {
    const path = make('live.db', `PRAGMA journal_mode = ${mode}; CREATE TABLE pairs (a INTEGER, b INTEGER)`)
    const writer = new DatabaseSync(path)
    writer.exec('INSERT INTO pairs VALUES (1, 1); INSERT INTO pairs VALUES (2, 2)')
    if (mode === 'wal') writer.exec('BEGIN; INSERT INTO pairs VALUES (3, NULL)')
    const manifest = await dump(path)
    if (mode === 'wal') writer.exec('ROLLBACK')
    writer.close()
    expect(manifest).toMatchObject({ database: { journalMode: mode }, tables: [{ name: 'pairs', rows: 2 }] })
    const copy = join(dir, 'copy.db')
    await restoreSqlite(deps, { source: 'shop', id: manifest.id, path: copy })
    expect(rowsOfFile(copy, 'PRAGMA journal_mode')).toEqual([[mode]])
    expect(rowsOfFile(copy, 'SELECT a, b FROM pairs ORDER BY 1')).toEqual([
      [1, 1],
      [2, 2],
    ])
  },
)

describe('a source that cannot be backed up is named, and leaves nothing', () => {
  /** Returns why the dump failed; nothing of it remains. */
  async function refusal(path: string): Promise<unknown> {
    const failure = await dump(path).then(
      () => 'none',
      (error: unknown) => error,
    )
    expect(await listBackups(deps.store, 'shop')).toEqual([])
    expect(await tempFiles()).toEqual([])
    return failure
  }

  test('a file that is not there, a folder, an empty file, a text', async () => {
    await writeFile(join(dir, 'empty'), '')
    await writeFile(join(dir, 'text'), 'this is no database '.repeat(500))
    for (const name of ['none', '.', 'empty', 'text']) {
      const failure = { code: 'SOURCE_INVALID', message: expect.stringContaining(join(dir, name)) }
      expect(await refusal(join(dir, name))).toMatchObject(failure)
    }
  })

  test('a damaged database', async () => {
    const path = make('live.db')
    const bytes = await readFile(path)
    bytes.fill(0xff, 3 * 1024, 12 * 1024)
    await writeFile(path, bytes)
    expect(await refusal(path)).toMatchObject({ code: 'SOURCE_DAMAGED' })
  })

  test('an index without one of its entries, which a copy would repair silently', async () => {
    const path = make('live.db', 'CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 3), (2, 4)')
    const bytes = await readFile(path)
    bytes.write('b', bytes.indexOf('INDEX i ON t (a') + 14)
    await writeFile(path, bytes)
    expect(await refusal(path)).toMatchObject({ code: 'SOURCE_DAMAGED' })
  })

  test('a database whose writer crashed, which only a writer can repair', async () => {
    const path = make('live.db', 'CREATE TABLE t (a); INSERT INTO t VALUES (hex(randomblob(60000)))')
    const writer = new DatabaseSync(path)
    writer.exec('PRAGMA cache_size = 2; BEGIN; UPDATE t SET a = hex(randomblob(60000))')
    const crashed = join(dir, 'crashed.db')
    await copyFile(path, crashed)
    await copyFile(`${path}-journal`, `${crashed}-journal`)
    writer.exec('ROLLBACK')
    writer.close()
    const failure = { code: 'SOURCE_DAMAGED', message: expect.stringContaining('has an unfinished write') }
    expect(await refusal(crashed)).toMatchObject(failure)
    new DatabaseSync(crashed).exec('DELETE FROM t WHERE false')
    expect(await dump(crashed)).toMatchObject({ tables: [{ rows: 1 }] })
  })

  test('a database that another program has locked', async () => {
    const path = make('live.db', 'CREATE TABLE t (a)')
    const other = new DatabaseSync(path)
    other.exec('BEGIN EXCLUSIVE')
    const failure = { code: 'DATABASE_UNAVAILABLE', message: expect.stringContaining('locked') }
    expect(await refusal(path)).toMatchObject(failure)
    other.close()
  })

  test('a store that cannot be written', async () => {
    await writeFile(storeDir, 'a file')
    await expect(dump(make('live.db'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await rm(storeDir)
  })
})

describe('proof', () => {
  test('never verifies a backup with a changed byte, or one that is truncated, empty or missing', async () => {
    const manifest = await dump(make('live.db'))
    const path = join(storeDir, manifest.object.key)
    const bytes = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] as number) ^ change
        await writeFile(path, changed)
        expect(await failureOf(manifest)).toBeDefined()
      }),
      { numRuns: 40 },
    )
    for (const length of [0, 10, bytes.length - 1]) {
      await writeFile(path, bytes)
      await truncate(path, length)
      expect(await failureOf(manifest)).toMatch(/bytes/)
    }
    await rm(path)
    expect(await failureOf(manifest)).toMatch(/missing/)
    expect(await tempFiles()).toEqual([])
  })

  test('finds a changed row, a missing row and a missing table even if every hash of bytes matches', async () => {
    const good = await dump(make('good.db', 'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); CREATE TABLE u (a)'))
    const tampered = [
      'CREATE TABLE t (a); INSERT INTO t VALUES (1), (3); CREATE TABLE u (a)',
      `CREATE TABLE t (a); INSERT INTO t VALUES (1), ('2'); CREATE TABLE u (a)`,
      'CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TABLE u (a)',
      'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)',
      'CREATE TABLE t (b); INSERT INTO t VALUES (1), (2); CREATE TABLE u (a)',
    ]
    for (const [at, sql] of tampered.entries()) {
      const bad = await dump(make(`bad-${at}.db`, sql))
      expect(await failureOf({ ...bad, tables: good.tables })).toMatch(/^t |^u /)
    }
  })
})
