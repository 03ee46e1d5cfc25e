import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import type { Manifest } from '#backups/format/manifest'
import { restoreBackup, type RestoreInput } from '#backups/restore/replace-live'
import { restoreTables } from '#backups/restore/tables'
import { restoreInto } from '#backups/restore/into-empty'
import { withDatabase } from '#backups/postgres/session'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, readAll, rowsOf, runSql, SOURCE, withBytes } from '../fixtures.ts'

let storage: TestStore
let manifest: Manifest
const databases: TestDatabase[] = []

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const source = await createTestDatabase()
  await runSql(source.url, NOTES)
  manifest = await dump(storage.store, source.url)
  await source.drop()
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

const NOTES = `CREATE TABLE notes (id int PRIMARY KEY, note text);\nINSERT INTO notes VALUES (1, 'kept'), (2, 'kept too')`

function deps() {
  return { store: storage.store, clock: systemClock }
}

function inputOf(databaseUrl: string): RestoreInput {
  return { source: SOURCE, id: manifest.id, databaseUrl }
}

/** Lists the databases whose names begin with that of the URL. */
async function family(url: string): Promise<string[]> {
  const name = new URL(url).pathname.slice(1)
  const sql = `SELECT datname FROM pg_database WHERE datname LIKE '${name}%' ORDER BY 1`
  return (await rowsOf<{ datname: string }>(withDatabase(url, 'postgres'), sql)).map(({ datname }) => datname)
}

describe('over the live database', () => {
  test('swaps the copy in while clients connect again and again, and keeps the former database', async () => {
    const live = await database()
    await runSql(live, NOTES)
    await runSql(live, `DELETE FROM notes WHERE id = 1;\nINSERT INTO notes VALUES (3, 'after the backup')`)
    const clients = startClients(live)
    const report = await restoreBackup(deps(), inputOf(live))
    await clients.stop()

    expect(await rowsOf(live, 'SELECT * FROM notes ORDER BY id')).toEqual([
      { id: 1, note: 'kept' },
      { id: 2, note: 'kept too' },
    ])
    expect(report).toMatchObject({ id: manifest.id, tables: 1, rows: 2, keptAs: expect.stringContaining('_before_') })
    expect(report.totalMs).toBeGreaterThanOrEqual(report.restoreMs + report.compareMs)
    const name = new URL(live).pathname.slice(1)
    expect(await family(live)).toEqual([name, report.keptAs])
    const before = withDatabase(live, report.keptAs as string)
    expect(await rowsOf(before, 'SELECT id FROM notes ORDER BY id')).toEqual([{ id: 2 }, { id: 3 }])
    expect(clients.served()).toBeGreaterThan(0)
  })

  test.runIf(isThorough)('keeps owner, settings and rights of the database', async () => {
    const live = await database()
    const name = new URL(live).pathname.slice(1)
    await runSql(
      live,
      `${NOTES};
       ALTER DATABASE ${name} SET search_path TO "$user", 'odd schema', public;
       ALTER DATABASE ${name} SET application_name TO 'it''s ours';
       ALTER DATABASE ${name} SET default_transaction_read_only TO on;
       ALTER ROLE CURRENT_USER IN DATABASE ${name} SET work_mem TO '5MB';
       REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC;
       GRANT TEMPORARY ON DATABASE ${name} TO pg_monitor WITH GRANT OPTION;
       COMMENT ON DATABASE ${name} IS E'ours \\\\ ''yours''';
       ALTER DATABASE ${name} CONNECTION LIMIT 77`,
    )
    const properties = `
      SELECT datdba, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS acl, datconnlimit,
        shobj_description(d.oid, 'pg_database') AS comment, datcollate, datctype, encoding, to_jsonb(d) ->> 'datlocale' AS locale,
        (SELECT array_agg(setconfig::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
      FROM pg_database d WHERE datname = current_database()`
    const before = await rowsOf(live, properties)
    await restoreBackup(deps(), inputOf(live))
    expect(await rowsOf(live, properties)).toEqual(before)
  })

  test.runIf(isThorough)('works repeatedly, and also if the live database is gone', async () => {
    const live = await database()
    await runSql(live, NOTES)
    const first = await restoreBackup(deps(), inputOf(live))
    const second = await restoreBackup(deps(), inputOf(live))
    expect(second.keptAs).toBe(`${first.keptAs}_2`)
    await databases.at(-1)?.drop()
    const third = await restoreBackup(deps(), inputOf(live))
    expect(third).not.toHaveProperty('keptAs')
    expect(await rowsOf(live, 'SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }])
  })

  test('does not touch the live database when the dump is damaged, and leaves nothing beside it', async () => {
    const live = await database()
    await runSql(live, `${NOTES};\nUPDATE notes SET note = 'newer'`)
    const bytes = await readAll(storage.store, manifest.object)
    const end = manifest.members.find(({ kind }) => kind === 'table')?.end as number
    bytes.fill(0, end - 8, end) // the table's check sum: wrong only once every row was sent
    const damaged = { ...deps(), store: withBytes(storage.store, bytes) }
    await expect(restoreBackup(damaged, inputOf(live))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await rowsOf(live, 'SELECT DISTINCT note FROM notes')).toEqual([{ note: 'newer' }])
    expect(await family(live)).toEqual([new URL(live).pathname.slice(1)])
  })

  test('does not swap a copy in that differs from what was backed up', async () => {
    const live = await database()
    const other = { ...manifest, members: manifest.members.map((m) => (m.kind === 'table' ? { ...m, rows: 3 } : m)) }
    const store = { ...storage.store, getJson: () => Promise.resolve(other) }
    const restoring = restoreBackup({ ...deps(), store }, inputOf(live))
    await expect(restoring).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('"public"."notes" has 2 rows instead of 3'),
    })
    expect(await family(live)).toEqual([new URL(live).pathname.slice(1)])
  })
})

describe('into another database', () => {
  test.runIf(isThorough)('fills an empty one', async () => {
    const other = await database()
    const report = await restoreInto(deps(), inputOf(other))
    expect(report).toMatchObject({ tables: 1, rows: 2 })
    expect(await rowsOf(other, 'SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }])
  })

  test.each([
    'CREATE TABLE theirs (a int)',
    'CREATE SCHEMA theirs',
    `CREATE FUNCTION f() RETURNS int RETURN 1`,
    `CREATE TYPE e AS ENUM ('a')`,
  ])('refuses one that is not empty: %s', async (theirs) => {
    const other = await database()
    await runSql(other, theirs)
    const restoring = restoreInto(deps(), inputOf(other))
    await expect(restoring).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
  })

  test('refuses a read-only one before it writes anything', async () => {
    const other = await database()
    await runSql(other, `ALTER DATABASE ${new URL(other).pathname.slice(1)} SET default_transaction_read_only = on`)
    const refused = { code: 'RESTORE_FAILED', message: expect.stringMatching(/^the database test_\w+ is read-only: /) }
    await expect(restoreInto(deps(), inputOf(other))).rejects.toMatchObject(refused)
    const tables = restoreTables(deps(), { ...inputOf(other), tables: ['notes'] })
    await expect(tables).rejects.toMatchObject(refused)
    expect(await rowsOf(other, `SELECT to_regclass('notes') AS notes`)).toEqual([{ notes: null }])
  })

  test.runIf(isThorough)('says that the rows are restored if earlier contents make the database differ', async () => {
    const other = await database()
    await runSql(other, 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC')
    await expect(restoreInto(deps(), inputOf(other))).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringMatching(/^test_\w+ now has every row but differs in other ways.*\(catalog: /),
    })
    expect(await rowsOf(other, 'SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }])
  })

  test.runIf(isThorough)('leaves it empty if the end of the dump is damaged', async () => {
    const other = await database()
    const bytes = await readAll(storage.store, manifest.object)
    const damaged = { ...deps(), store: withBytes(storage.store, bytes.subarray(0, -10)) }
    await expect(restoreInto(damaged, inputOf(other))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect((await restoreInto(deps(), inputOf(other))).rows).toBe(2)
  })
})

test('a restore of a missing backup is refused before anything else', async () => {
  const id = parseBackupId('20200101T000000Z-000000')
  const input = { source: SOURCE, id, databaseUrl: 'postgres://nobody@127.0.0.1:1/none' }
  await expect(restoreBackup(deps(), input)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
  await expect(restoreInto(deps(), input)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
})

/** Clients that query without a pause and reconnect at once when they are disconnected. */
function startClients(url: string) {
  const stopping = new AbortController()
  let served = 0
  async function one(): Promise<void> {
    while (!stopping.signal.aborted) {
      const client = new Client({ connectionString: url })
      client.on('error', () => undefined)
      try {
        await client.connect()
        while (!stopping.signal.aborted) {
          await client.query('SELECT count(*) FROM notes')
          served += 1
        }
      } catch {
        // disconnected, or the name did not exist for a moment
      } finally {
        await client.end().catch(() => undefined)
      }
    }
  }
  const running = [one(), one(), one()]
  return {
    served: () => served,
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
