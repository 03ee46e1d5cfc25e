import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drillRestore } from '#backups/operations/drill'
import type { Manifest } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { createFileStore } from '#backups/store/file-store'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { migrate } from '#db/migrate'
import { systemClock } from '#platform/clock'
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../../support/pgbouncer.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'

const REFUSED = { code: 'TRANSACTION_POOLER', message: expect.stringMatching(/^127\.0\.0\.1:\d+ is a pooler/) }

describe.runIf(hasPgBouncer())('PgBouncer', () => {
  let dir: string
  let store: ObjectStore
  let database: TestDatabase
  let manifest: Manifest
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hunter-pooled-'))
    store = createFileStore({ dir, randomHex: () => randomBytes(6).toString('hex') })
    database = await createTestDatabase()
    await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
    manifest = await dump(store, database.url)
    await verifyBackup(
      { store, clock: systemClock, tempDir: tmpdir() },
      { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION },
    )
  })
  afterAll(async () => {
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  })

  /** Compares the server's sessions with a new one, as an application behind the pooler sees them. */
  const CHANGED = `SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')
    UNION ALL SELECT 'lock', objid::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`

  async function expectUntouched(url: string): Promise<void> {
    await withClient(url, async (one) =>
      withClient(url, async (other) => {
        await Promise.all([one, other].map((client) => client.query('BEGIN'))) // two sessions of the server
        for (const client of [one, other]) expect((await client.query(CHANGED)).rows).toEqual([])
      }),
    )
  }

  describe('in transaction mode is refused, and no session of the server is changed', () => {
    let pooler: PgBouncer
    let url: string
    beforeAll(async () => {
      pooler = await startPgBouncer(serverUrl(), ['pool_mode=transaction'])
      url = pooler.url(database.url)
    })
    afterAll(() => pooler.close())

    const deps = () => ({
      store,
      clock: systemClock,
      tempDir: tmpdir(),
      randomHex: () => randomBytes(4).toString('hex'),
    })
    test.each<[what: string, work: () => Promise<unknown>]>([
      ['a dump', () => dump(store, url)],
      ['a restore beside', () => restoreBackup(deps(), { source: SOURCE, id: manifest.id, databaseUrl: url })],
      ['a restore into', () => restoreInto(deps(), { source: SOURCE, id: manifest.id, databaseUrl: url })],
      ['a drill', () => drillRestore(deps(), { source: SOURCE, databaseUrl: url, toolVersion: TOOL_VERSION })],
      [
        'a proof on a scratch server',
        () =>
          verifyBackup(
            { ...deps(), embeddedBytesMax: 1, scratchUrl: url },
            { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION },
          ),
      ],
      ['a migration', () => migrate({ url, folder: join(import.meta.dirname, '../../../migrations') })],
    ])('by %s', async (_what, work) => {
      await expect(work()).rejects.toMatchObject(REFUSED)
      await expectUntouched(url)
    })
  })

  test('in transaction mode is detected even while other clients use its sessions in turn', async () => {
    const settings = ['pool_mode=transaction', 'default_pool_size=4', 'server_round_robin=1']
    const pooler = await startPgBouncer(serverUrl(), settings)
    const url = pooler.url(database.url)
    const others = await Promise.all([1, 2, 3].map(() => withBusy(url)))
    await expect(dump(store, url)).rejects.toMatchObject(REFUSED)
    await Promise.all(others.map((stop) => stop()))
    await pooler.close()
  })

  test('in statement mode is refused, too', async () => {
    const pooler = await startPgBouncer(serverUrl(), ['pool_mode=statement'])
    await expect(dump(store, pooler.url(database.url))).rejects.toMatchObject(REFUSED)
    await pooler.close()
  })

  test('in session mode works, and keeps no setting and no lock of ours on its sessions, although it resets nothing', async () => {
    const pooler = await startPgBouncer(serverUrl(), ['pool_mode=session', 'server_reset_query='])
    const url = pooler.url(database.url)
    const { id } = await dump(store, url)
    const copy = await createTestDatabase()
    await restoreInto({ store, clock: systemClock }, { source: SOURCE, id, databaseUrl: pooler.url(copy.url) })
    expect(await rowsOf(copy.url, 'SELECT note FROM notes ORDER BY 1')).toEqual([{ note: 'one' }, { note: 'two' }])
    await migrate({ url: pooler.url(copy.url), folder: join(import.meta.dirname, '../../../migrations') })
    await expectUntouched(url)
    await expectUntouched(pooler.url(copy.url))
    await pooler.close()
    await copy.drop()
  })
})

/** An application that runs short transactions in a loop until stopped. */
async function withBusy(url: string): Promise<() => Promise<void>> {
  const isOver = new AbortController()
  const working = withClient(url, async (client) => {
    while (!isOver.signal.aborted) await client.query('SELECT 1')
  })
  return async () => {
    isOver.abort()
    await working
  }
}
