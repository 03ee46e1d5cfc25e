/** Definitions that other programs' SQLite accepts: text in double quotes, and names that one application defines. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listBackups } from '#backups/store/catalog'
import { verifyBackup } from '#backups/proof/verify'
import { restoreSqlite } from '#backups/sqlite/restore'
import { openSqliteRoom, rowsOfFile, type SqliteRoom } from '../../support/sqlite-room.ts'

let room: SqliteRoom
beforeEach(async () => {
  room = await openSqliteRoom()
})
afterEach(() => room.close())

/** Opens it as most programs do. */
function make(sql: string, prepare: (db: DatabaseSync) => void = () => undefined): string {
  const path = join(room.dir, 'live.db')
  const db = new DatabaseSync(path, { enableDoubleQuotedStringLiterals: true })
  prepare(db)
  db.exec(sql)
  db.close()
  return path
}

const TABLE = `CREATE TABLE t (a, b); INSERT INTO t VALUES ('x', 'lit');`

test.each([
  ['an index on an expression', `${TABLE} CREATE INDEX i ON t (a || "lit")`],
  ['a partial index', `${TABLE} CREATE UNIQUE INDEX i ON t (a) WHERE b = "lit"`],
  ['a check', `CREATE TABLE t (a, b CHECK (b <> "none")); INSERT INTO t VALUES ('x', 'lit')`],
  ['a default', `CREATE TABLE t (a, b DEFAULT "lit"); INSERT INTO t (a) VALUES ('x')`],
  ['a generated column', `CREATE TABLE t (a, b AS ("lit")); INSERT INTO t VALUES ('x'); CREATE INDEX i ON t (b)`],
  ['a view', `${TABLE} CREATE VIEW v AS SELECT "lit" AS text, a FROM t`],
  ['a trigger', `${TABLE} CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t WHERE b = "none"; END`],
  [
    'a strict table without rowids',
    `CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT CHECK (b = "lit")) STRICT, WITHOUT ROWID; INSERT INTO t VALUES ('x', 'lit')`,
  ],
])('text in double quotes in %s is backed up, proven and restored', async (_what, sql) => {
  const path = make(sql)
  const { id } = await room.dump(path)
  const proof = await verifyBackup(room.deps, { source: 'shop', id, toolVersion: '0.0.0-test' })
  expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
  expect(proof).toMatchObject({ verified: true, level: 4 })
  const copy = join(room.dir, 'copy.db')
  await restoreSqlite(room.deps, { source: 'shop', id, path: copy })
  for (const query of ['SELECT a, b FROM t', 'SELECT type, name, sql FROM sqlite_schema ORDER BY name']) {
    expect(rowsOfFile(copy, query)).toEqual(rowsOfFile(path, query))
  }
})

describe('a part that only the application defines is named, with what uses it', () => {
  const shout = (db: DatabaseSync) => db.function('shout', { deterministic: true }, (text) => `${String(text)}!`)

  async function refusal(path: string): Promise<unknown> {
    const failure = await room.dump(path).catch((error: unknown) => error)
    expect(await listBackups(room.deps.store, 'shop')).toEqual([])
    return failure
  }
  const unsupported = (text: string) => ({
    code: 'BACKUP_UNSUPPORTED',
    message: expect.stringMatching(new RegExp(`uses the ${text}; drop what the application can create again`)),
  })

  test.each([
    ['an index', `${TABLE} CREATE INDEX i ON t (shout(a))`, 'index i'],
    ['a partial index', `${TABLE} CREATE INDEX i ON t (a) WHERE shout(a) > 'a'`, 'index i'],
    ['a generated column', `CREATE TABLE t (a, b AS (shout(a)) STORED); INSERT INTO t VALUES ('x')`, 'table t'],
    ['a check', `CREATE TABLE t (a CHECK (shout(a) <> 'no')); INSERT INTO t VALUES ('x')`, 'table t'],
  ])('a function in %s', async (_what, sql, user) => {
    expect(await refusal(make(sql, shout))).toMatchObject(unsupported(`function shout, .*: ${user}`))
  })

  test.each([
    ['an index', `${TABLE} CREATE INDEX i ON t (a COLLATE NOCASE)`, 'index i'],
    ['a unique column', `CREATE TABLE t (a TEXT COLLATE NOCASE UNIQUE); INSERT INTO t VALUES ('x')`, 'table t'],
    ['a key', `CREATE TABLE t (a COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES ('x')`, 'table t'],
    ['a column', `CREATE TABLE t (a TEXT COLLATE NOCASE, b); INSERT INTO t VALUES ('x', 1)`, 'table t'],
  ])('a collation of %s', async (_what, sql, user) => {
    const path = make(sql)
    await exchange(path, 'NOCASE', 'MYCASE')
    expect(await refusal(path)).toMatchObject(unsupported(`collation MYCASE, .*: ${user}`))
  })

  test('a tokenizer of a full-text index', async () => {
    const path = make(`CREATE VIRTUAL TABLE words USING fts5(word, tokenize="ascii"); INSERT INTO words VALUES ('one')`)
    await exchange(path, 'tokenize="ascii"', 'tokenize="mine1"')
    expect(await refusal(path)).toMatchObject(unsupported('tokenizer mine1, .*: table words'))
  })
})

test('views and triggers with a function of the application, and unknown modules, are backed up unchanged', async () => {
  const path = make(`${TABLE} CREATE VIEW v AS SELECT shout(a) FROM t;
    CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT shout(1); END;
    CREATE VIRTUAL TABLE words USING fts5(word); CREATE VIRTUAL TABLE boxes USING rtree(id, x, y)`)
  await exchange(path, 'USING rtree(', 'USING mine0(')
  const { id } = await room.dump(path)
  expect(await verifyBackup(room.deps, { source: 'shop', id, toolVersion: '0.0.0-test' })).toMatchObject({ level: 4 })
})

/** Bytes of the file itself: SQLite accepts such a definition only from a program that defines its names. */
async function exchange(path: string, before: string, after: string): Promise<void> {
  const bytes = await readFile(path)
  for (let at = bytes.indexOf(before); at !== -1; at = bytes.indexOf(before, at + 1)) bytes.write(after, at)
  await writeFile(path, bytes)
}
