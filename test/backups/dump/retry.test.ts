import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import { describeHolder } from '#backups/postgres/lock-holders'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { toSourceModified, retryWhileModified, SourceModified } from '#backups/dump/source-modified'
import { AppError } from '#platform/errors'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { type Tap, tapServer } from '../../support/tapped-server.ts'
import { isThorough } from '../../support/thorough.ts'
import { rowsOf, runSql, TOOL_VERSION, withClient } from '../fixtures.ts'

let storage: TestStore
let database: TestDatabase
beforeAll(async () => void (storage = await startTestStore(systemClock)))
afterAll(() => storage.close())
beforeEach(async () => {
  database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
})
afterEach(() => database.drop())

/** Runs a dump through taps and returns why it was retried. */
async function dumpTapped(taps: Tap[]): Promise<{ manifest: Manifest; retries: string[] }> {
  const tapped = await tapServer(database.url, taps)
  const retries: string[] = []
  try {
    const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
    const source = `retry-${randomBytes(3).toString('hex')}` // each database has a name of its own
    const input = { id, source, databaseUrl: tapped.url, toolVersion: TOOL_VERSION }
    const onRetry = (reason: string) => void retries.push(reason)
    return {
      manifest: await dumpDatabase({ store: storage.store, clock: systemClock }, { ...input, onRetry }),
      retries,
    }
  } finally {
    tapped.close()
  }
}

async function untilWaiting(): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  await expect.poll(async () => (await rowsOf(database.url, sql)).length).toBeGreaterThan(0)
}

/** Messages after the first look at the tables, after the snapshot, and as other sessions lock. */
const [AFTER_LOOK, AFTER_SNAPSHOT, BESIDE] = ['pg_database_size', 'AS encoding,', 'SET LOCAL lock_timeout']

describe('a dump starts over, and says why, when', () => {
  test.runIf(isThorough)('a table is dropped before its lock', async () => {
    const then = () => runSql(database.url, 'DROP TABLE notes')
    const { manifest, retries } = await dumpTapped([{ text: AFTER_LOOK, run: then }])
    expect(selectTableMembers(manifest)).toEqual([])
    expect(retries).toEqual([
      expect.stringMatching(/dropped or changed while the dump read it: .*"public.notes" does not exist/),
    ])
  })

  test('a new table is truncated after the snapshot', async () => {
    const make = () => runSql(database.url, `CREATE TABLE made AS SELECT 1 AS a`)
    const empty = () => runSql(database.url, `TRUNCATE made;\nINSERT INTO made VALUES (2), (3)`)
    const { manifest, retries } = await dumpTapped([
      { text: AFTER_LOOK, run: make },
      { text: AFTER_SNAPSHOT, run: empty },
    ])
    expect(selectTableMembers(manifest).map(({ table, rows }) => [table, rows])).toEqual([
      ['made', 2],
      ['notes', 2],
    ])
    expect(retries).toEqual([expect.stringMatching(/truncated or rewritten while the dump started: public\.made/)])
  })

  test.runIf(isThorough)('a schema is renamed after the snapshot', async () => {
    const then = () => runSql(database.url, 'ALTER SCHEMA public RENAME TO other')
    const { manifest, retries } = await dumpTapped([{ text: AFTER_SNAPSHOT, run: then }])
    expect(selectTableMembers(manifest).map(({ name }) => name)).toEqual(['"other"."notes"'])
    expect(retries).toHaveLength(1)
  })

  test.runIf(isThorough)(
    'another session waits for a table that the dump has not locked yet: that session goes first',
    async () => {
      let emptying: Promise<void> = Promise.resolve()
      const then = async () => {
        emptying = runSql(database.url, 'TRUNCATE notes')
        await untilWaiting()
      }
      const { manifest, retries } = await dumpTapped([{ text: BESIDE, run: then }])
      await emptying
      expect(selectTableMembers(manifest).map(({ rows }) => rows)).toEqual([0])
      expect(retries).toEqual(['another session needed a table when the dump started, so the dump let it go first'])
    },
  )
})

test('a dump that cannot lock a table names the table and the holder of its lock', async () => {
  const short: Tap = {
    text: `('lock_timeout', '30000')`,
    run: (bytes) =>
      Buffer.from(bytes.toString('latin1').replace(`('lock_timeout', '30000')`, `('lock_timeout', '00100')`), 'latin1'),
    always: true,
  }
  await withClient(database.url, async (client) => {
    await client.query(`SET application_name = 'nightly'; BEGIN; LOCK TABLE notes`)
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await expect(dumpTapped([short])).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(
        new RegExp(
          `^the dump waited too long for a table: public\\.notes is locked by process ${rows[0]?.pid} \\(user \\w+, nightly, idle in transaction, since 2\\S+Z\\)$`,
        ),
      ),
    })
  })
})

describe('the holder of a lock', () => {
  const about = {
    table: 'public.t',
    granted: true,
    pid: 7,
    user: 'app',
    application: '',
    state: null,
    since: null,
    prepared: null,
    blockedBy: [],
  }
  test.each([
    [{}, 'public.t is locked by process 7 (user app)'],
    [{ granted: false, blockedBy: [8, 9] }, 'process 7 (user app) waits for public.t behind process 8, 9'],
    [{ granted: false }, 'process 7 (user app) waits for public.t'],
    [
      { pid: null, prepared: 'two', since: new Date(0) },
      'public.t is locked by the prepared transaction two, since 1970-01-01T00:00:00.000Z',
    ],
  ])('%o is described', (changes, words) => {
    expect(describeHolder({ ...about, ...changes })).toBe(words)
  })
})

describe('a dump retries an error', () => {
  test.each<[again: boolean, error: Error]>([
    [true, new Error('pg_dump: error: query failed: ERROR:  cache lookup failed for function 16384')],
    [true, Object.assign(new Error('gone'), { code: '42P01' })],
    [true, Object.assign(new Error('deadlock'), { code: '40P01' })],
    [false, Object.assign(new Error('permission denied for table t'), { code: '42501' })],
    [
      true,
      new Error(
        'pg_dump: error: failed to get data for sequence "s"; … the sequence may have been concurrently dropped',
      ),
    ],
    [true, new Error('pg_dump: error: query returned 0 rows instead of one: SELECT …')],
    [true, new Error('failed sanity check, parent table with OID 1 of pg_rewrite entry with OID 2 not found')],
    [true, new Error('query to obtain definition of view "seen" returned no data')],
    [false, new AppError('DATABASE_UNAVAILABLE', 'relation "t" does not exist')],
  ])('%s: %s', (again, error) => {
    expect(toSourceModified(error) !== undefined).toBe(again)
  })

  test('up to the number of tries', async () => {
    let tries = 0
    const work = () => Promise.reject(new SourceModified(`try ${(tries += 1)}`))
    await expect(retryWhileModified({ tries: 3 }, work)).rejects.toThrow('try 3')
  })
})
