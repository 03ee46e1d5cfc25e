/** Restores by a role without superuser rights, on a server that lacks the source's roles. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDdl } from '#backups/postgres/pg-dump-entries'
import { readNamedRoles, readOwners, removeOwner } from '#backups/dump/dumped-roles'
import type { Manifest } from '#backups/format/manifest'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { getDatabaseName, withDatabase } from '#backups/postgres/session'
import { withRole } from '#cli/backup/restore-url'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE } from '../fixtures.ts'

const suffix = randomBytes(4).toString('hex')
const [owner, reader, plain, app] = ['own "er\'s', 'reader', 'plain', 'the app'].map((name) => `${name}_${suffix}`)
const quoted = (role = '') => `"${role.replaceAll('"', '""')}"`

let storage: TestStore
let manifest: Manifest
const copies: TestDatabase[] = []

const SCHEMA = `
  CREATE ROLE ${quoted(owner)};
  CREATE ROLE ${quoted(reader)};
  CREATE ROLE ${quoted(app)};
  CREATE ROLE ${plain} LOGIN PASSWORD 'secret';
  GRANT ${quoted(app)} TO ${plain};
  CREATE TABLE notes (id int PRIMARY KEY, note text);
  INSERT INTO notes VALUES (1, 'one');
  ALTER TABLE notes OWNER TO ${quoted(owner)};
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY for_readers ON notes TO ${quoted(reader)} USING (id > 0);
  CREATE POLICY for_all ON notes USING (id > 0);
  GRANT SELECT ON notes TO ${quoted(reader)} WITH GRANT OPTION;
  GRANT UPDATE (note) ON notes TO ${quoted(app)};
  CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1';
  REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC;
  CREATE SCHEMA inner_one AUTHORIZATION ${quoted(owner)};
  ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(owner)} GRANT SELECT ON TABLES TO ${quoted(reader)};
  SELECT lo_from_bytea(4711, 'large');
  COMMENT ON LARGE OBJECT 4711 IS 'one';
  ALTER LARGE OBJECT 4711 OWNER TO ${quoted(owner)};
  GRANT SELECT ON LARGE OBJECT 4711 TO ${quoted(reader)};
  CREATE FOREIGN DATA WRAPPER remote;
  CREATE SERVER shop FOREIGN DATA WRAPPER remote;
  CREATE USER MAPPING FOR ${quoted(reader)} SERVER shop;
  DROP FOREIGN DATA WRAPPER remote CASCADE`

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const source = await createTestDatabase()
  await runSql(source.url, SCHEMA)
  manifest = await dump(storage.store, source.url)
  await source.drop()
  await runSql(serverUrl(), `DROP ROLE ${quoted(owner)};\nDROP ROLE ${quoted(reader)}`)
})
afterAll(async () => {
  for (const copy of copies) await copy.drop()
  await runSql(serverUrl(), `DROP ROLE ${plain};\nDROP ROLE ${quoted(app)}`)
  await storage.close()
})

/** Creates an empty database owned by the plain role and returns its URL. */
async function emptyFor(role = plain): Promise<{ url: string; admin: string }> {
  const copy = await createTestDatabase(`OWNER ${quoted(role)}`)
  copies.push(copy)
  return { url: Object.assign(new URL(copy.url), { username: plain, password: 'secret' }).href, admin: copy.url }
}
const deps = () => ({ store: storage.store, clock: systemClock })
const input = (databaseUrl: string) => ({ source: SOURCE, id: manifest.id, databaseUrl })

const OWNERS = `
  SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c WHERE c.relname = 'notes'
  UNION ALL SELECT 'large', pg_get_userbyid(lomowner) FROM pg_largeobject_metadata
  UNION ALL SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'inner_one'`

test('are refused before the restore if their roles are missing, with the names and a remedy', async () => {
  const { url, admin } = await emptyFor()
  await expect(restoreInto(deps(), input(url))).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    message: expect.stringMatching(
      new RegExp(
        `^the server has no role .*"reader_${suffix}", and ${plain} may not create roles; ${plain} may not give objects to .*${suffix}".*--no-owner$`,
      ),
    ),
  })
  expect(await rowsOf(admin, OWNERS)).toEqual([])
  await expect(restoreBackup(deps(), input(url))).rejects.toMatchObject({
    message: expect.stringContaining('--no-owner'),
  })
})

test('give every object to the restoring role, and omit rights of missing roles', async () => {
  const { url, admin } = await emptyFor()
  const { rows, remarks } = await restoreInto(deps(), { ...input(url), noOwner: true })
  expect(rows).toBe(1)
  expect(remarks).toContainEqual(expect.stringMatching(/^every object belongs to the role that restored it/))
  expect(await rowsOf(admin, OWNERS)).toEqual([
    { name: 'notes', owner: plain },
    { name: 'large', owner: plain },
    { name: 'inner_one', owner: plain },
  ])
  expect(await rowsOf(admin, 'SELECT polname FROM pg_policy')).toEqual([{ polname: 'for_all' }])
  const rights = `SELECT has_column_privilege('${app}', 'notes', 'note', 'UPDATE') AS app,
    has_function_privilege('public', 'secret()', 'EXECUTE') AS public`
  expect(await rowsOf(admin, rights)).toEqual([{ app: true, public: false }])
})

test.runIf(isThorough)('give every object to a role of which the restoring one is a member', async () => {
  const { url, admin } = await emptyFor(app)
  await restoreInto(deps(), { ...input(withRole(`${url}?options=-c%20work_mem%3D1MB`, app)), noOwner: true })
  expect(await rowsOf(admin, OWNERS)).toEqual([
    { name: 'notes', owner: app },
    { name: 'large', owner: app },
    { name: 'inner_one', owner: app },
  ])
})

test.runIf(isThorough)('also apply to a restore over the live database', async () => {
  await runSql(serverUrl(), `ALTER ROLE ${plain} CREATEDB`)
  const { url, admin } = await emptyFor()
  const report = await restoreBackup(deps(), { ...input(url), noOwner: true })
  copies.push({ url: '', drop: () => runSql(serverUrl(), `DROP DATABASE ${report.keptAs}`) })
  expect(report.remarks).toContainEqual(expect.stringMatching(/^every object belongs/))
  expect(await rowsOf(withDatabase(serverUrl(), getDatabaseName(admin)), OWNERS)).toContainEqual({
    name: 'notes',
    owner: plain,
  })
})

describe('a target that is not empty', () => {
  test.each([
    [`SELECT lo_from_bytea(4711, 'theirs')`, 'large object: 1'],
    ['CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)', 'operator: 1'],
    ['CREATE PUBLICATION theirs FOR ALL TABLES', 'publication: 1'],
    ['CREATE COLLATION theirs FROM "C"', 'collation: 1'],
  ])('is refused by name: %s', async (sql, what) => {
    const { admin } = await emptyFor()
    await runSql(admin, sql)
    await expect(restoreInto(deps(), input(admin))).rejects.toMatchObject({
      code: 'RESTORE_TARGET_IN_USE',
      message: `the database ${getDatabaseName(admin)} is not empty (${what})`,
    })
  })
})

describe('the text of an entry after its owner was removed', () => {
  const entry = (type: string, sql: string) =>
    `--\n-- Name: x; Type: ${type}; Schema: public; Owner: bob\n--\n\n${sql}\n\n`
  const left = (type: string, sql: string, roles: string[] = []) => {
    const [read] = readDdl(entry(type, sql)).entries
    return read && removeOwner(read, new Set(roles))?.sql.split('\n').slice(4).join('\n').trim()
  }

  test('keeps a function body that contains such a statement', () => {
    const body = `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n\nALTER TABLE t OWNER TO bob;\n$$;`
    expect(left('FUNCTION', `${body}\n\n\nALTER FUNCTION f() OWNER TO "b""o;b";`)).toBe(body)
    expect(
      readOwners(readDdl(entry('FUNCTION', `${body}\n\n\nALTER FUNCTION f() OWNER TO "b""o;b";`)).entries),
    ).toEqual(['"b""o;b"'])
  })

  test('keeps the rights of existing roles, except those that missing roles granted', () => {
    const rights = 'REVOKE ALL ON TABLE t FROM PUBLIC;\nGRANT SELECT ON TABLE t TO ann;'
    const others =
      'GRANT SELECT ON TABLE t TO "z z" WITH GRANT OPTION;\nSET SESSION AUTHORIZATION "z z";\nGRANT SELECT ON TABLE t TO ann;\nRESET SESSION AUTHORIZATION;'
    expect(left('ACL', `${rights}\n${others}`, ['"ann"'])).toBe(rights)
    expect(left('USER MAPPING', 'CREATE USER MAPPING FOR ann SERVER s;', ['"ann"'])).toContain('FOR ann')
    expect(left('USER MAPPING', 'CREATE USER MAPPING FOR bob SERVER s;', ['"ann"'])).toBe(undefined)
    expect(left('POLICY', 'CREATE POLICY p ON t TO ann, "z z" USING (true);', ['"ann"', '"z z"'])).toContain('POLICY')
  })

  test('knows the roles that the dump creates', () => {
    expect(readNamedRoles('SET x = y;\n')).toEqual([])
  })
})
