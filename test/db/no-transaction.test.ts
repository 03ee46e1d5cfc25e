import { Client } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { migrate, readMigrationHistory, rollBack } from '#db/migrate'
import { NO_TRANSACTION } from '#db/migration-files'
import { splitStatements } from '#db/split-statements'
import { createMigrationFolder, type MigrationFolder } from '../support/migration-folder.ts'

let at: MigrationFolder
beforeEach(async () => {
  at = await createMigrationFolder()
  await at.rows(`insert into companies (domain) values ('one.com'), ('two.com')`)
})
afterEach(() => at.close())

const UP = `${NO_TRANSACTION}
create index concurrently by_time on companies (created_at);
create unique index concurrently by_length on companies (length(domain));
alter table companies add column note text;`
const DOWN = `${NO_TRANSACTION}
alter table companies drop column note;
drop index concurrently by_length;
drop index concurrently if exists by_time;`

const indexes = () =>
  at.rows(`select indexrelid::regclass::text as name, indisvalid as valid from pg_index
    where indexrelid::regclass::text in ('by_time', 'by_length') order by 1`)

it('keeps finished statements, leaves no broken index, and continues with the failed one', async () => {
  const name = await at.add('indexes', UP, DOWN)
  await expect(migrate(at)).rejects.toThrow(
    `migration ${name} failed: line 3: could not create unique index "by_length"`,
  )
  expect(await indexes()).toEqual([{ name: 'by_time', valid: true }])
  const [{ oid } = {}] = await at.rows(`select 'by_time'::regclass::oid as oid`)

  await at.rows(`delete from companies where domain = 'two.com'`)
  expect((await migrate(at)).applied).toEqual([name])
  expect(await indexes()).toEqual([
    { name: 'by_length', valid: true },
    { name: 'by_time', valid: true },
  ])
  expect(await at.rows(`select 'by_time'::regclass::oid as oid`)).toEqual([{ oid }]) // built once
  expect((await readMigrationHistory(at)).slice(0, 2).map(({ error }) => error)).toEqual([
    null,
    expect.stringContaining('by_length'),
  ])
  expect(await at.rows('select * from hunter_migration_steps')).toEqual([])

  expect(await rollBack(at)).toEqual([name])
  expect(await indexes()).toEqual([])
})

it('accepts a changed statement that failed, and none that ran', async () => {
  const name = await at.add('indexes', UP, DOWN)
  await expect(migrate(at)).rejects.toThrow('line 3')
  await at.change(name, UP.replace('(created_at)', '(updated_at)'), DOWN)
  await expect(migrate(at)).rejects.toThrow('line 2: this statement has changed since it ran')
  await at.change(name, UP.replace('(length(domain))', '(length(domain), id)'), DOWN)
  expect((await migrate(at)).applied).toEqual([name])
})

it('continues if a process died between a statement and its record, and replaces its half-built index', async () => {
  const name = await at.add('indexes', UP.replace('(length(domain))', '(domain, id)'), DOWN)
  const steps = splitStatements(UP)
  expect(steps).toHaveLength(3)
  await at.rows(`insert into hunter_migration_steps (name, direction, step, statement_sha256) values
    ('${name}', 'up', 0, 'begun'), ('${name}', 'up', 1, 'begun')`)
  await at.rows('create index by_time on companies (created_at)')
  await at.rows('create unique index by_length on companies (domain)')
  await at.rows(`update pg_index set indisvalid = false where indexrelid = 'by_length'::regclass`)
  expect((await migrate(at)).applied).toEqual([name])
  expect(await at.rows(`select pg_get_indexdef('by_length'::regclass) as definition`)).toEqual([
    { definition: 'CREATE UNIQUE INDEX by_length ON public.companies USING btree (domain, id)' },
  ])
})

it('continues a down file that died after it dropped an index', async () => {
  const name = await at.add('indexes', UP.replace('(length(domain))', '(domain, id)'), DOWN)
  await migrate(at)
  await at.rows(`insert into hunter_migration_steps (name, direction, step, statement_sha256) values
    ('${name}', 'down', 1, 'begun'); drop index by_length`)
  expect(await rollBack(at)).toEqual([name])
  expect(await indexes()).toEqual([])
})

it('builds an index while another waits to migrate, and while a row is locked', async () => {
  const name = await at.add('indexes', UP.replace('(length(domain))', '(domain, id)'), DOWN)
  const writer = new Client({ connectionString: at.url })
  await writer.connect()
  await writer.query(`begin; update companies set updated_at = now() where domain = 'one.com'`)
  const both = Promise.all([migrate({ ...at, lockTimeoutMs: 100 }), migrate({ ...at, lockTimeoutMs: 100 })])
  // the build waits for the writer, longer than a lock may be waited for
  const waiting = `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and query like 'create index concurrently by_time%' and wait_event_type = 'Lock'
      and clock_timestamp() - query_start > interval '300 ms'`
  await expect.poll(async () => (await at.rows<{ n: number }>(waiting))[0]?.n).toBe(1)
  await writer.query('commit')
  await writer.end()
  expect((await both).flatMap(({ applied }) => applied)).toEqual([name])
})
