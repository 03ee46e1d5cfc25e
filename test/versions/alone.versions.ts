/** `hunter backup` with no stack, on each version: the whole way of a backup, and what may not be backed up by name. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import type { BackupEntry } from '#backups/store/catalog'
import type { Proof } from '#backups/format/manifest'
import { withDatabase } from '#backups/postgres/session'
import { backupCommand } from '#cli/backup'
import { startPostgres } from '#emulators/postgres/postgres'
import { rowsOf, runSql } from '../backups/fixtures.ts'
import { contentOf } from '../backups/oracle/oracle.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../support/postgres.ts'
import { runInProcess } from '../support/run-in-process.ts'
import type { Finished } from '../support/run-hunter.ts'
import { newestPostgres } from '../support/newest-postgres.ts'

const major = inject('postgresMajor')
const NEWEST = 18
/** Before, the schema public had another owner and other rights. */
const PUBLIC_ALIKE_SINCE = 15
const SHOP = String.raw`
CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email citext UNIQUE, mood mood, more hstore);
INSERT INTO people (email, mood, more) SELECT 'P' || n || '@example.org', 'ok', hstore('n', n::text) FROM generate_series(1, 1000) n;
CREATE TABLE sales (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE sales_all PARTITION OF sales DEFAULT;
INSERT INTO sales VALUES ('2026-11-21', E'tab\t\\ line\n');
CREATE MATERIALIZED VIEW moods AS SELECT mood, count(*) FROM people GROUP BY 1`

let dir: string
let dest: string
let shop: TestDatabase
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-alone-'))
  vi.stubEnv('HUNTER_DATA_DIR', join(dir, 'no-stack'))
  shop = await createTestDatabase()
  await runSql(shop.url, SHOP)
})
beforeEach(async () => {
  dest = await mkdtemp(join(dir, 'dest-'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await shop.drop()
  await rm(dir, { recursive: true, force: true })
})

const hunter = (...args: string[]): Promise<Finished> => runInProcess(backupCommand, args)
const run = (source: string, ...more: string[]) => hunter('run', '--source', source, '--dest', dest, ...more)

async function list(): Promise<BackupEntry[]> {
  return JSON.parse((await hunter('list', '--from', dest, '--json')).out) as BackupEntry[]
}

test('run, list, show, verify and restore', async () => {
  const made = await run(shop.url)
  expect(made).toMatchObject({ status: 0, err: '' })
  expect(made.out).toMatch(new RegExp(`Postgres ${major}\\.\\d+[^]*proof +level 4 fingerprints equal`))
  const [{ id, state } = { id: '', state: '' }] = await list()
  expect(state).toBe('verified')
  expect((await hunter('show', id, '--from', dest)).out).toMatch(/public\.people +1000 /)
  const verified = await hunter('verify', id, '--from', dest, '--json')
  expect(JSON.parse(verified.out)).toMatchObject({ verified: true, level: 4 } satisfies Partial<Proof>)

  const copy = await createTestDatabase()
  expect(await hunter('restore', id, '--from', dest, '--to', copy.url)).toMatchObject({ status: 0, err: '' })
  expect(await contentOf(copy.url)).toEqual(await contentOf(shop.url))
  await copy.drop()
})

describe('a database that may only be read', () => {
  let readOnly: TestDatabase
  beforeAll(async () => {
    readOnly = await createTestDatabase()
    await runSql(readOnly.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
    await setReadOnly(readOnly.url)
  })
  afterAll(() => readOnly.drop())

  test('is backed up', async () => {
    expect(await run(readOnly.url, '--no-verify')).toMatchObject({ status: 0, err: '' })
    expect(await list()).toMatchObject([{ state: 'unproven' }])
  })

  test('takes no restore, and says why', async () => {
    await run(shop.url, '--no-verify')
    const [{ id } = { id: '' }] = await list()
    const copy = await createTestDatabase()
    await setReadOnly(copy.url)
    const restored = await hunter('restore', id, '--from', dest, '--to', copy.url)
    expect(restored).toMatchObject({
      status: 1,
      err: expect.stringMatching(/RESTORE_FAILED: the database \S+ is read-only/),
    })
    await copy.drop()
  })

  async function setReadOnly(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1)
    await runSql(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  }
})

describe('a role that is no superuser', () => {
  const role = `role_${major}`
  let owned: TestDatabase
  beforeAll(async () => {
    owned = await createTestDatabase()
    const name = new URL(owned.url).pathname.slice(1)
    await runSql(
      owned.url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x';\nCREATE ROLE ${role}_guest LOGIN PASSWORD 'x';\nALTER DATABASE ${name} OWNER TO ${role}`,
    )
    await runSql(
      as(role),
      `CREATE SCHEMA own;\nCREATE TABLE own.notes (a int);\nINSERT INTO own.notes VALUES (1);
       CREATE TABLE own.secrets (a int);\nALTER TABLE own.secrets ENABLE ROW LEVEL SECURITY;\nINSERT INTO own.secrets VALUES (1)`,
    )
  })
  afterAll(async () => {
    await owned.drop()
    await runSql(serverUrl(), `DROP ROLE ${role};\nDROP ROLE ${role}_guest`)
  })

  function as(user: string): string {
    const url = new URL(owned.url)
    url.username = user
    url.password = 'x'
    return url.href
  }

  test('backs up what it owns', async () => {
    expect(await run(as(role))).toMatchObject({ status: 0, err: '' })
    expect(await list()).toMatchObject([{ state: 'verified' }])
    const { manifest } = (await list())[0] as BackupEntry & { readable: true }
    // a role without any right sees which server it is
    expect(manifest).toMatchObject({ database: { server: { systemIdentifier: expect.stringMatching(/^\d{19}$/) } } })
  })

  test('is told what it may not read, and leaves only the record of the run', async () => {
    const guest = as(`${role}_guest`)
    const failing = async (words: RegExp) => {
      expect(await run(guest)).toMatchObject({ status: 6, out: '', err: expect.stringMatching(words) })
      expect(await list()).toMatchObject([{ readable: false, run: { hasBackup: false } }])
      await rm(dest, { recursive: true })
    }
    await failing(/BACKUP_FAILED.*permission denied for schema own/)
    await runSql(owned.url, `GRANT USAGE ON SCHEMA own TO ${role}_guest`)
    await failing(/BACKUP_FAILED.*permission denied for table (?:notes|secrets)/)
    await runSql(owned.url, `GRANT SELECT ON own.notes, own.secrets TO ${role}_guest`)
    await failing(/BACKUP_FAILED.*row-level security policy for table "secrets"/) // rows are never filtered in silence
    await runSql(owned.url, `ALTER ROLE ${role}_guest BYPASSRLS`)
    expect(await run(guest, '--no-verify')).toMatchObject({ status: 0, err: '' })
  })

  test.skipIf(major < 14)('backs up what pg_read_all_data lets it read', async () => {
    const guest = `${role}_guest`
    await runSql(
      owned.url,
      `REVOKE ALL ON SCHEMA own FROM ${guest};\nGRANT pg_read_all_data TO ${guest};\nALTER ROLE ${guest} BYPASSRLS`,
    )
    expect(await run(as(guest), '--no-verify')).toMatchObject({ status: 0, err: '' })
  })
})

test('what was taken from PUBLIC in the schema public does not come back', async () => {
  const mayOf = async (url: string) =>
    rowsOf(
      url,
      `SELECT has_schema_privilege('public', 'public', 'CREATE') AS c, has_schema_privilege('public', 'public', 'USAGE') AS u`,
    )
  for (const rights of ['CREATE', 'ALL', 'USAGE']) {
    const closed = await createTestDatabase()
    const copy = await createTestDatabase()
    await runSql(closed.url, `GRANT ALL ON SCHEMA public TO PUBLIC;\nREVOKE ${rights} ON SCHEMA public FROM PUBLIC`)
    const made = JSON.parse((await run(closed.url, '--no-verify', '--json')).out) as { id: string }
    expect(await hunter('restore', made.id, '--from', dest, '--to', copy.url)).toMatchObject({ status: 0, err: '' })
    expect(await mayOf(copy.url)).toEqual(await mayOf(closed.url))
    await Promise.all([closed.drop(), copy.drop()])
  }
})

test.skipIf(major === NEWEST)('a dump of the newest version restores here, or says what is older', async () => {
  const newest = await startPostgres({ ...(await newestPostgres()), dir: join(dir, 'newest'), durable: false })
  try {
    await runSql(newest.url, `CREATE DATABASE plain;\nCREATE DATABASE newer`)
    const [plain, newer] = ['plain', 'newer'].map((name) => withDatabase(newest.url, name)) as [string, string]
    await runSql(plain, `CREATE SCHEMA own;\nCREATE TABLE own.notes (a int);\nINSERT INTO own.notes VALUES (1)`)
    await runSql(newer, `CREATE TABLE doubled (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)`)
    for (const url of [plain, newer]) expect(await run(url, '--no-verify')).toMatchObject({ status: 0 })
    const entries = (await list()) as (BackupEntry & { source: string })[]
    const into = async (source: string) => {
      const copy = await createTestDatabase()
      const id = entries.find((entry) => entry.source === source)?.id ?? ''
      const { status, err } = await hunter('restore', id, '--from', dest, '--to', copy.url)
      const tables = await rowsOf(copy.url, `SELECT relname FROM pg_class WHERE relname IN ('notes', 'doubled')`)
      await copy.drop()
      return { status, err, tables: tables.length }
    }
    const older = new RegExp(
      `RESTORE_FAILED: Postgres ${major}\\.\\d+ is older than the Postgres 18.* that was backed up`,
    )
    expect(await into('newer')).toEqual({ status: 1, err: expect.stringMatching(older), tables: 0 })
    const isAlike = major >= PUBLIC_ALIKE_SINCE
    expect(await into('plain')).toMatchObject({
      status: isAlike ? 0 : 1,
      err: expect.stringMatching(isAlike ? /^$/ : /is older.*SCHEMA -\.public is new/),
    })
  } finally {
    await newest.close()
  }
})
