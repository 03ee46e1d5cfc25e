import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Manifest, tableMembers } from '#backups/manifest'
import { restoreTable, type RestoreTableInput } from '#backups/restore-table'
import type { ObjectStore } from '#backups/object-store'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { dump, LARGE_ROWS, LARGE_TABLE, readAll, rowsOf, runSql, SOURCE, withBytes, withClient } from './fixtures.ts'
import { NASTY_ROWS, NASTY_SCHEMA } from './nasty-schema.ts'

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

function restore(input: Partial<RestoreTableInput>, store: ObjectStore = storage.store) {
  const about = { source: SOURCE, id: manifest.id, databaseUrl: live.url }
  return restoreTable({ store, clock: systemClock }, { ...about, table: 'people', ...input })
}

const SCHEMA = () => `restored_${manifest.id.toLowerCase().replace('-', '_')}`

test('brings every table back beside the live one, by one ranged read for each of its members', async () => {
  const ranges: { start: number; end: number }[] = []
  const watched: ObjectStore = {
    ...storage.store,
    read: (object, range) => {
      if (range) ranges.push({ start: range.start, end: range.end })
      return storage.store.read(object, range)
    },
  }
  const before = await rowsOf(live.url, 'SELECT to_jsonb(p) FROM people p ORDER BY id')
  for (const [name, members] of Map.groupBy(tableMembers(manifest), (member) => member.name)) {
    ranges.length = 0
    const report = await restore({ table: name }, watched)
    expect(ranges).toEqual(members.map(({ start, end }) => ({ start, end })))
    const bytes = members.reduce((sum, { start, end }) => sum + end - start, 0)
    expect(report).toMatchObject({ table: name, reads: members.length, fetchedBytes: bytes })
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

test('takes a table of several members', async () => {
  const members = tableMembers(manifest).filter(({ table }) => table === 'large')
  expect(members.length).toBeGreaterThan(1)
  expect(await restore({ table: 'public.large', as: 'public.large_again' })).toMatchObject({
    rows: LARGE_ROWS,
    reads: members.length,
    into: '"public"."large_again"',
  })
  const sum = (table: string) => rowsOf(live.url, `SELECT count(*), sum(hashtext(hash)) FROM ${table}`)
  expect(await sum('large_again')).toEqual(await sum('large'))
})

describe('is refused, and leaves nothing behind', () => {
  test.each([
    ['a table that the backup lacks', { table: 'nobody' }, 'TABLE_NOT_FOUND'],
    ['a name that is taken', { table: 'people', as: 'people' }, 'RESTORE_TARGET_IN_USE'],
    ['a partitioned table, whose rows are in its partitions', { table: 'events' }, 'TABLE_NOT_FOUND'],
  ])('%s', async (_what, input, code) => {
    await expect(restore(input)).rejects.toMatchObject({ code })
  })

  test('a damaged one', async () => {
    const bytes = await readAll(storage.store, manifest.object)
    const member = tableMembers(manifest).find(({ table }) => table === 'people')
    bytes.fill(0, (member?.end ?? 0) - 8, member?.end) // its check sum: wrong only once every row was sent
    const restoring = restore({ as: 'other.people' }, withBytes(storage.store, bytes))
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await rowsOf(live.url, `SELECT 1 FROM pg_namespace WHERE nspname = 'other'`)).toEqual([])
  })

  test('other rows than were backed up', async () => {
    const members = manifest.members.map((m) => (m.kind === 'table' ? { ...m, fingerprint: '0'.repeat(32) } : m))
    const store = { ...storage.store, getJson: () => Promise.resolve({ ...manifest, members }) }
    await expect(restore({ as: 'other.people' }, store)).rejects.toMatchObject({ code: 'RESTORE_FAILED' })
    expect(await rowsOf(live.url, `SELECT 1 FROM pg_namespace WHERE nspname = 'other'`)).toEqual([])
  })

  test('one whose types nobody wrote down', async () => {
    const members = manifest.members.map((m) => (m.kind === 'table' ? { ...m, types: undefined } : m))
    const store = { ...storage.store, getJson: () => Promise.resolve({ ...manifest, members }) }
    await expect(restore({ as: 'other.people' }, store)).rejects.toMatchObject({ code: 'BACKUP_UNSUPPORTED' })
  })
})
