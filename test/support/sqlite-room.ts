import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createBackupId } from '#backups/format/backup-id'
import { createFileStore } from '#backups/store/file-store'
import type { Codec, SqliteManifest } from '#backups/format/manifest'
import { dumpSqlite, type SqliteDumpDeps } from '#backups/sqlite/dump'
import { systemClock } from '#platform/clock'

/** A folder of a test's own with database files in it, and a store for their backups below it. */
export interface SqliteRoom {
  dir: string
  storeDir: string
  deps: SqliteDumpDeps
  /** A database file; without SQL, one with a bit of everything that SQLite stores. */
  make: (name: string, sql?: string) => string
  dump: (path: string, options?: { codec?: Codec; tempDir?: string }) => Promise<SqliteManifest>
  close: () => Promise<void>
}

export async function openSqliteRoom(): Promise<SqliteRoom> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-sqlite-test-'))
  const storeDir = join(dir, 'store')
  const store = createFileStore({ dir: storeDir, randomHex: () => randomBytes(4).toString('hex') })
  const deps = { store, clock: systemClock, tempDir: dir }
  return {
    dir,
    storeDir,
    deps,
    make: (name, sql = EVERYTHING) => {
      const db = new DatabaseSync(join(dir, name))
      db.exec(sql)
      db.close()
      return join(dir, name)
    },
    dump: (path, { codec = 'gzip', tempDir = dir } = {}) => {
      const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
      const about = { id, source: 'shop', toolVersion: '0.0.0-test', sameDatabase: true } as const // the same for all files
      return dumpSqlite({ ...deps, tempDir }, { ...about, path, codec })
    },
    close: () => rm(dir, { recursive: true, force: true }),
  }
}

/** The values of each row; numbers that JavaScript cannot hold as bigints. */
export function rowsOfFile(path: string, sql: string): unknown[] {
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
