import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { compareCopy } from '#backups/restore/compare'
import { type DumpInput, dumpDatabase } from '#backups/dump/dump'
import type { DumpState } from '#backups/dump/progress'
import { addFingerprints, createFingerprint } from '#backups/dump/fingerprint'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { restoreDump } from '#backups/restore/load-dump'
import { type Clock, systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { TestClock } from '../../support/test-clock.ts'
import { readAll, rowsOf, runSql, TOOL_VERSION, withClient } from '../fixtures.ts'

let storage: TestStore
let source: TestDatabase
const STREAMS = 3

/** A row on each page: enough pages for three parts and three sessions, of few bytes. */
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  source = await createTestDatabase()
  await runSql(
    source.url,
    `CREATE TABLE a_small AS SELECT 1 AS a;
     CREATE TABLE big (id int, body text) WITH (fillfactor = 10);
     INSERT INTO big SELECT n, (SELECT string_agg(md5(n || 'x' || k), '') FROM generate_series(1, 50) k) FROM generate_series(1, 6400) n;
     CREATE SEQUENCE counter`,
  )
})
afterAll(async () => {
  await storage.close()
  await source.drop()
})

interface Options extends Partial<DumpInput> {
  store?: ObjectStore
  clock?: Clock
}

function dump({ store = storage.store, clock = systemClock, ...input }: Options = {}): Promise<Manifest> {
  const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
  const about = { id, source: 'parallel', databaseUrl: source.url, toolVersion: TOOL_VERSION }
  return dumpDatabase({ store, clock }, { ...about, ...input })
}

/** A store that calls back before an upload begins and before each of its writes. */
function storeWith(hooks: { start?: () => Promise<unknown>; write?: (call: number) => unknown }): ObjectStore {
  return {
    ...storage.store,
    startUpload: async (key, contentType) => {
      await hooks.start?.()
      const upload = await storage.store.startUpload(key, contentType)
      let calls = 0
      const write = async (chunk: Buffer) => {
        calls += 1
        await hooks.write?.(calls)
        await upload.write(chunk)
      }
      return { ...upload, write }
    },
  }
}

async function leavesNothing(name: string): Promise<void> {
  expect(await storage.store.listKeys(`${name}/`)).toEqual([])
  expect(await storage.openUploads()).toEqual([])
  while ((await sessions()).length > 0); // the server needs a moment to see that they are gone
}

async function isWaiting(): Promise<boolean> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'hunter-backup' AND wait_event_type = 'Lock'`
  return (await rowsOf(source.url, sql)).length > 0
}

async function sessions(): Promise<number[]> {
  const rows = await rowsOf<{ pid: number }>(
    source.url,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hunter-backup'
     ORDER BY backend_start`,
  )
  return rows.map(({ pid }) => pid)
}

function bigParts(manifest: Manifest) {
  return selectTableMembers(manifest).filter(({ table }) => table === 'big')
}

describe('several streams', () => {
  test('write a table in adjacent parts that contain each row once', async () => {
    const manifest = await dump()
    const parts = bigParts(manifest)
    expect(parts.length).toBeGreaterThanOrEqual(STREAMS)
    expect(parts.slice(1).map(({ start }) => start)).toEqual(parts.slice(0, -1).map(({ end }) => end))
    const expected = createFingerprint()
    const target = await openPostgresTarget(source.url)
    await target.copyOut({ schema: 'public', table: 'big', columns: ['id', 'body'] }, (chunk) => expected.update(chunk))
    await target.close()
    expect(addFingerprints(parts)).toEqual(expected.result())
  })

  test.runIf(isThorough)('write the same object as one stream', async () => {
    const [one, three] = [await dump({ streams: 1 }), await dump({ streams: 3 })]
    const text = async (manifest: Manifest) => (await readAll(storage.store, manifest.object)).toString('latin1')
    const withoutIds = (manifest: Manifest) =>
      bigParts(manifest).map(({ rows, fingerprint }) => ({ rows, fingerprint }))
    expect(withoutIds(three)).toEqual(withoutIds(one))
    const bytesOf = async (manifest: Manifest) => {
      const [first, last] = [bigParts(manifest)[0], bigParts(manifest).at(-1)]
      return (await text(manifest)).slice(first?.start, last?.end)
    }
    expect((await bytesOf(three)) === (await bytesOf(one))).toBe(true)
  })

  test.runIf(isThorough)('share one snapshot during writes, and the dump restores to it', async () => {
    const copy = await createTestDatabase()
    try {
      const move = () =>
        runSql(source.url, `UPDATE big SET body = 'later' WHERE id % 1000 = 0;\nDELETE FROM big WHERE id % 1000 = 1`)
      const [{ rows: before } = { rows: 0 }] = await rowsOf<{ rows: number }>(
        source.url,
        'SELECT count(*)::int AS rows FROM big',
      )
      const manifest = await dump({ store: storeWith({ start: move }) })
      expect(addFingerprints(bigParts(manifest)).rows).toBe(before)
      const target = await openPostgresTarget(copy.url)
      await restoreDump(storage.store, manifest, target)
      const compared = await compareCopy(storage.store, manifest, target)
      expect(compared.filter(({ passed }) => !passed)).toEqual([])
      expect(await target.query(`SELECT FROM public.big WHERE body = 'later'`)).toEqual([])
      await target.close()
    } finally {
      await copy.drop()
    }
  })

  test.runIf(isThorough)('can write plain SQL', async () => {
    const manifest = await dump({ codec: 'none' })
    const bytes = await readAll(storage.store, manifest.object)
    expect(manifest.object).toMatchObject({ codec: 'none', gzipBytes: bytes.length, rawBytes: bytes.length })
    expect(manifest.object.key).toMatch(/dump\.sql$/)
    const small = selectTableMembers(manifest)[0]
    expect(bytes.subarray(small?.start, small?.end).toString()).toBe(
      'COPY "public"."a_small" ("a") FROM stdin;\n1\n\\.\n\n',
    )
  })
})

describe('a failure', () => {
  test.runIf(isThorough).each([0, 1, 2])('of session %i of three leaves no object behind', async (session) => {
    const kill = async () => {
      const pids = await sessions()
      expect(pids).toHaveLength(STREAMS)
      await rowsOf(source.url, `SELECT pg_terminate_backend(${pids[session]}, 5000)`)
    }
    const name = `killed-${session}`
    await expect(dump({ store: storeWith({ start: kill }), source: name })).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
    })
    await leavesNothing(name)
  })

  test.each(sampleOf([20, 1, 2, 5]))('of write %i leaves no object behind', async (failing) => {
    const write = (call: number) => {
      if (call === failing) throw new Error('no room')
    }
    const failed = dump({ store: storeWith({ write }), source: `write-${failing}` })
    await expect(failed).rejects.toMatchObject({ code: 'BACKUP_FAILED', message: expect.stringContaining('no room') })
    await leavesNothing(`write-${failing}`)
  })
})

describe('the deadline', () => {
  const start = systemClock.now().getTime()

  test('fails the dump with the table and its rows in the message, and leaves nothing behind', async () => {
    let readState: (() => DumpState) | undefined
    const isInside = () => {
      const state = readState?.()
      return state?.table === '"public"."big"' && state.rows > 1 // one row is in the table before it
    }
    const failed = dump({
      clock: { now: () => new Date(isInside() ? start + 60_000 : start) },
      onBegin: (state) => (readState = state),
      deadline: new Date(start + 59_000),
      source: 'late',
      streams: 1,
    })
    await expect(failed).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/^the time ran out in "public"\."big" after [1-9]\d* rows; 1 of 2 tables done$/),
      details: { table: '"public"."big"', tablesDone: 1, tables: 2 },
    })
    await leavesNothing('late')
  })

  test.runIf(isThorough)('also ends a dump whose server is silent', async () => {
    await withClient(source.url, async (client) => {
      await client.query('BEGIN; ALTER SEQUENCE counter OWNER TO CURRENT_USER') // the dump waits to read it
      const clock = new TestClock() // the check sees that there is time: only a timer can tell
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const dumping = dump({ clock, deadline: new Date(clock.now().getTime() + 1), source: 'silent' })
      const failure = dumping.catch((error: unknown) => error)
      try {
        while (!(await isWaiting()));
        vi.advanceTimersByTime(1)
      } finally {
        vi.useRealTimers()
      }
      const message = expect.stringMatching(/^the time ran out.* of 2 tables done$/)
      expect(await failure).toMatchObject({ code: 'BACKUP_FAILED', message }) // while the lock is still held
      await client.query('ROLLBACK')
    })
    await leavesNothing('silent')
  })
})
