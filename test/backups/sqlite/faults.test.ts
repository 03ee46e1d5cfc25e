import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SqliteDumpDeps } from '#backups/sqlite/dump'
import { withSqlite } from '#backups/sqlite/file'
import { checkPages, unpackSqlite } from '#backups/sqlite/copy'
import { restoreSqlite } from '#backups/sqlite/restore'
import { openSqliteRoom, type SqliteRoom } from '../../support/sqlite-room.ts'

let room: SqliteRoom
let dir: string
let deps: SqliteDumpDeps
let dump: SqliteRoom['dump']
beforeEach(async () => {
  room = await openSqliteRoom()
  ;({ dir, deps, dump } = room)
})
afterEach(() => room.close())

function make(name: string, sql = 'CREATE TABLE t (a); INSERT INTO t VALUES (1)'): string {
  return room.make(name, sql)
}

describe('an error tells apart', () => {
  test('an unreadable log and a damaged file', async () => {
    const path = make('live.db', 'PRAGMA journal_mode = wal; CREATE TABLE t (a)')
    await mkdir(`${path}-wal`)
    await expect(dump(path)).rejects.toMatchObject({ code: 'SOURCE_INVALID', message: expect.stringContaining(path) })
  })

  test('a full disk and a bug of ours', () => {
    const path = make('live.db')
    const failure = (sql: string) => () => withSqlite(path, 'write', (db) => db.exec(sql))
    expect(failure('PRAGMA max_page_count = 2; CREATE TABLE u AS SELECT randomblob(9000)')).toThrowError(
      expect.objectContaining({ code: 'BACKUP_FAILED', message: expect.stringContaining('the disk is full') }),
    )
    expect(failure('SELECT a FROM nowhere')).toThrowError(
      expect.objectContaining({ code: 'BACKUP_FAILED', message: expect.stringContaining('no such table: nowhere') }),
    )
  })

  test('a lack of space for a copy, which leaves nothing in the store', async () => {
    const dumping = dump(make('live.db'), { tempDir: join(dir, 'no such folder') })
    await expect(dumping).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(await readdir(dir)).toEqual(['live.db'])
  })
})

describe('a restore unpacks a copy', () => {
  test('without overwriting anything', async () => {
    const manifest = await dump(make('live.db'))
    const path = join(dir, 'theirs')
    await writeFile(path, 'theirs')
    await expect(unpackSqlite(deps.store, manifest, path)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(await readFile(path, 'utf8')).toBe('theirs')
  })

  test('only if it has the original bytes and the length that its first page states', async () => {
    const manifest = await dump(make('live.db'))
    const path = join(dir, 'copy.db')
    const unpacking = unpackSqlite(deps.store, { ...manifest, rawSha256: '0'.repeat(64) }, path)
    await expect(unpacking).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    await expect(checkPages(path)).resolves.toBeUndefined()
    await appendFile(path, Buffer.alloc(4096))
    await expect(checkPages(path)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })
})

test('a changed row is found anywhere, even in a table that is read in pieces', async () => {
  const rows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)'
  const filled = `CREATE TABLE t (i, a); ${rows} INSERT INTO t SELECT i, printf('%0200d', i) FROM n`
  const good = await dump(make('good.db', filled))
  expect(await dump(make('same.db', filled))).toMatchObject({ tables: good.tables })
  for (const i of [1, 1500, 3000]) {
    const { tables } = await dump(make(`other-${i}.db`, `${filled}; UPDATE t SET a = 'x' WHERE i = ${i}`))
    expect(tables).toMatchObject([{ name: 't', rows: 3000 }])
    expect(tables[0]?.fingerprint).not.toBe(good.tables[0]?.fingerprint)
  }
})

describe('restore', () => {
  test('refuses a database that another program writes to', async () => {
    const path = make('live.db')
    const { id } = await dump(path)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)')
    const restoring = restoreSqlite(deps, { source: 'shop', id, path })
    await expect(restoring).rejects.toMatchObject({
      code: 'RESTORE_TARGET_IN_USE',
      message: expect.stringContaining('locked by another program'),
    })
    other.exec('COMMIT')
    expect(other.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 2 })
    other.close()
    expect((await readdir(dir)).sort()).toEqual(['live.db', 'store'])
  })

  test('leaves the file in its place if it cannot be moved aside', async () => {
    const path = make('live.db')
    const { id } = await dump(path)
    await writeFile(path, 'broken')
    await writeFile(`${path}-wal`, 'broken, too')
    await mkdir(join(`${path}.before-${id}-wal`, 'in the way'), { recursive: true })
    await expect(restoreSqlite(deps, { source: 'shop', id, path })).rejects.toMatchObject({ code: 'RESTORE_FAILED' })
    expect(await readFile(path, 'utf8')).toBe('broken')
    expect(await readFile(`${path}-wal`, 'utf8')).toBe('broken, too')
  })
})
