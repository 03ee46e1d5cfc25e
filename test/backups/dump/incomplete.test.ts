/** A dump names what it cannot hold: from the catalog, from pg_dump's warnings, and by comparing the two. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { findMissingObjects } from '#backups/dump/catalog-objects'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { writeDdl, readDdl } from '#backups/postgres/pg-dump-entries'
import { dropDatabase } from '#backups/postgres/drop-database'
import { dumpDatabase } from '#backups/dump/dump'
import { readWarnings } from '#backups/postgres/pg-dump-warnings'
import { restoreInto } from '#backups/restore/into-empty'
import { getDatabaseName, openSession } from '#backups/postgres/session'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, runSql, TOOL_VERSION, withClient } from '../fixtures.ts'

const role = `reader_${randomBytes(4).toString('hex')}`
let storage: TestStore
let source: TestDatabase
let asRole: string

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  source = await createTestDatabase()
  asRole = Object.assign(new URL(source.url), { username: role, password: 'secret' }).href
  await runSql(
    source.url,
    `CREATE ROLE ${role} LOGIN PASSWORD 'secret';
     CREATE FOREIGN DATA WRAPPER remote;
     CREATE SERVER shop FOREIGN DATA WRAPPER remote;
     CREATE SERVER closed FOREIGN DATA WRAPPER remote;
     GRANT USAGE ON FOREIGN SERVER shop TO ${role};
     CREATE USER MAPPING FOR ${role} SERVER shop OPTIONS (password 'mine');
     CREATE USER MAPPING FOR pg_monitor SERVER shop;
     CREATE TABLE t (id int);
     GRANT SELECT ON t TO ${role}`,
  )
})
afterAll(async () => {
  const admin = await openSession(serverUrl())
  await dropDatabase({ admin, adminUrl: serverUrl() }, getDatabaseName(source.url))
  await admin.query(`DROP ROLE ${role}`)
  await Promise.all([admin.end(), storage.close()])
})

const HIDDEN = {
  subscription: 'a subscription, whose connection a superuser alone may read (news)',
  options: 'the options of a user mapping, which only its user, the owner of the server or a superuser may read',
}

describe('for a role that may read every row but is not a superuser', () => {
  test.runIf(isThorough)('a complete backup succeeds', async () => {
    expect((await dump(storage.store, asRole, 'plain')).incomplete).toBeUndefined()
  })

  test('the backup fails and names what the role may not read', async () => {
    await runSql(
      source.url,
      `CREATE SUBSCRIPTION news CONNECTION 'host=127.0.0.1 password=secret' PUBLICATION p WITH (connect = false);
       CREATE USER MAPPING FOR PUBLIC SERVER shop OPTIONS (password 'theirs');
       CREATE USER MAPPING FOR PUBLIC SERVER closed`,
    )
    await expect(dump(storage.store, asRole, 'plain')).rejects.toMatchObject({
      code: 'BACKUP_UNSUPPORTED',
      message: `the dump cannot include ${HIDDEN.subscription}, ${HIDDEN.options} (public on closed), ${HIDDEN.options} (public on shop)`,
    })
  })

  test('--allow-incomplete makes the backup; the backup and its restores say what it lacks', async () => {
    const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
    const input = { id, source: 'lacking', databaseUrl: asRole, toolVersion: TOOL_VERSION, allowIncomplete: true }
    const { incomplete } = await dumpDatabase({ store: storage.store, clock: systemClock }, input)
    expect(incomplete).toEqual([
      HIDDEN.subscription,
      `${HIDDEN.options} (public on closed)`,
      `${HIDDEN.options} (public on shop)`,
      'what pg_dump warned about (subscriptions not dumped because current user is not a superuser)',
    ])
    const copy = await createTestDatabase()
    const restored = await restoreInto(
      { store: storage.store, clock: systemClock },
      { source: 'lacking', id, databaseUrl: copy.url },
    )
    expect(restored.remarks).toContain(`the backup lacks ${HIDDEN.subscription}`)
    await copy.drop()
  })

  test.runIf(isThorough)('a superuser backs up the same database completely', async () => {
    expect((await dump(storage.store, source.url, 'whole')).incomplete).toBeUndefined()
  })
})

test.runIf(isThorough)('objects that no pg_dump contains are named and do not fail the backup', async () => {
  const database = await createTestDatabase()
  await runSql(
    database.url,
    `CREATE EXTENSION citext;
     CREATE EXTENSION btree_gist;
     CREATE FUNCTION pg_catalog.ours() RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE TYPE odd AS ENUM ('a');
     CREATE FUNCTION same(bigint, odd) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
     CREATE OPERATOR === (FUNCTION = same, LEFTARG = bigint, RIGHTARG = odd);
     ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 3 === (bigint, odd);
     CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple);
     ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple ALTER MAPPING FOR word WITH plain`,
  )
  const { incomplete } = await dump(storage.store, database.url, 'never-dumped')
  expect(incomplete).toEqual([
    'a dictionary in a text search configuration of the system (simple: plain)',
    'an operator or function added to an operator family of the system or of an extension (integer_ops)',
    'what is in a schema of the system (pg_catalog.ours)',
  ])
  await database.drop()
})

test.runIf(isThorough)('objects in the catalog that pg_dump did not write are named', async () => {
  await withClient(source.url, async (client) => {
    const query = async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows
    await client.query('SET search_path = pg_catalog')
    await client.query('CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql RETURN 1')
    await client.query('CREATE FUNCTION public.f(text) RETURNS int LANGUAGE sql RETURN 1')
    const ddl = await dumpDdl(source.url)
    expect(await findMissingObjects(query, ddl)).toEqual([])
    const { preamble, entries } = readDdl(ddl.preData)
    const lost = entries.filter(({ type, name }) => type !== 'TABLE' && name !== 'f(integer)')
    const preData = writeDdl({ preamble, entries: lost })
    expect(await findMissingObjects(query, { ...ddl, preData })).toEqual([
      'TABLE public.t',
      '1 of 2 of FUNCTION public.f',
    ])
  })
})

test('warnings of pg_dump are read with their details, except those about nothing lost', () => {
  expect(
    readWarnings([
      'pg_dump: detail: of nothing',
      'pg_dump: warning: could not resolve dependency loop among these items:',
      'pg_dump: detail: TABLE a  (ID 1 OID 2)',
      'pg_dump: hint: none',
      'WARNING:  database "x" has a collation version mismatch',
      'pg-dump-child.ts: warning: postfix operators are not supported anymore (operator "!!")',
    ]),
  ).toEqual(['could not resolve dependency loop among these items: TABLE a  (ID 1 OID 2)'])
})
