import { tmpdir } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { checkObject } from '#backups/store/read-object'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { expectNoTraces, expectNoUploads, expectWholeCatalog } from './after-fault.ts'
import { dump, readAll, rowsOf, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'

let storage: TestStore
let database: TestDatabase

beforeAll(async () => {
  storage = await startTestStore(systemClock)
})
afterAll(() => storage.close())
beforeEach(async () => {
  database = await createTestDatabase()
  await runSql(
    database.url,
    `CREATE TABLE notes (id int PRIMARY KEY, note text);
     INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(1, 500) n;
     CREATE SCHEMA staging;
     CREATE TABLE staging.notes (id int PRIMARY KEY, note text);
     INSERT INTO staging.notes VALUES (1, 'staged')`,
  )
})
afterEach(() => database.drop())

/** A store that calls back when the dump has its locks, or once it has stored all definitions. */
function when(moment: 'locked' | 'written', happens: () => Promise<unknown>): ObjectStore {
  const { store } = storage
  return {
    ...store,
    startUpload: async (key, contentType) => {
      if (moment === 'locked') await happens()
      const upload = await store.startUpload(key, contentType)
      let isFirst = moment === 'written'
      const write = async (chunk: Buffer) => {
        if (isFirst) await happens()
        isFirst = false
        await upload.write(chunk)
      }
      return { ...upload, write }
    },
  }
}

/** Resolves when a session waits for a lock in the database. */
async function untilWaiting(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (;;) {
      const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      if ((await client.query(sql)).rowCount) return
      await pause(5)
    }
  })
}

async function prove(manifest: Manifest) {
  const deps = { store: storage.store, clock: systemClock, tempDir: tmpdir() }
  return verifyBackup(deps, { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION })
}

describe('a migration that begins while a dump reads', () => {
  const waiting: [string, string, string][] = [
    ['adds a column', 'ALTER TABLE notes ADD COLUMN extra int DEFAULT 7', 'SELECT extra FROM notes LIMIT 1'],
    ['drops a table', 'DROP TABLE notes', 'SELECT 1 FROM staging.notes'],
    ['empties a table', 'TRUNCATE notes', 'SELECT 1 WHERE NOT EXISTS (SELECT FROM notes)'],
    ['renames a table', 'ALTER TABLE notes RENAME TO others', 'SELECT 1 FROM others LIMIT 1'],
    ['changes a type', 'ALTER TABLE notes ALTER id TYPE bigint', 'SELECT 1 FROM notes LIMIT 1'],
  ]
  test.each(sampleOf(waiting))(
    'and %s waits for the dump, which contains the state before',
    async (_what, statement, after) => {
      let migrating: Promise<void> = Promise.resolve()
      const migrate = async () => {
        migrating = runSql(database.url, statement)
        migrating.catch(() => undefined)
        await untilWaiting(database.url)
      }
      const manifest = await dump(when('written', migrate), database.url)
      await migrating
      expect(await rowsOf(database.url, after)).toHaveLength(1)
      expect(selectTableMembers(manifest)[0]).toMatchObject({
        schema: 'public',
        table: 'notes',
        columns: ['id', 'note'],
        rows: 500,
      })
      await checkObject(storage.store, manifest.object)
      await expectNoTraces(database.url)
    },
  )

  test.runIf(isThorough)(
    'and adds an index, a constraint or a table does not wait; the dump contains the state before',
    async () => {
      const migrate = () =>
        runSql(
          database.url,
          `CREATE INDEX ON notes (note);
         ALTER TABLE notes ADD CONSTRAINT staged FOREIGN KEY (id) REFERENCES staging.notes NOT VALID;
         CREATE TABLE more AS SELECT 1 AS one;
         CREATE VIEW seen AS SELECT * FROM more`,
        )
      const manifest = await dump(when('locked', migrate), database.url)
      expect(selectTableMembers(manifest).map(({ table }) => table)).toEqual(['notes', 'notes'])
      expect(await prove(manifest)).toMatchObject({ verified: true })
      const text = gunzipSync(await readAll(storage.store, manifest.object)).toString()
      expect(text).not.toContain('FOREIGN KEY')
    },
  )
})

const SWAP = `BEGIN; ALTER SCHEMA public RENAME TO old; ALTER SCHEMA staging RENAME TO public;
  ALTER SCHEMA old RENAME TO staging; COMMIT`

describe('a dump never contains other tables than its snapshot', () => {
  const swaps: [string, 'locked' | 'written', string][] = [
    ['schemas are swapped once it has its locks', 'locked', 'staging'],
    ['schemas are swapped while it reads', 'written', 'staging'],
  ]
  test.each(sampleOf(swaps))('when %s', async (_what, moment) => {
    const swap = () => withClient(database.url, (client) => client.query(SWAP))
    await expect(dump(when(moment, swap), database.url, 'swapped')).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(await expectWholeCatalog(storage.store, 'swapped')).toEqual([])
    await expectNoUploads(storage, 'swapped', 'failed')
    await expectNoTraces(database.url)
  })

  const beginnings: [string, string, [string, string[], number][]][] = [
    [
      'tables change their names',
      `CREATE TABLE fresh (id int, note text); INSERT INTO fresh VALUES (1, 'fresh');
       ALTER TABLE notes RENAME TO old; ALTER TABLE fresh RENAME TO notes`,
      [
        ['notes', ['id', 'note'], 1],
        ['old', ['id', 'note'], 500],
        ['notes', ['id', 'note'], 1],
      ],
    ],
    [
      'a column takes the name of another',
      'ALTER TABLE notes RENAME note TO was; ALTER TABLE notes ADD note text',
      [
        ['notes', ['id', 'was', 'note'], 500],
        ['notes', ['id', 'note'], 1],
      ],
    ],
  ]
  test.each(sampleOf(beginnings))('when %s as it begins', async (_what, statements, after) => {
    await withClient(database.url, async (client) => {
      await client.query(`BEGIN; LOCK TABLE notes; ${statements}`) // holds the lock that the dump asks for
      const dumping = dump(storage.store, database.url, 'beginning')
      await untilWaiting(database.url)
      await client.query('COMMIT')
      const members = selectTableMembers(await dumping)
      expect(members.map(({ table, columns, rows }) => [table, columns, rows])).toEqual(after)
    })
    await expectNoTraces(database.url)
  })
})

test.runIf(isThorough)(
  'a migration that needs a table waits for a running dump, and readers queue behind the migration',
  async () => {
    let waiting: Promise<unknown>[] = []
    const migrate = async () => {
      waiting = [runSql(database.url, 'ALTER TABLE notes ADD COLUMN extra int')]
      await untilWaiting(database.url)
      waiting.push(rowsOf(database.url, 'SELECT FROM notes')) // behind the migration
    }
    const before = await dump(when('locked', migrate), database.url, 'queued')
    expect(selectTableMembers(before)[0]?.columns).toEqual(['id', 'note'])
    await Promise.all(waiting)
    expect(waiting).toHaveLength(2)
    await expectNoTraces(database.url)
    const manifest = await dump(storage.store, database.url, 'queued')
    expect(selectTableMembers(manifest)[0]?.columns).toEqual(['id', 'note', 'extra'])
  },
)

test.runIf(isThorough)(
  'a dump under heavy writes is one consistent snapshot: the sum of all accounts stays the same',
  async () => {
    await runSql(
      database.url,
      `CREATE TABLE accounts AS SELECT n AS id, 100 AS money, repeat('x', 400) AS pad FROM generate_series(1, 20000) n;
     ALTER TABLE accounts ADD PRIMARY KEY (id);
     CREATE TABLE savings AS SELECT n AS id, 100 AS money FROM generate_series(1, 5000) n;
     ALTER TABLE savings ADD PRIMARY KEY (id)`,
    )
    const writing = new AbortController()
    let transfers = 0
    const writers = [1, 2].map((writer) =>
      withClient(database.url, async (client) => {
        for (let n = 0; !writing.signal.aborted; n += 1) {
          const [from, to] = [(n * 37 * writer) % 20_000, (n * 101 * writer) % 5_000].map((id) => id + 1)
          await client.query(
            `BEGIN; UPDATE accounts SET money = money - 1 WHERE id = ${from};
           UPDATE savings SET money = money + 1 WHERE id = ${to}; COMMIT`,
          )
          transfers += 1
        }
      }),
    )
    /** The dump has its moment, and money moves before it reads a row. */
    const underWay = async () => {
      const begun = transfers
      await expect.poll(() => transfers).toBeGreaterThan(begun)
    }
    const manifest = await dump(when('locked', underWay), database.url)
    writing.abort()
    await Promise.all(writers)
    const text = gunzipSync(await readAll(storage.store, manifest.object)).toString()
    const moneyIn = (table: string) => {
      const rows = text.split(`COPY "public"."${table}"`)[1]?.split('\n\\.\n')[0]?.split('\n').slice(1) ?? []
      return rows.reduce((sum, row) => sum + Number(row.split('\t')[1]), 0)
    }
    expect(moneyIn('accounts') + moneyIn('savings')).toBe(2_500_000)
  },
)
