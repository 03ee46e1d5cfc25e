import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { checkMembers } from '#backups/dump/check'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { dump, runSql, withClient } from '../fixtures.ts'

const DUMPS = 8

let storage: TestStore
let database: TestDatabase
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  database = await createTestDatabase()
  await runSql(
    database.url,
    `CREATE TABLE refilled AS SELECT n AS a FROM generate_series(1, 10) n;
     CREATE TABLE rewritten AS SELECT n AS a FROM generate_series(1, 100) n;
     CREATE UNIQUE INDEX by_a ON rewritten (a);
     CREATE TABLE renamed AS SELECT n AS a FROM generate_series(1, 7) n;
     CREATE TABLE parts (a int) PARTITION BY RANGE (a);
     CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
     INSERT INTO parts SELECT generate_series(1, 5)`,
  )
})
afterAll(async () => {
  await Promise.all([storage.close(), database.drop()])
})

/** Each entry is one message and so one transaction, except statements that may not run in one. */
const CHANGES = [
  'TRUNCATE refilled; INSERT INTO refilled SELECT generate_series(1, 10)',
  'CREATE TABLE brief (a serial PRIMARY KEY, b text); INSERT INTO brief (b) SELECT md5(n::text) FROM generate_series(1, 9) n',
  'ALTER TABLE renamed RENAME TO other; ALTER TABLE other RENAME a TO b',
  'TRUNCATE brief; INSERT INTO brief (b) SELECT md5(n::text) FROM generate_series(1, 9) n',
  'ALTER TABLE rewritten ALTER a TYPE bigint',
  'TRUNCATE parts; INSERT INTO parts SELECT generate_series(1, 5)',
  'CREATE VIEW seen AS SELECT * FROM brief; CREATE SEQUENCE counted; CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
  'VACUUM FULL rewritten',
  'ALTER TABLE other RENAME b TO a; ALTER TABLE other RENAME TO renamed',
  'DROP VIEW seen',
  'DROP SEQUENCE counted',
  'DROP FUNCTION one()',
  'CLUSTER rewritten USING by_a',
  'DROP TABLE brief',
  'ALTER TABLE rewritten ALTER a TYPE int',
]

/** Changes all of these repeatedly; a statement that waits for a dump continues after it. */
async function hammer(until: AbortSignal): Promise<void> {
  await withClient(database.url, async (client) => {
    for (let n = 0; !until.aborted; n += 1) {
      await client.query(CHANGES[n % CHANGES.length] as string)
      await pause(100)
    }
  })
}

function rowsIn(manifest: Manifest, ...names: string[]): number[] {
  return selectTableMembers(manifest).flatMap(({ table, rows }) => (names.includes(table) ? [rows] : []))
}

test('a dump succeeds, with all rows, while tables are truncated, created, dropped, renamed and rewritten', async () => {
  const isOver = new AbortController()
  const hammering = hammer(isOver.signal)
  const dumps: Manifest[] = []
  try {
    for (let n = 0; n < DUMPS; n += 1) dumps.push(await dump(storage.store, database.url, `busy-${n}`))
  } finally {
    isOver.abort()
    await hammering
  }
  for (const manifest of dumps) {
    expect(rowsIn(manifest, 'refilled')).toEqual([10])
    expect(rowsIn(manifest, 'rewritten')).toEqual([100])
    expect(rowsIn(manifest, 'renamed', 'other')).toEqual([7])
    expect(rowsIn(manifest, 'part_1')).toEqual([5])
    expect([[], [9]]).toContainEqual(rowsIn(manifest, 'brief'))
    await checkMembers(storage.store, manifest)
  }
})
