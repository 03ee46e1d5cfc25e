/** Definitions that pg_dump prints differently after a reload are equal; real differences are found. */
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareCopy } from '#backups/restore/compare'
import { readDdl } from '#backups/postgres/pg-dump-entries'
import type { Manifest } from '#backups/format/manifest'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { verifyBackup } from '#backups/proof/verify'
import { compareAfterReload } from '#backups/proof/reload'
import { dropDeadReloads } from '#backups/proof/reload-database'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import type { RestoreTarget } from '#backups/restore/target'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'
import { reprintedSql } from '../schemas/reprinted.ts'

let storage: TestStore
let source: TestDatabase
let manifest: Manifest
let copy: TestDatabase
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  source = await createTestDatabase()
  copy = await createTestDatabase()
  await runSql(source.url, reprintedSql(18))
  manifest = await dump(storage.store, source.url)
})
afterAll(async () => {
  await Promise.all([source.drop(), copy.drop()])
  await storage.close()
})

const prove = (id: Manifest['id'], places: { embeddedBytesMax?: number; scratchUrl?: string } = {}) => {
  const deps = { store: storage.store, clock: systemClock, tempDir: tmpdir(), ...places }
  return verifyBackup(deps, { source: SOURCE, id, toolVersion: TOOL_VERSION })
}
const restore = (id: Manifest['id'], databaseUrl: string) =>
  restoreInto({ store: storage.store, clock: systemClock }, { source: SOURCE, id, databaseUrl })

async function onTarget<T>(url: string, work: (target: RestoreTarget) => Promise<T>): Promise<T> {
  const target = await openPostgresTarget(url)
  try {
    return await work(target)
  } finally {
    await target.close()
  }
}

async function reloadDatabases(): Promise<string[]> {
  const sql = `SELECT datname FROM pg_database WHERE datname LIKE 'hunter_reload_%'`
  return (await rowsOf<{ datname: string }>(serverUrl(), sql)).map(({ datname }) => datname)
}

describe('a definition that a reload prints alike is equal', () => {
  test.runIf(isThorough)(
    'in the embedded Postgres, whose proof names the tables with another order of columns',
    async () => {
      const proof = await prove(manifest.id)
      expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
      expect(proof).toMatchObject({ verified: true, level: 4 })
      const reordered = ['adopted', 'child', 'grandchild', 'inherits_loosely'].map((name) => `"public"."${name}"`)
      expect(proof.checks.find(({ name }) => name === 'fingerprints')?.reason).toBe(
        `equal, with their columns in a different order than in the source: ${reordered.join(', ')}`,
      )
    },
  )

  test.runIf(isThorough)('on a scratch server, without leftovers', async () => {
    expect(await prove(manifest.id, { embeddedBytesMax: 0, scratchUrl: serverUrl() })).toMatchObject({ verified: true })
    expect(await reloadDatabases()).toEqual([])
  })

  test('in an empty database, with every sequence as it was', async () => {
    expect(await restore(manifest.id, copy.url)).toMatchObject({ tables: expect.any(Number), remarks: [] })
    const sequences = `SELECT sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle, cache_size, last_value FROM pg_sequences ORDER BY 1`
    expect(await rowsOf(copy.url, sequences)).toEqual(await rowsOf(source.url, sequences))
    expect(await reloadDatabases()).toEqual([])
  })

  test.runIf(isThorough)('in a restore over the live database', async () => {
    const deps = { store: storage.store, clock: systemClock }
    const report = await restoreBackup(deps, { source: SOURCE, id: manifest.id, databaseUrl: copy.url })
    expect(report).toMatchObject({ keptAs: expect.any(String), remarks: [] })
    await runSql(serverUrl(), `DROP DATABASE "${report.keptAs}"`)
  })
})

/** Each prints as before except for a value, beside definitions that print differently and are equal. */
const CHANGES: Record<string, string> = {
  'TABLE public.orders': `ALTER TABLE orders DROP CONSTRAINT between_and, ADD CONSTRAINT between_and CHECK (a BETWEEN 1 AND 6 AND b > 0)`,
  'TABLE public.computed': `ALTER TABLE computed ALTER d SET DEFAULT ('y'::varchar IN ('a', 'b'))`,
  'TABLE public.part': `ALTER TABLE part DROP CONSTRAINT part_s_check, ADD CONSTRAINT part_s_check CHECK (s IN ('a', 'b'))`,
  'CHECK CONSTRAINT public.orders not_yet': `ALTER TABLE orders DROP CONSTRAINT not_yet, ADD CONSTRAINT not_yet CHECK (status IN ('new', 'paid', 'x')) NOT VALID`,
  'CONSTRAINT public.apart apart_r_excl': `ALTER TABLE apart DROP CONSTRAINT apart_r_excl, ADD EXCLUDE USING gist (r WITH &&) WHERE (s IN ('a', 'c'))`,
  'DOMAIN public.state': `ALTER DOMAIN state DROP CONSTRAINT state_check1;\nALTER DOMAIN state ADD CONSTRAINT state_check1 CHECK (length(VALUE) BETWEEN 1 AND 4 AND VALUE <> '')`,
  'FOREIGN TABLE public.remote': `ALTER FOREIGN TABLE remote DROP CONSTRAINT remote_s_check, ADD CONSTRAINT remote_s_check CHECK (s IN ('a', 'c'))`,
  'FUNCTION public.of_sql(character varying)': `CREATE OR REPLACE FUNCTION of_sql(p varchar) RETURNS bool LANGUAGE sql RETURN p IN ('a', 'c')`,
  'FUNCTION public.with_default(boolean)': `CREATE OR REPLACE FUNCTION with_default(p bool DEFAULT ('x'::varchar IN ('a', 'c'))) RETURNS bool LANGUAGE sql AS 'SELECT p'`,
  'INDEX public.open_orders': `DROP INDEX open_orders;\nCREATE INDEX open_orders ON orders (a) WHERE status IN ('new', 'paid') OR a BETWEEN 1 AND 5`,
  'MATERIALIZED VIEW public.kept': `DROP MATERIALIZED VIEW kept;\nCREATE MATERIALIZED VIEW kept AS SELECT status, a FROM orders WHERE status IN ('new', 'x');\nCREATE INDEX kept_open ON kept (a) WHERE status IN ('new', 'paid');\nREVOKE ALL ON kept FROM pg_monitor;\nGRANT INSERT ON kept TO CURRENT_USER`,
  'POLICY public.orders mine': `ALTER POLICY mine ON orders USING (status IN ('new', 'x'))`,
  'PROCEDURE public.doing(character varying)': `CREATE OR REPLACE PROCEDURE doing(p varchar) LANGUAGE sql BEGIN ATOMIC INSERT INTO computed (s) SELECT p WHERE p IN ('a', 'c'); END`,
  'PUBLICATION TABLE public.of_orders orders': `ALTER PUBLICATION of_orders SET TABLE orders WHERE (a BETWEEN 1 AND 6 AND id > 0)`,
  'RULE public.orders also': `CREATE OR REPLACE RULE also AS ON UPDATE TO orders WHERE new.status IN ('new', 'paid') DO ALSO DELETE FROM orders WHERE status IN ('x', 'z')`,
  'STATISTICS public.of_states': `DROP STATISTICS of_states;\nCREATE STATISTICS of_states ON (status IN ('new', 'x')), a FROM orders`,
  'TRIGGER public.orders seen': `CREATE OR REPLACE TRIGGER seen BEFORE UPDATE ON orders FOR EACH ROW WHEN (new.status IN ('new', 'paid') AND new.a BETWEEN 2 AND old.a AND new.b > 0) EXECUTE FUNCTION nothing()`,
  'VIEW public.open': `CREATE OR REPLACE VIEW open AS SELECT *, status IN ('new') AS is_new FROM orders WHERE status IN ('new', 'paid') AND (a BETWEEN 1 AND 5 OR b > 0)`,
  'ACL public.TABLE given': `GRANT TRUNCATE ON given TO pg_monitor`,
}

test.runIf(isThorough)('a proof finds exactly what was changed in the copy', async () => {
  await runSql(copy.url, [...Object.values(CHANGES), 'ALTER SEQUENCE narrow_a_seq AS int'].join(';\n'))
  const compared = await onTarget(copy.url, (target) => compareCopy(storage.store, manifest, target))
  const { passed, reason = '' } = compared.find(({ name }) => name === 'catalog') ?? {}
  const [, shown = '', more] = /^(.*) and (\d+) more$/.exec(reason) ?? []
  const labels = shown.split('; ').map((each) => each.replace(/ differs$/, ''))
  expect(Object.keys(CHANGES)).toEqual(expect.arrayContaining(labels))
  expect({ passed, found: labels.length + Number(more) }).toEqual({ passed: false, found: Object.keys(CHANGES).length })
  const sequences = { passed: false, reason: expect.stringContaining('"narrow_a_seq" AS smallint') }
  expect(compared.find(({ name }) => name === 'sequences')).toMatchObject(sequences)
  expect(await reloadDatabases()).toEqual([])
})

test.runIf(isThorough)('definitions that load on neither side are not equal', async () => {
  const table = (type: string) => ({
    type: 'TABLE',
    schema: 'public',
    name: 't',
    sql: `CREATE TABLE public.t (a ${type});`,
  })
  const sides = { source: { preamble: '', entries: [table('not_there')] }, copy: [table('nowhere')], read: readDdl }
  expect(await onTarget(copy.url, (target) => compareAfterReload(target, sides, ['TABLE public.t']))).toEqual([
    'TABLE public.t',
  ])
})

test.runIf(isThorough)(
  'a restore by a role that may not create databases reloads definitions in the embedded Postgres',
  async () => {
    const own = await createTestDatabase()
    const role = new URL(own.url).pathname.slice(1)
    try {
      await runSql(own.url, `CREATE ROLE ${role} LOGIN PASSWORD 'x';\nALTER DATABASE ${role} OWNER TO ${role}`)
      const url = new URL(own.url)
      Object.assign(url, { username: role, password: 'x' })
      await runSql(
        url.href,
        `CREATE EXTENSION citext;\nCREATE SCHEMA s;\nCREATE TABLE s.t (a varchar(9) CHECK (a IN ('x', 'y')))`,
      )
      const { id } = await dump(storage.store, url.href)
      await runSql(url.href, 'DROP SCHEMA s CASCADE;\nDROP EXTENSION citext')
      expect(await restore(id, url.href)).toMatchObject({ tables: 1 })
    } finally {
      await own.drop()
      await runSql(serverUrl(), `DROP ROLE ${role}`)
    }
  },
)

test.runIf(isThorough)('a stored row of a table with another order of columns is not equal', async () => {
  const values = await createTestDatabase()
  const into = await createTestDatabase()
  await runSql(
    values.url,
    `CREATE TABLE parent (a int);\nCREATE TABLE child (b int) INHERITS (parent);\nALTER TABLE parent ADD COLUMN c int;
     CREATE DOMAIN children AS child[];\nCREATE TABLE holder (one child, "all" children);\nINSERT INTO holder VALUES ((1, 2, 3), ARRAY[(1, 2, 3)::child])`,
  )
  const { id } = await dump(storage.store, values.url)
  const message = expect.stringContaining('holder."all" contains rows of a table whose columns have a different order')
  await expect(restore(id, into.url)).rejects.toMatchObject({ code: 'RESTORE_FAILED', message })
  await Promise.all([values.drop(), into.drop()])
})

test.runIf(isThorough)('the database of a killed reload is dropped once its copy is gone', async () => {
  const [found] = await rowsOf<{ oid: string }>(
    copy.url,
    `SELECT oid::text FROM pg_database WHERE datname = current_database()`,
  )
  const alive = `hunter_reload_${found?.oid}`
  await runSql(serverUrl(), [alive, 'hunter_reload_4294967295'].map((name) => `CREATE DATABASE ${name}`).join(';\n'))
  await withClient(serverUrl(), async (admin) => {
    await dropDeadReloads({ admin, adminUrl: serverUrl() })
    expect(await reloadDatabases()).toEqual([alive])
  })
  await onTarget(copy.url, async (target) => (await target.openScratch()).close())
  expect(await reloadDatabases()).toEqual([])
})
