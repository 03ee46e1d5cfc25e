/**
 * Tests copies of a database that subscribes to another, and databases that swap. Uses a server of its own for its WAL.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { drillRestore } from '#backups/operations/drill'
import { dropDatabase } from '#backups/postgres/drop-database'
import { dropReplaced } from '#backups/restore/replaced-databases'
import type { Manifest } from '#backups/format/manifest'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { undoRestore } from '#backups/restore/undo'
import { openSession, withDatabase } from '#backups/postgres/session'
import { swapWithSubscriptions } from '#backups/restore/subscriptions'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'
import { newestPostgres } from '../../support/newest-postgres.ts'
import { isThorough } from '../../support/thorough.ts'

let dir: string
let server: PostgresServer
let storage: TestStore
let manifest: Manifest
const publisher = () => withDatabase(server.url, 'publisher')
const live = () => withDatabase(server.url, 'live')
const deps = () => ({ store: storage.store, clock: systemClock })

const SUBSCRIPTIONS = `
  SELECT d.datname AS database, s.subname AS name, s.subslotname AS slot, s.subenabled AS enabled
  FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid ORDER BY 1, 2`

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-subscriptions-'))
  storage = await startTestStore(systemClock)
  server = await startPostgres({
    ...(await newestPostgres()),
    dir,
    durable: false,
    settings: ['wal_level=logical', 'wal_retrieve_retry_interval=100ms'],
  })
  await runSql(server.url, 'CREATE DATABASE publisher;\nCREATE DATABASE live')
  await runSql(publisher(), `CREATE TABLE news (id int PRIMARY KEY);\nCREATE PUBLICATION all_news FOR TABLE news`)
  // one server cannot wait for itself: the slot is made apart from the subscription
  await runSql(publisher(), `SELECT pg_create_logical_replication_slot('live_slot', 'pgoutput')`)
  const { hostname, port, username, password } = new URL(server.url)
  const connection = `host=${hostname} port=${port} user=${username} password=${password} dbname=publisher`
  await runSql(
    live(),
    `CREATE TABLE news (id int PRIMARY KEY);\nCREATE SUBSCRIPTION reader CONNECTION '${connection}' PUBLICATION all_news
       WITH (create_slot = false, copy_data = false, slot_name = 'live_slot', synchronous_commit = 'remote_apply');
     CREATE SUBSCRIPTION idle CONNECTION '${connection}' PUBLICATION all_news WITH (connect = false, slot_name = NONE)`,
  )
  await publish(1)
  manifest = await dump(storage.store, live())
})
afterAll(async () => {
  await Promise.all([server.close(), storage.close()])
  await rm(dir, { recursive: true, force: true })
})

const idsIn = async (url: string) =>
  (await rowsOf<{ id: number }>(url, 'SELECT id FROM news ORDER BY 1')).map((row) => row.id)

/** Returns once the live database has received the row. */
async function publish(id: number): Promise<void> {
  await runSql(publisher(), `INSERT INTO news VALUES (${id})`)
  await vi.waitFor(async () => expect(await idsIn(live())).toContain(id), { timeout: 240_000, interval: 100 })
}

const OURS = { database: 'live', name: 'reader', slot: 'live_slot', enabled: true }
const IDLE = { database: 'live', name: 'idle', slot: null, enabled: false }

test.runIf(isThorough)(
  'a proof on a scratch server and a drill leave no copy behind, and do not touch the live slot',
  async () => {
    const { id } = manifest
    const proving = { ...deps(), tempDir: dir, embeddedBytesMax: 0, scratchUrl: server.url }
    const proof = await verifyBackup(proving, { source: SOURCE, id, toolVersion: TOOL_VERSION })
    expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
    const drilling = { ...deps(), randomHex: () => 'abcdef01' }
    await drillRestore(drilling, { source: SOURCE, databaseUrl: live(), toolVersion: TOOL_VERSION })
    expect(await rowsOf(server.url, SUBSCRIPTIONS)).toEqual([IDLE, OURS])
    expect(await rowsOf(server.url, `SELECT datname FROM pg_database WHERE datname ~ 'hunter_proof|drill'`)).toEqual([])
  },
)

test('a copy elsewhere has subscriptions without slots, and the report says how to start them', async () => {
  await runSql(server.url, 'CREATE DATABASE elsewhere')
  const databaseUrl = withDatabase(server.url, 'elsewhere')
  const { remarks } = await restoreInto(deps(), { source: SOURCE, id: manifest.id, databaseUrl })
  expect(remarks.join('\n')).toContain(`ALTER SUBSCRIPTION reader SET (slot_name = 'live_slot')`)
  const copies = (await rowsOf<{ database: string }>(server.url, SUBSCRIPTIONS)).filter(
    (row) => row.database !== 'live',
  )
  expect(copies).toEqual([
    { database: 'elsewhere', name: 'idle', slot: null, enabled: false },
    { database: 'elsewhere', name: 'reader', slot: null, enabled: false },
  ])
})

describe('a restore over the live database', () => {
  let keptAs: string
  test('hands over the slot last, and keeps receiving', async () => {
    await runSql(live(), `SELECT pg_create_logical_replication_slot('of_live', 'pgoutput')`)
    const report = await restoreBackup(deps(), { source: SOURCE, id: manifest.id, databaseUrl: live() })
    keptAs = report.keptAs as string
    expect(report.remarks).toEqual([
      expect.stringContaining('the subscription reader continues from the position of its slot live_slot'),
      expect.stringContaining(`the replication slot of_live belongs to ${keptAs}`),
    ])
    const found = await rowsOf<{ database: string }>(server.url, SUBSCRIPTIONS)
    expect(found.filter(({ database }) => database === 'live')).toEqual([IDLE, OURS])
    expect(found.filter(({ database }) => database === keptAs)).toEqual([
      { ...IDLE, database: keptAs },
      { ...OURS, database: keptAs, slot: null, enabled: false },
    ])
    await publish(2)
    expect(await idsIn(withDatabase(server.url, keptAs))).toEqual([1])
  })

  test.runIf(isThorough)('can be undone with its slot, and the undone database can be dropped', async () => {
    const undone = await undoRestore(deps(), { databaseUrl: live() })
    expect(await idsIn(live())).toEqual([1]) // what came meanwhile is in the database that was swapped out
    expect(undone.remarks).toContainEqual(expect.stringContaining('the subscription reader continues'))
    await publish(3)
    const reader = await openSession(withDatabase(server.url, undone.keptAs as string))
    await expect(dropReplaced(live(), undone.keptAs as string)).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
    await reader.end()
    await dropReplaced(live(), undone.keptAs as string)
    expect(await rowsOf(server.url, `SELECT slot_name FROM pg_replication_slots ORDER BY 1`)).toEqual([
      { slot_name: 'live_slot' },
      { slot_name: 'of_live' },
    ])
  })

  test.runIf(isThorough)('that fails at the swap leaves the subscription running', async () => {
    await runSql(server.url, 'CREATE DATABASE beside')
    const admin = await openSession(server.url)
    const swap = { live: 'live', beside: 'beside', before: 'former', andThen: ['SELECT 1 / 0'] }
    await expect(swapWithSubscriptions({ admin, adminUrl: server.url }, swap)).rejects.toThrow('division by zero')
    await admin.end()
    expect(await rowsOf(server.url, SUBSCRIPTIONS)).toContainEqual(OURS)
    await publish(4)
  })

  test.runIf(isThorough)('is refused before it starts if the role may not stop a subscription', async () => {
    await runSql(server.url, `CREATE ROLE maker LOGIN CREATEDB PASSWORD 'secret'`)
    const databaseUrl = Object.assign(new URL(live()), { username: 'maker', password: 'secret' }).href
    const restoring = restoreBackup(deps(), { source: SOURCE, id: manifest.id, databaseUrl, noOwner: true })
    await expect(restoring).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining(
        'live has subscriptions that the swap must stop, but this role may not: idle (owned by',
      ),
    })
  })

  test.runIf(isThorough)(
    'reports the subscriptions that it could not start, and those that only the replaced database has',
    async () => {
      await runSql(live(), `ALTER SUBSCRIPTION reader CONNECTION 'host=127.0.0.1 port=1 dbname=publisher'`)
      const unreachable = await dump(storage.store, live())
      await runSql(
        live(),
        `CREATE SUBSCRIPTION later CONNECTION 'host=127.0.0.1' PUBLICATION all_news WITH (connect = false, slot_name = 'later_slot')`,
      )
      const { keptAs, remarks } = await restoreBackup(deps(), {
        source: SOURCE,
        id: unreachable.id,
        databaseUrl: live(),
      })
      expect(remarks).toContainEqual(
        `the subscription later is in ${keptAs} only, disabled: its slot later_slot keeps WAL on the publisher`,
      )
      expect(remarks).toContainEqual(expect.stringContaining('the subscription reader was not started: '))
      const found = await rowsOf<{ database: string }>(server.url, SUBSCRIPTIONS)
      expect(found.filter(({ database }) => database === 'live')).toEqual([
        IDLE,
        { ...OURS, slot: null, enabled: false },
      ])
    },
  )

  test.runIf(isThorough)('leaves the subscriptions to the user if the live database is gone', async () => {
    const admin = await openSession(server.url)
    await runSql(live(), `SELECT pg_drop_replication_slot('of_live')`)
    await dropDatabase({ admin, adminUrl: server.url }, 'live')
    await admin.end()
    const { remarks } = await restoreBackup(deps(), { source: SOURCE, id: manifest.id, databaseUrl: live() })
    expect(remarks).toEqual([
      expect.stringContaining('the subscription "idle" is disabled and has no slot'),
      expect.stringContaining('the subscription "reader" is disabled and has no slot'),
    ])
  })

  test.runIf(isThorough)(
    'reports what it could not do in a replaced database that accepts no connections',
    async () => {
      await runSql(live(), `ALTER SUBSCRIPTION reader SET (slot_name = 'live_slot')`)
      await runSql(server.url, 'CREATE DATABASE next')
      const admin = await openSession(server.url)
      const andThen = ['ALTER DATABASE closed ALLOW_CONNECTIONS false']
      const swap = { live: 'live', beside: 'next', before: 'closed', andThen }
      const [remark] = await swapWithSubscriptions({ admin, adminUrl: server.url }, swap)
      expect(remark).toMatch(/^subscriptions were not moved over and stay disabled: /)
      await admin.end()
    },
  )
})
