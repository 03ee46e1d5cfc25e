import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, withClient } from '../fixtures.ts'

let storage: TestStore
let source: TestDatabase
let manifest: Manifest

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  source = await createTestDatabase()
  const name = nameOf(source.url)
  await withClient(source.url, (client) => client.query('CREATE ROLE "only here"'))
  await runSql(
    source.url,
    `CREATE TABLE notes (note text);
     COMMENT ON DATABASE ${name} IS 'ours';
     ALTER DATABASE ${name} SET application_name TO 'it''s ours';
     ALTER DATABASE ${name} CONNECTION LIMIT 77;
     ALTER ROLE "only here" IN DATABASE ${name} SET work_mem TO '5MB';
     REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC;
     GRANT TEMPORARY ON DATABASE ${name} TO pg_monitor;
     GRANT CONNECT ON DATABASE ${name} TO "only here"`,
  )
  manifest = await dump(storage.store, source.url)
})
afterAll(async () => {
  await source.drop()
  const server = await createTestDatabase()
  await withClient(server.url, (client) => client.query('DROP ROLE "only here"'))
  await server.drop()
  await storage.close()
})

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

const PROPERTIES = `
  SELECT shobj_description(d.oid, 'pg_database') AS comment, datconnlimit AS "limit", datcollate, encoding,
    (SELECT array_agg(coalesce(r.rolname, '') || ' ' || s ORDER BY 1) FROM pg_db_role_setting c CROSS JOIN unnest(setconfig) s
      LEFT JOIN pg_roles r ON r.oid = c.setrole WHERE setdatabase = d.oid) AS settings,
    (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS acl
  FROM pg_database d WHERE datname = current_database()`

async function propertiesOf(url: string) {
  return (await rowsOf<{ limit?: number; settings?: string[]; acl?: string[] }>(url, PROPERTIES))[0]
}

describe('the properties of the database itself', () => {
  test('are restored from the backup if the live database is gone', async () => {
    const before = await propertiesOf(source.url)
    await source.drop()
    const report = await restoreBackup(deps(), { source: SOURCE, id: manifest.id, databaseUrl: source.url })
    expect(report.remarks).toEqual([])
    expect(await propertiesOf(source.url)).toEqual(before)
  })

  test.runIf(isThorough)('are restored into another database, too, except name, owner, limit and locale', async () => {
    const other = await createTestDatabase()
    const report = await restoreInto(deps(), { source: SOURCE, id: manifest.id, databaseUrl: other.url })
    const { limit: _limit, ...expected } = (await propertiesOf(source.url)) ?? {}
    expect(await propertiesOf(other.url)).toMatchObject(expected)
    expect(report.remarks).toEqual([])
    await other.drop()
  })

  test.runIf(isThorough)(
    'are the defaults of the server if an older backup lacks them and the live database is gone',
    async () => {
      await source.drop()
      const { properties: _properties, ...database } = manifest.database
      const store: ObjectStore = { ...storage.store, getJson: () => Promise.resolve({ ...manifest, database }) }
      const input = { source: SOURCE, id: manifest.id, databaseUrl: source.url }
      expect(await restoreBackup({ ...deps(), store }, input)).toMatchObject({ tables: 1, remarks: [] })
      const other = await createTestDatabase()
      expect(await propertiesOf(source.url)).toEqual(await propertiesOf(other.url))
      await other.drop()
    },
  )

  test.runIf(isThorough)('are omitted with a remark if the server lacks the role, tablespace or locale', async () => {
    await source.drop()
    const properties = {
      ...manifest.database.properties,
      owner: 'missing here',
      tablespace: 'nowhere',
      provider: 'libc',
      collate: 'xx_XX',
      ctype: 'xx_XX',
      locale: null,
      settings: [
        { role: null, setting: 'application_name=kept' },
        { role: null, setting: 'no_such_setting=1' },
        { role: 'missing too', setting: 'work_mem=5MB' },
      ],
    }
    const other = { ...manifest, database: { ...manifest.database, properties } }
    const store: ObjectStore = { ...storage.store, getJson: () => Promise.resolve(other) }
    const input = { source: SOURCE, id: manifest.id, databaseUrl: source.url }
    const { remarks } = await restoreBackup({ ...deps(), store }, input)
    expect(remarks).toEqual([
      expect.stringContaining('there is no role missing here'),
      expect.stringContaining('there is no role missing too'),
      expect.stringContaining('there is no tablespace nowhere'),
      expect.stringContaining("the server's own locale"),
      expect.stringContaining('no_such_setting'),
    ])
    expect(await propertiesOf(source.url)).toMatchObject({ comment: 'ours', settings: [' application_name=kept'] })
  })
})

function deps() {
  return { store: storage.store, clock: systemClock }
}
