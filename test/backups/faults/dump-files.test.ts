import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, rename, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { listBackups } from '#backups/store/catalog'
import { writeConfig } from '#backups/config/collect'
import { backUpConfig } from '#backups/config/backup-alone'
import { createFileStore } from '#backups/store/file-store'
import type { ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { dumpSqlite } from '#backups/sqlite/dump'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { expectWholeCatalog } from './after-fault.ts'
import { TOOL_VERSION } from '../fixtures.ts'
import { isThorough } from '../../support/thorough.ts'

let dir: string
let tempDir: string
let live: string
let store: ObjectStore
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-faults-'))
  tempDir = await mkdtemp(join(dir, 'temp-'))
  live = join(dir, 'live.sqlite')
  store = createFileStore({ dir: join(dir, 'store'), randomHex: () => randomBytes(4).toString('hex') })
  const db = new DatabaseSync(live)
  db.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
      INSERT INTO notes SELECT i, hex(randomblob(400)) FROM n`)
  db.close()
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const newId = () => createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
const settings = () => {
  const contents = randomBytes(20_000)
  return { files: [{ name: 'app.json', contents, isSealed: false, bytes: contents.length }], warnings: [] }
}

/** A SQLite file with settings beside it. */
function dumpFile(to: ObjectStore) {
  const id = newId()
  const keepSettings = () => writeConfig({ store: to }, { source: 'lite', id }, settings())
  const input = {
    id,
    source: 'lite',
    path: live,
    toolVersion: TOOL_VERSION,
    codec: 'gzip',
    writeConfig: keepSettings,
  } as const
  return dumpSqlite({ store: to, clock: systemClock, tempDir }, input)
}

function dumpSettings(to: ObjectStore) {
  const input = { id: newId(), source: 'lite', toolVersion: TOOL_VERSION, collected: settings() }
  return backUpConfig({ store: to, clock: systemClock }, input)
}

/** A store whose nth change of any kind fails. */
function failingAt(nth: number): ObjectStore & { changes: () => number } {
  let changes = 0
  const may = () => {
    changes += 1
    if (changes === nth) throw new AppError('STORAGE_UNAVAILABLE', 'no room')
  }
  return {
    ...store,
    changes: () => changes,
    putJson: async (...args) => {
      may()
      await store.putJson(...args)
    },
    startUpload: async (...args) => {
      may()
      const upload = await store.startUpload(...args)
      return {
        write: async (chunk) => {
          may()
          await upload.write(chunk)
        },
        complete: async () => {
          may()
          return upload.complete()
        },
        abort: () => upload.abort(),
      }
    },
  }
}

const codeOf = (thrown: unknown) => (thrown instanceof AppError ? thrown.code : thrown)

describe.each([
  ['a SQLite file', dumpFile],
  ['settings alone', dumpSettings],
])('a backup of %s', (_what, backUp) => {
  test.runIf(isThorough)(
    'leaves no backup and no partial file, whichever write fails; the next run is proven',
    async () => {
      const { id } = await backUp(store)
      let failures = 0
      // how many writes there are depends on how the bytes come
      for (;;) {
        const faulty = failingAt(failures + 1)
        const code = await backUp(faulty).then(() => 'none failed', codeOf)
        if (faulty.changes() <= failures) break
        expect(code).toBe('STORAGE_UNAVAILABLE')
        failures += 1
        expect((await expectWholeCatalog(store, 'lite')).map((entry) => entry.id)).toEqual([id])
        const files = await readdir(join(dir, 'store'), { recursive: true })
        expect(files.filter((name) => name.includes('partial'))).toEqual([])
        expect(await readdir(tempDir)).toEqual([])
      }
      expect(failures).toBeGreaterThanOrEqual(4)
      const next = await backUp(store)
      const proof = await verifyBackup(
        { store, clock: systemClock, tempDir },
        { source: 'lite', id: next.id, toolVersion: TOOL_VERSION },
      )
      expect(proof).toMatchObject({ verified: true, level: 4 })
    },
  )
})

describe('a SQLite file that is', () => {
  /** A store that calls back when the dump has its copy. */
  function whenCopied(happens: () => Promise<void>): ObjectStore {
    let isOver = false
    return {
      ...store,
      startUpload: async (...args) => {
        if (!isOver) await happens()
        isOver = true
        return store.startUpload(...args)
      },
    }
  }

  async function expectProven(backUp: Promise<{ id: Awaited<ReturnType<typeof dumpFile>>['id'] }>): Promise<void> {
    const { id } = await backUp
    const deps = { store, clock: systemClock, tempDir }
    const proof = await verifyBackup(deps, { source: 'lite', id, toolVersion: TOOL_VERSION })
    expect(proof).toMatchObject({ verified: true, level: 4 })
  }

  test.each([
    ['changed', async () => sql('DELETE FROM notes')],
    ['replaced by another', async () => copyFile(await other(), live)],
    ['moved away', () => rename(live, `${live}.old`)],
    ['cut short', () => truncate(live, 5_000)],
  ])('%s while its backup is written is backed up as it was at the start', async (_what, happens) => {
    await expectProven(dumpFile(whenCopied(happens)))
    expect((await listBackups(store, 'lite'))[0]).toMatchObject({ manifest: { tables: [{ rows: 2000 }] } })
  })

  test('truncated before the backup is refused as damaged, and leaves nothing behind', async () => {
    await truncate(live, 500_000)
    await expect(dumpFile(store)).rejects.toMatchObject({ code: 'SOURCE_DAMAGED' })
    expect(await listBackups(store, 'lite')).toEqual([])
    expect(await readdir(tempDir)).toEqual([])
  })

  function sql(statement: string): void {
    const db = new DatabaseSync(live)
    db.exec(statement)
    db.close()
  }

  async function other(): Promise<string> {
    const path = join(dir, 'other.sqlite')
    const db = new DatabaseSync(path)
    db.exec('CREATE TABLE others (a)')
    db.close()
    return path
  }
})
