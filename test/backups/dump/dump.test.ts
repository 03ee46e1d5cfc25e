import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { listBackups } from '#backups/store/catalog'
import { compareCopy } from '#backups/restore/compare'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, readAll, rowsOf, runSql, withClient } from '../fixtures.ts'
import { NASTY_ROWS, NASTY_SCHEMA } from '../nasty-schema.ts'

let storage: TestStore
const databases: TestDatabase[] = []

beforeAll(async () => {
  storage = await startTestStore(systemClock)
})
afterAll(() => storage.close())
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

async function database(): Promise<string> {
  const made = await createTestDatabase()
  databases.push(made)
  return made.url
}

/** A store that calls back once the dump holds its snapshot and has locked its tables. */
function whenSnapshotHeld(happens: () => Promise<unknown>): ObjectStore {
  return {
    ...storage.store,
    startUpload: async (key, contentType) => {
      await happens()
      return storage.store.startUpload(key, contentType)
    },
  }
}

async function textOf(manifest: Manifest): Promise<string> {
  return gunzipSync(await readAll(storage.store, manifest.object)).toString('utf8')
}

async function differences(manifest: Manifest, url: string): Promise<string[]> {
  const target = await openPostgresTarget(url)
  try {
    const compared = await compareCopy(storage.store, manifest, target)
    return compared.filter(({ passed }) => !passed).map(({ name, reason }) => `${name}: ${reason}`)
  } finally {
    await target.close()
  }
}

describe('the object', () => {
  const hasPsql = hasProgram('psql')

  test.skipIf(!hasPsql)('is restored by gunzip and psql, with nothing lost (psql must be installed)', async () => {
    const [source, copy] = [await database(), await database()]
    await withClient(source, (client) => client.query(NASTY_SCHEMA))
    await runSql(source, NASTY_ROWS)
    await runSql(source, `SELECT lo_from_bytea(4711, 'large')`)
    const manifest = await dump(storage.store, source)
    await restoreWithPsql(await textOf(manifest), copy)
    expect(await differences(manifest, copy)).toEqual([])
    const state =
      'SELECT (SELECT total::int FROM a_total) AS total, double_it(nextval(\'"Odd ""schema"""."Odd seq"\')::int) AS seq'
    expect(await rowsOf(copy, state)).toEqual([{ total: 3, seq: 2 }])
    await runSql(copy, `SELECT lo_put(4711, 0, 'X')`)
    await expect(runSql(copy, 'SELECT * FROM never_filled')).rejects.toThrow('has not been populated')
    expect(await differences(manifest, copy)).toEqual([
      'large objects: other contents, owners, comments or rights',
      expect.stringMatching(/^sequences: .*Odd seq.* 1, false.*Odd seq.* 1, true/),
    ])
  })

  test.runIf(isThorough)('continues sequences and identities where they were', async () => {
    const source = await database()
    await runSql(
      source,
      `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, s serial);
       INSERT INTO t DEFAULT VALUES;
       INSERT INTO t DEFAULT VALUES;
       CREATE SEQUENCE untouched START 40`,
    )
    const text = await textOf(await dump(storage.store, source))
    expect(text).toContain(`setval('"public"."t_id_seq"', 2, true)`)
    expect(text).toContain(`setval('"public"."t_s_seq"', 2, true)`)
    expect(text).toContain(`setval('"public"."untouched"', 40, false)`)
  })

  test.runIf(isThorough)('holds each table as a separate gzip member at the range in the manifest', async () => {
    const source = await database()
    await runSql(source, `CREATE TABLE a (x int);\nCREATE TABLE b (y text);\nINSERT INTO b VALUES ('one'), ('two')`)
    const manifest = await dump(storage.store, source)
    const bytes = await readAll(storage.store, manifest.object)
    const b = selectTableMembers(manifest).find(({ table }) => table === 'b')
    expect(b).toMatchObject({ rows: 2, columns: ['y'] })
    const member = gunzipSync(bytes.subarray(b?.start, b?.end)).toString('utf8')
    expect(member).toBe('COPY "public"."b" ("y") FROM stdin;\none\ntwo\n\\.\n\n')
    expect(manifest.members.map(({ start }) => start)).toEqual(
      [0, ...manifest.members.map(({ end }) => end)].slice(0, -1),
    )
    expect(manifest.members.at(-1)?.end).toBe(bytes.length)
  })
})

describe('the snapshot', () => {
  test('excludes a row that was inserted later', async () => {
    const source = await database()
    await runSql(source, `CREATE TABLE t (a int);\nINSERT INTO t VALUES (1)`)
    const late = whenSnapshotHeld(() => runSql(source, 'INSERT INTO t VALUES (2)'))
    const manifest = await dump(late, source)
    expect(selectTableMembers(manifest)[0]?.rows).toBe(1)
    expect(await rowsOf(source, 'SELECT * FROM t')).toHaveLength(2)
  })

  test.runIf(isThorough)('is the same for all tables during heavy writes', async () => {
    const source = await database()
    await runSql(
      source,
      `CREATE TABLE debit (amount int);
       CREATE TABLE padding AS SELECT repeat(md5(n::text), 20) AS p FROM generate_series(1, 20000) n;
       CREATE TABLE credit (amount int)`,
    )
    const writing = new AbortController()
    const pair = 'WITH d AS (INSERT INTO debit VALUES (1)) INSERT INTO credit VALUES (1)'
    const writer = withClient(source, async (client) => {
      while (!writing.signal.aborted) await client.query(pair)
    })
    await runSql(source, pair)
    const manifest = await dump(storage.store, source)
    writing.abort()
    await writer
    const rows = new Map(selectTableMembers(manifest).map((member) => [member.table, member.rows]))
    const [{ count } = { count: 0 }] = await rowsOf<{ count: number }>(source, 'SELECT count(*)::int FROM debit')
    expect(rows.get('debit')).toBe(rows.get('credit'))
    expect(count).toBeGreaterThan(rows.get('debit') as number)
  })

  test.runIf(isThorough)('is consistent even if a table was truncated as the dump began', async () => {
    const source = await database()
    await runSql(source, `CREATE TABLE t (a int);\nINSERT INTO t VALUES (1)`)
    await withClient(source, async (client) => {
      await client.query('BEGIN')
      await client.query('TRUNCATE t; INSERT INTO t VALUES (2), (3)') // holds the lock that the dump asks for
      const dumping = dump(storage.store, source)
      await untilWaiting(source)
      await client.query('COMMIT')
      expect(selectTableMembers(await dumping).map(({ table, rows }) => [table, rows])).toEqual([['t', 2]])
    })
  })
})

describe('a failed dump', () => {
  async function leavesNothing(source: string): Promise<void> {
    expect(await storage.store.listKeys(`${source}/`)).toEqual([])
    expect(await storage.openUploads()).toEqual([])
    expect(await listBackups(storage.store, source)).toEqual([])
  }

  test('leaves nothing behind when the database is killed in the middle of a table', async () => {
    const source = await database()
    await runSql(source, `CREATE TABLE big AS SELECT n, repeat(md5(n::text), 12) AS p FROM generate_series(1, 60000) n`)
    let written = 0
    const killing: ObjectStore = {
      ...storage.store,
      startUpload: async (key, contentType) => {
        const upload = await storage.store.startUpload(key, contentType)
        const write = async (chunk: Buffer) => {
          written += 1
          if (written === 2) await endDumps(source) // the first chunk is the definitions
          await upload.write(chunk)
        }
        return { ...upload, write }
      },
    }
    await expect(dump(killing, source, 'killed')).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      cause: expect.any(Error),
    })
    expect(written).toBeGreaterThanOrEqual(2)
    await leavesNothing('killed')
  })

  test.runIf(isThorough)('leaves nothing behind when the bucket fails as the upload ends', async () => {
    const source = await database()
    await runSql(source, 'CREATE TABLE t (a int)')
    const failing: ObjectStore = {
      ...storage.store,
      startUpload: async (key, contentType) => ({
        ...(await storage.store.startUpload(key, contentType)),
        complete: () => Promise.reject(new Error('503 Slow Down')),
      }),
    }
    await expect(dump(failing, source, 'failing')).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    await leavesNothing('failing')
  })

  test.runIf(isThorough)('is no backup when only its manifest is missing', async () => {
    const source = await database()
    const failing: ObjectStore = { ...storage.store, putJson: () => Promise.reject(new Error('no')) }
    await expect(dump(failing, source, 'headless')).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(await listBackups(storage.store, 'headless')).toEqual([])
  })

  test('names what it cannot include', async () => {
    const source = await database()
    // no label provider is installed, so the test writes a label into the catalog
    await runSql(
      source,
      `INSERT INTO pg_seclabel SELECT lo_from_bytea(0, 'x'), 'pg_largeobject'::regclass, 0, 'provider', 'secret'`,
    )
    await expect(dump(storage.store, source, 'unsupported')).rejects.toMatchObject({
      code: 'BACKUP_UNSUPPORTED',
      message: expect.stringMatching(/^the dump cannot include a security label of a large object \(\d+\)$/),
    })
    await leavesNothing('unsupported')
  })

  test('says that the database does not answer', async () => {
    const refused = dump(storage.store, 'postgres://nobody:secret@127.0.0.1:1/none', 'absent')
    await expect(refused).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.not.stringContaining('secret'),
    })
    await expect(dump(storage.store, 'not a url', 'absent')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  })
})

async function endDumps(url: string): Promise<void> {
  await rowsOf(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'hunter-backup'`,
  )
}

/** Resolves when the dump waits for another session's lock. */
async function untilWaiting(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (;;) {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      if (rowCount) return
    }
  })
}

async function restoreWithPsql(sql: string, url: string): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-psql-'))
  try {
    const file = join(dir, 'dump.sql')
    await writeFile(file, sql)
    expect((await readFile(file)).length).toBeGreaterThan(0)
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', file, url], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
