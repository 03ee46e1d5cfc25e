import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newBackupId } from '#backups/backup-id'
import { listBackups } from '#backups/catalog'
import { createFileStore } from '#backups/file-store'
import type { Codec, ProofCheck, SqliteManifest } from '#backups/manifest'
import { keysOf } from '#backups/object-keys'
import type { ObjectStore } from '#backups/object-store'
import { type SqliteDumpDeps, dumpSqlite } from '#backups/sqlite-dump'
import { check } from '#backups/proof-checks'
import { checkObject } from '#backups/read-object'
import { examineSqlite } from '#backups/sqlite-proof'
import { restoreSqlite } from '#backups/sqlite-restore'
import { systemClock } from '#platform/clock'

let dir: string
let storeDir: string
let store: ObjectStore
let deps: SqliteDumpDeps
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-sqlite-test-'))
  storeDir = join(dir, 'store')
  store = createFileStore({ dir: storeDir, randomHex: () => randomBytes(4).toString('hex') })
  deps = { store, clock: systemClock, tempDir: dir }
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A database with a bit of everything that SQLite stores. */
function make(name: string, sql = EVERYTHING): string {
  const path = join(dir, name)
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
  return path
}

const EVERYTHING = `
  PRAGMA page_size = 1024;
  PRAGMA user_version = 7;
  PRAGMA application_id = 4711;
  CREATE TABLE "odd ""name"", ğ" (id INTEGER PRIMARY KEY AUTOINCREMENT, "a,b" TEXT, "x
y" BLOB, r REAL, any, twice AS (r * 2));
  INSERT INTO "odd ""name"", ğ" ("a,b", "x
y", r, any) VALUES ('one', x'00ff0a', 1.5, 9007199254740993), ('two' || char(0) || 'three', NULL, 9e999, 'i1'),
    (CAST(x'ff0afe' AS TEXT), x'', -0.0, x'6931'), ('', NULL, NULL, NULL);
  CREATE TABLE plain (a, b);
  CREATE TABLE empty (a);
  CREATE TABLE without_rowid (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
  INSERT INTO without_rowid VALUES ('k', 'v');
  CREATE INDEX plain_a ON plain (a);
  CREATE VIEW seen AS SELECT a FROM plain;
  CREATE TRIGGER copied AFTER INSERT ON plain BEGIN INSERT INTO empty VALUES (new.a); END;
  CREATE VIRTUAL TABLE words USING fts5 (word);
  INSERT INTO words VALUES ('needle in the haystack');
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    INSERT INTO plain SELECT i, hex(randomblob(20)) FROM n;`

let number = 0
function dump(path: string, codec: Codec = 'gzip'): Promise<SqliteManifest> {
  number += 1
  const id = newBackupId(new Date('2026-11-20T00:00:00Z'), number.toString(16).padStart(6, '0'))
  return dumpSqlite(deps, { id, source: 'shop', path, toolVersion: '0.0.0-test', codec })
}

async function examine(manifest: SqliteManifest): Promise<ProofCheck[]> {
  const hash = await check('stream hash', 1, () => checkObject(store, manifest.object))
  return hash.passed ? [hash, ...(await examineSqlite(deps, manifest)).checks] : [hash]
}

function failureOf(manifest: SqliteManifest): Promise<string | undefined> {
  return examine(manifest).then((checks) => checks.find(({ passed }) => !passed)?.reason)
}

function rowsOf(path: string, sql: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const select = db.prepare(sql)
    select.setReadBigInts(true)
    const exactly = (value: unknown) =>
      typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
    return select.all().map((row) => Object.values(row).map(exactly))
  } finally {
    db.close()
  }
}

async function tempFiles(): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith('hunter-'))
}

describe.each(['gzip', 'none'] as const)('with codec %s', (codec) => {
  test('everything comes back: rows, definitions, settings of the file, what only virtual tables show', async () => {
    const path = make('live.db')
    const manifest = await dump(path, codec)
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
      expect(rowsOf(copy, sql)).toEqual(rowsOf(path, sql))
    }
    expect(await tempFiles()).toEqual([])
  })
})

test('the object is what gunzip makes a database of', async () => {
  const manifest = await dump(make('live.db'))
  const bytes = gunzipSync(await readFile(join(storeDir, manifest.object.key)))
  expect(bytes.subarray(0, 15).toString()).toBe('SQLite format 3')
})

test.each(['wal', 'delete'])('sees one moment while another connection writes, journal mode %s', async (mode) => {
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
  expect(rowsOf(copy, 'PRAGMA journal_mode')).toEqual([[mode]])
  expect(rowsOf(copy, 'SELECT a, b FROM pairs ORDER BY 1')).toEqual([
    [1, 1],
    [2, 2],
  ])
})

describe('a source that cannot be backed up is named, and leaves nothing', () => {
  /** Why the dump failed; nothing is left of it. */
  async function refusal(path: string): Promise<unknown> {
    const failure = await dump(path).then(
      () => 'none',
      (error: unknown) => error,
    )
    expect(await listBackups(store, 'shop')).toEqual([])
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

  test('an index that lost an entry, which a copy would mend in silence', async () => {
    const path = make('live.db', 'CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 3), (2, 4)')
    const bytes = await readFile(path)
    bytes.write('b', bytes.indexOf('INDEX i ON t (a') + 14)
    await writeFile(path, bytes)
    expect(await refusal(path)).toMatchObject({ code: 'SOURCE_DAMAGED' })
  })

  test('a database whose writer crashed, which nothing but a writer can put right', async () => {
    const path = make('live.db', 'CREATE TABLE t (a); INSERT INTO t VALUES (hex(randomblob(60000)))')
    const writer = new DatabaseSync(path)
    writer.exec('PRAGMA cache_size = 2; BEGIN; UPDATE t SET a = hex(randomblob(60000))')
    const crashed = join(dir, 'crashed.db')
    await copyFile(path, crashed)
    await copyFile(`${path}-journal`, `${crashed}-journal`)
    writer.exec('ROLLBACK')
    writer.close()
    const failure = { code: 'SOURCE_DAMAGED', message: expect.stringContaining('middle of a write') }
    expect(await refusal(crashed)).toMatchObject(failure)
    new DatabaseSync(crashed).exec('DELETE FROM t WHERE false')
    expect(await dump(crashed)).toMatchObject({ tables: [{ rows: 1 }] })
  })

  test('a database that another program keeps locked', async () => {
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
  test('no backup with a changed byte, cut short, empty or gone is verified', async () => {
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
    expect(await failureOf(manifest)).toMatch(/gone/)
    expect(await tempFiles()).toEqual([])
  })

  test('sees one changed row, one missing row and one missing table even where every hash of bytes agrees', async () => {
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

describe('restore', () => {
  test('keeps what was in the place, with its log, and gives the copy its rights', async () => {
    const path = make('live.db', `CREATE TABLE t (a); INSERT INTO t VALUES ('backed up')`)
    const { id } = await dump(path)
    await chmod(path, 0o640)
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA journal_mode = wal; UPDATE t SET a = 'later'`)
    db.close()
    const report = await restoreSqlite(deps, { source: 'shop', id, path })
    expect(report).toMatchObject({ id, path, keptAs: `${path}.before-${id}`, tables: 1, rows: 1 })
    expect(rowsOf(path, 'SELECT a FROM t')).toEqual([['backed up']])
    expect(rowsOf(report.keptAs as string, 'SELECT a FROM t')).toEqual([['later']])
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    const again = await restoreSqlite(deps, { source: 'shop', id, path })
    expect(again.keptAs).toBe(`${path}.before-${id}-2`)
  })

  test('replaces a broken file, and keeps it', async () => {
    const path = make('live.db')
    const { id } = await dump(path)
    await writeFile(path, 'broken')
    await writeFile(`${path}-wal`, 'broken, too')
    const { keptAs } = await restoreSqlite(deps, { source: 'shop', id, path })
    expect(await readFile(keptAs as string, 'utf8')).toBe('broken')
    expect(await readFile(`${keptAs}-wal`, 'utf8')).toBe('broken, too')
    expect(rowsOf(path, 'SELECT count(*) FROM plain')).toEqual([[500]])
  })

  test('leaves a database alone that another program has open', async () => {
    const path = make('live.db', 'PRAGMA journal_mode = wal; CREATE TABLE t (a)')
    const { id } = await dump(path)
    const other = new DatabaseSync(path)
    other.exec('INSERT INTO t VALUES (1)')
    const restoring = restoreSqlite(deps, { source: 'shop', id, path })
    await expect(restoring).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
    expect(rowsOf(path, 'SELECT a FROM t')).toEqual([[1]])
    other.close()
    expect((await readdir(dir)).filter((name) => name.includes('restore-'))).toEqual([])
  })

  test('of a damaged backup changes nothing', async () => {
    const path = make('live.db', 'CREATE TABLE t (a)')
    const manifest = await dump(path)
    await truncate(join(storeDir, manifest.object.key), 50)
    const before = await readFile(path)
    const restoring = restoreSqlite(deps, { source: 'shop', id: manifest.id, path })
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect((await readFile(path)).equals(before)).toBe(true)
    expect((await readdir(dir)).sort()).toEqual(['live.db', 'store'])
  })

  test('to a folder, or below a file, is refused by name', async () => {
    const path = make('live.db', 'CREATE TABLE t (a)')
    const { id } = await dump(path)
    for (const [to, code] of [
      [storeDir, 'RESTORE_TARGET_IN_USE'],
      [join(path, 'below'), 'RESTORE_FAILED'],
      [join(dir, 'none', 'x.db'), 'RESTORE_FAILED'],
    ] as const) {
      await expect(restoreSqlite(deps, { source: 'shop', id, path: to })).rejects.toMatchObject({ code })
    }
    expect((await readdir(dir)).sort()).toEqual(['live.db', 'store'])
  })

  test('of another kind of backup is refused by name', async () => {
    const manifest = await dump(make('live.db'))
    const postgres = { ...manifest, kind: 'config', config: { files: [], warnings: [] } }
    await store.putJson(keysOf('shop', manifest.id).manifest, postgres)
    const restoring = restoreSqlite(deps, { source: 'shop', id: manifest.id, path: join(dir, 'copy.db') })
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_UNSUPPORTED' })
  })
})
