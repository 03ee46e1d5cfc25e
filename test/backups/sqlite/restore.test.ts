import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildBackupKeys } from '#backups/format/object-keys'
import { restoreSqlite } from '#backups/sqlite/restore'
import type { SqliteDumpDeps } from '#backups/sqlite/dump'
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

describe('restore', () => {
  test('keeps the previous file with its log, and gives the copy the same permissions', async () => {
    const path = make('live.db', `CREATE TABLE t (a); INSERT INTO t VALUES ('backed up')`)
    const { id } = await dump(path)
    await chmod(path, 0o640)
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA journal_mode = wal; UPDATE t SET a = 'later'`)
    db.close()
    const report = await restoreSqlite(deps, { source: 'shop', id, path })
    expect(report).toMatchObject({ id, path, keptAs: `${path}.before-${id}`, tables: 1, rows: 1 })
    expect(rowsOfFile(path, 'SELECT a FROM t')).toEqual([['backed up']])
    expect(rowsOfFile(report.keptAs as string, 'SELECT a FROM t')).toEqual([['later']])
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    const again = await restoreSqlite(deps, { source: 'shop', id, path })
    expect(again.keptAs).toBe(`${path}.before-${id}-2`)
  })

  test('replaces a damaged file, and keeps it', async () => {
    const path = make('live.db')
    const { id } = await dump(path)
    await writeFile(path, 'broken')
    await writeFile(`${path}-wal`, 'broken, too')
    const { keptAs } = await restoreSqlite(deps, { source: 'shop', id, path })
    expect(await readFile(keptAs as string, 'utf8')).toBe('broken')
    expect(await readFile(`${keptAs}-wal`, 'utf8')).toBe('broken, too')
    expect(rowsOfFile(path, 'SELECT count(*) FROM plain')).toEqual([[500]])
  })

  test('refuses a database that another program has open', async () => {
    const path = make('live.db', 'PRAGMA journal_mode = wal; CREATE TABLE t (a)')
    const { id } = await dump(path)
    const other = new DatabaseSync(path)
    other.exec('INSERT INTO t VALUES (1)')
    const restoring = restoreSqlite(deps, { source: 'shop', id, path })
    await expect(restoring).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
    expect(rowsOfFile(path, 'SELECT a FROM t')).toEqual([[1]])
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

  test.each(['', '-wal', '-journal'])(
    'is refused if a folder has the name of the copy (%j), and leaves it',
    async (side) => {
      const path = make('live.db', 'CREATE TABLE t (a)')
      const { id } = await dump(path)
      const folder = `${path}.restore-${id}${side}`
      await mkdir(folder)
      await writeFile(join(folder, 'notes'), 'by another program')
      await expect(restoreSqlite(deps, { source: 'shop', id, path })).rejects.toMatchObject({
        code: 'RESTORE_TARGET_IN_USE',
        message: `${folder} is a folder, but the restore writes its copy there`,
      })
      expect(await readFile(join(folder, 'notes'), 'utf8')).toBe('by another program')
      expect(rowsOfFile(path, 'SELECT count(*) FROM t')).toEqual([[0]])
      expect((await readdir(dir)).filter((name) => name.includes('before-'))).toEqual([])
    },
  )

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['with another header, which unpacks to the same', (bytes) => bytes.fill((bytes[9] as number) ^ 1, 9, 10)], // RFC 1952: OS
    ['that is longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(10)])],
    ['that is empty', () => Buffer.alloc(0)],
  ])('refuses an object %s', async (_what, change) => {
    const manifest = await dump(make('live.db'))
    const path = join(storeDir, manifest.object.key)
    await writeFile(path, change(await readFile(path)))
    const restoring = restoreSqlite(deps, { source: 'shop', id: manifest.id, path: join(dir, 'copy.db') })
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect((await readdir(dir)).filter((name) => name.startsWith('copy.db'))).toEqual([])
  })

  test('of another kind of backup is refused by name', async () => {
    const manifest = await dump(make('live.db'))
    const postgres = { ...manifest, kind: 'config', config: { files: [], warnings: [] } }
    await deps.store.putJson(buildBackupKeys('shop', manifest.id).manifest, postgres)
    const restoring = restoreSqlite(deps, { source: 'shop', id: manifest.id, path: join(dir, 'copy.db') })
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_UNSUPPORTED' })
  })
})
