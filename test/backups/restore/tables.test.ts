import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { restoreTables } from '#backups/restore/tables'
import { planRestoreTables } from '#backups/restore/tables-plan'
import type { RestoreTablesInput } from '#backups/restore/table-copies'
import type { ObjectStore } from '#backups/store/object-store'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, LARGE_ROWS, LARGE_TABLE, readAll, rowsOf, runSql, SOURCE, withBytes, withClient } from '../fixtures.ts'
import { NASTY_ROWS, NASTY_SCHEMA } from '../nasty-schema.ts'

let storage: TestStore
let live: TestDatabase
let manifest: Manifest

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  live = await createTestDatabase()
  await withClient(live.url, (client) => client.query(NASTY_SCHEMA))
  await runSql(live.url, NASTY_ROWS)
  await runSql(live.url, LARGE_TABLE)
  manifest = await dump(storage.store, live.url)
})
afterAll(async () => {
  await storage.close()
  await live.drop()
})

function restore(input: Partial<RestoreTablesInput>, store: ObjectStore = storage.store) {
  return restoreTables({ store, clock: systemClock }, { ...about(), ...input })
}

function about() {
  return { source: SOURCE, id: manifest.id, databaseUrl: live.url }
}

const SCHEMA = () => `restored_${manifest.id.toLowerCase().replace('-', '_')}`

test('restores every table beside the live one, with one ranged read for each of its members', async () => {
  const ranges: { start: number; end: number }[] = []
  const watched: ObjectStore = {
    ...storage.store,
    read: (object, range) => {
      if (range) ranges.push({ start: range.start, end: range.end })
      return storage.store.read(object, range)
    },
  }
  const before = await rowsOf(live.url, 'SELECT to_jsonb(p) FROM people p ORDER BY id')
  for (const [name, members] of Map.groupBy(selectTableMembers(manifest), (member) => member.name)) {
    ranges.length = 0
    const report = await restore({ tables: [name] }, watched)
    expect(ranges).toEqual(members.map(({ start, end }) => ({ start, end })))
    const bytes = members.reduce((sum, { start, end }) => sum + end - start, 0)
    expect(report).toMatchObject({ tables: [{ table: name }], reads: members.length, fetchedBytes: bytes })
    expect(report.objectBytes).toBe(manifest.object.gzipBytes)
    expect(report.rows).toBe(members.reduce((sum, { rows }) => sum + rows, 0))
  }
  expect(await rowsOf(live.url, 'SELECT to_jsonb(p) FROM people p ORDER BY id')).toEqual(before)
  const [same] = await rowsOf<{ n: number }>(
    live.url,
    `SELECT count(*)::int AS n FROM people p JOIN ${SCHEMA()}.people r USING (id)
     WHERE (p.email, p.mood, p.share, p.pair, p.note) IS NOT DISTINCT FROM (r.email, r.mood, r.share, r.pair, r.note)`,
  )
  expect(same?.n).toBe(before.length)
})

test.runIf(isThorough)('restores a table with several members', async () => {
  const members = selectTableMembers(manifest).filter(({ table }) => table === 'large')
  expect(members.length).toBeGreaterThan(1)
  expect(await restore({ tables: ['public.large'], as: 'public.large_again' })).toMatchObject({
    tables: [{ rows: LARGE_ROWS, into: '"public"."large_again"' }],
    madeSchemas: [],
    reads: members.length,
  })
  const sum = (table: string) => rowsOf(live.url, `SELECT count(*), sum(hashtext(hash)) FROM ${table}`)
  expect(await sum('large_again')).toEqual(await sum('large'))
})

describe('several tables', () => {
  beforeAll(() =>
    runSql(
      live.url,
      `CREATE SCHEMA app;\nCREATE SCHEMA shop;\nCREATE TABLE app.orders AS SELECT 1 AS n;
       CREATE TABLE app.only AS SELECT 1 AS n;\nCREATE TABLE shop.orders AS SELECT generate_series(1, 2) AS n;
       CREATE TABLE shop."Orders" AS SELECT 3 AS n;\nCREATE TYPE app.mood AS ENUM ('fine');
       CREATE TABLE shop.moods AS SELECT 'fine'::app.mood AS mood`,
    ),
  )
  beforeAll(async () => void (manifest = await dump(storage.store, live.url)))

  test.runIf(isThorough)(
    'are planned and restored together, in separate schemas if their names are equal',
    async () => {
      const input = { schemas: ['app', 'sho?'], tables: ['chicken', 'egg'], excluded: ['shop.moods'] }
      const tables = [
        { table: '"app"."only"', into: `"${SCHEMA()}_app"."only"`, rows: 1 },
        { table: '"app"."orders"', into: `"${SCHEMA()}_app"."orders"`, rows: 1 },
        { table: '"public"."chicken"', into: `"${SCHEMA()}"."chicken"` },
        { table: '"public"."egg"', into: `"${SCHEMA()}"."egg"` },
        { table: '"shop"."Orders"', into: `"${SCHEMA()}_shop"."Orders"`, rows: 1 },
        { table: '"shop"."orders"', into: `"${SCHEMA()}_shop"."orders"`, rows: 2 },
      ]
      const byName = (list: { table: string }[]) => list.toSorted((a, b) => (a.table < b.table ? -1 : 1))
      const plan = await planRestoreTables(storage, { ...about(), ...input })
      expect(byName(plan.tables)).toMatchObject(tables)
      expect(plan.taken).toEqual([])
      const steps = new Set<string>()
      const deps = {
        store: storage.store,
        clock: systemClock,
        onProgress: ({ step }: { step: string }) => steps.add(step),
      }
      const report = await restoreTables(deps, { ...about(), ...input })
      expect(report).toMatchObject({ tables: plan.tables, rows: plan.rows, reads: 6, fetchedBytes: plan.fetchBytes })
      expect(report.madeSchemas.toSorted()).toEqual([SCHEMA(), `${SCHEMA()}_app`, `${SCHEMA()}_shop`])
      expect([...steps]).toEqual(['restoring', 'comparing rows'])
      expect(await rowsOf(live.url, `SELECT n FROM ${SCHEMA()}_shop.orders`)).toEqual([{ n: 1 }, { n: 2 }])
      const again = await planRestoreTables(storage, { ...about(), ...input })
      expect(again.taken.toSorted()).toEqual(tables.map(({ into }) => into).toSorted())
    },
  )

  test.runIf(isThorough)('are restored all or none, and the error names the one that failed', async () => {
    await runSql(live.url, 'ALTER TYPE app.mood RENAME TO was')
    const restoring = restore({ tables: ['shapes', 'shop.moods'] })
    await expect(restoring).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringMatching(/^"shop"\."moods" was not restored: type "app.mood" does not exist/),
    })
    await runSql(live.url, 'ALTER TYPE app.was RENAME TO mood')
    expect(
      await rowsOf(live.url, `SELECT FROM pg_tables WHERE schemaname = '${SCHEMA()}' AND tablename = 'shapes'`),
    ).toEqual([])
  })

  test.runIf(isThorough)('restored twice at the same time appear once, and the other restore is refused', async () => {
    manifest = await dump(storage.store, live.url)
    const both = await Promise.allSettled([restore({ schemas: ['shop'] }), restore({ schemas: ['shop'] })])
    const refused = both.filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'RESTORE_TARGET_IN_USE' } }])
    expect(await rowsOf(live.url, `SELECT FROM pg_tables WHERE schemaname = '${SCHEMA()}'`)).toHaveLength(3)
  })
})

describe('is refused, and leaves nothing behind', () => {
  test.each([
    ['a table that the backup lacks', { tables: ['people', 'nobody'] }, 'TABLE_NOT_FOUND'],
    ['a name that is taken', { tables: ['people'], as: 'people' }, 'RESTORE_TARGET_IN_USE'],
    ['a partitioned table, whose rows are in its partitions', { tables: ['events'] }, 'TABLE_NOT_FOUND'],
    ['one new name for two tables', { tables: ['people', 'shapes'], as: 'other.people' }, 'USAGE'],
  ])('%s', async (_what, input, code) => {
    await expect(restore(input)).rejects.toMatchObject({ code })
  })

  test('a damaged one', async () => {
    const bytes = await readAll(storage.store, manifest.object)
    const member = selectTableMembers(manifest).find(({ table }) => table === 'people')
    bytes.fill(0, (member?.end ?? 0) - 8, member?.end) // its check sum: wrong only once every row was sent
    const restoring = restore({ tables: ['people'], as: 'other.people' }, withBytes(storage.store, bytes))
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await rowsOf(live.url, `SELECT 1 FROM pg_namespace WHERE nspname = 'other'`)).toEqual([])
  })

  test('one whose rows differ from the backup', async () => {
    const members = manifest.members.map((m) => (m.kind === 'table' ? { ...m, fingerprint: '0'.repeat(32) } : m))
    const store = { ...storage.store, getJson: () => Promise.resolve({ ...manifest, members }) }
    await expect(restore({ tables: ['people'], as: 'other.people' }, store)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
    })
    expect(await rowsOf(live.url, `SELECT 1 FROM pg_namespace WHERE nspname = 'other'`)).toEqual([])
  })

  test('one whose types the backup lacks', async () => {
    const members = manifest.members.map((m) => (m.kind === 'table' ? { ...m, types: undefined } : m))
    const store = { ...storage.store, getJson: () => Promise.resolve({ ...manifest, members }) }
    await expect(restore({ tables: ['people'], as: 'other.people' }, store)).rejects.toMatchObject({
      code: 'BACKUP_UNSUPPORTED',
    })
  })
})
