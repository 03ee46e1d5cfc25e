import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareEntries } from '#backups/restore/compare-ddl'
import { dumpDdl, openForPgDump, buildPgDumpArgs, runPgDumpOn } from '#backups/postgres/pg-dump'
import { type DdlEntry, readDdl, writeDdl } from '#backups/postgres/pg-dump-entries'
import type { PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { isEnvironmentFailure } from '#backups/proof/environment-failure'
import { childrenOf } from '../../support/child-processes.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { runSql, withClient } from '../fixtures.ts'
import { NASTY_SCHEMA } from '../nasty-schema.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await withClient(database.url, (client) => client.query(NASTY_SCHEMA))
})
afterAll(() => database.drop())

test('the definitions can be split into entries and joined again without loss', async () => {
  const { preData, postData } = await dumpDdl(database.url)
  for (const sql of [preData, postData]) {
    const script = readDdl(sql)
    const whole = writeDdl(script)
    expect(sql.startsWith(whole.trimEnd())).toBe(true)
    expect(sql.slice(whole.trimEnd().length).trim()).toBe('--\n-- PostgreSQL database dump complete\n--')
    expect(sql).not.toMatch(/^\\/m)
  }
  const labels = readDdl(preData).entries.map(({ type, schema, name }) => `${type} ${schema} ${name}`)
  expect(labels).toContain('TABLE Odd "schema" select from')
  expect(labels).toContain('EXTENSION - citext')
  const refreshed = readDdl(postData).entries.filter(({ type }) => type === 'MATERIALIZED VIEW DATA')
  expect(refreshed.map(({ name }) => name)).toEqual(['base_counts', 'a_total']) // ordered by dependency; never_filled stays empty
})

test.runIf(isThorough)('an imported snapshot hides later commits', async () => {
  await withClient(database.url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const { rows } = await client.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot')
    await runSql(database.url, 'CREATE TABLE latecomer (a int)')
    expect((await dumpDdl(database.url, { snapshot: rows[0]?.snapshot })).preData).not.toContain('latecomer')
    expect((await dumpDdl(database.url)).preData).toContain('latecomer')
  })
})

test('a refusal of pg_dump is an error with its message', async () => {
  await expect(dumpDdl(database.url, { snapshot: '00000000-00000000-0' })).rejects.toThrow(/snapshot/)
})

describe('a process of pg_dump', () => {
  const processes = () => childrenOf(process.pid, 'pg-dump-child')
  /** Runs pg_dump against a server that does something else first. */
  async function dumpFrom(ask: () => Promise<void>): Promise<unknown> {
    const server = (await openForPgDump(database.url)).lend()
    const asked: PgDumpServer = { ...server, ask: (request) => ask().then(() => server.ask(request)) }
    const dumping = runPgDumpOn(asked, buildPgDumpArgs({ section: 'pre-data' })).finally(() => server.close())
    return dumping.catch((error: unknown) => error)
  }

  test('that crashes is an error with its signal, and this process survives', async () => {
    const failed = await dumpFrom(async () => (await processes()).forEach((pid) => process.kill(pid, 'SIGSEGV')))
    expect(failed).toMatchObject({ name: 'ChildEnded', message: 'the process of pg_dump crashed (SIGSEGV)' })
    expect(isEnvironmentFailure(failed)).toBe(true)
  })

  test('ends if its server fails while it waits for an answer', async () => {
    let waiting: number[] = []
    const failed = await dumpFrom(async () => {
      waiting = await processes()
      throw new Error('the server has no answer')
    })
    expect(failed).toMatchObject({ message: 'the server has no answer' })
    expect(waiting).toHaveLength(1)
    expect(await processes()).toEqual([])
  })
})

describe('the comparison of definitions', () => {
  const entry = (type: string, name: string, sql: string): DdlEntry => ({ type, schema: 'public', name, sql })
  const table = entry('TABLE', 't', 'CREATE TABLE t (a int);')
  const view = entry('VIEW', 'v', 'CREATE VIEW v AS SELECT t.a FROM t;')

  const differencesOf = (before: DdlEntry[], after: DdlEntry[]) => Object.fromEntries(compareEntries(before, after))

  test('finds missing, additional and different entries', () => {
    const other = entry('TABLE', 't', 'CREATE TABLE t (a bigint);')
    const index = entry('INDEX', 'i', 'CREATE INDEX i ON t (a);')
    expect(differencesOf([table, view], [other, index])).toEqual({
      'TABLE public.t': 'differs',
      'VIEW public.v': 'is missing',
      'INDEX public.i': 'is new',
    })
  })

  test('ignores the name of the superuser', () => {
    const rights = (owner: string, text = 'REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC;') =>
      entry(
        'ACL',
        'LANGUAGE plpgsql',
        `--\n-- Name: LANGUAGE plpgsql; Type: ACL; Schema: -; Owner: ${owner}\n--\n\n${text}\n`,
      )
    expect(differencesOf([rights('postgres')], [rights('rdsadmin')])).toEqual({})
    const label = 'ACL public.LANGUAGE plpgsql'
    expect(differencesOf([rights('postgres')], [rights('postgres', 'SELECT 1;')])).toEqual({ [label]: 'differs' })
  })

  test('ignores the order of entries, and where pg_dump changes a setting', () => {
    const before = [entry('TABLE', 't', 'CREATE TABLE t ();\n\nSET default_table_access_method = heap;\n'), view]
    expect(differencesOf(before, [view, entry('TABLE', 't', 'CREATE TABLE t ();')])).toEqual({})
  })
})
