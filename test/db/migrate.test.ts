import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { migrate, migrationStatus, rollbackLast } from '#db/migrate'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'hunter-migrations-'))
  await cp(MIGRATIONS, folder, { recursive: true })
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

async function rows(text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

/** Everything that a migration can make, as comparable lines. */
const catalog = () =>
  rows(`
    select 'column ' || c.relname || '.' || a.attname as item,
           format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || a.attidentity::text as what
      from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
    union all
    select 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select 'index ' || indexname, indexdef from pg_indexes where schemaname = 'public'
    union all
    select 'view ' || viewname, definition from pg_views where schemaname = 'public'
    order by 1, 2`)

const add = async (name: string, up: string, down = 'select 1') => {
  await writeFile(join(folder, `${name}.sql`), up)
  await writeFile(join(folder, `${name}.down.sql`), down)
}

it('makes the same catalog after up, down and up again, and leaves nothing after down', async () => {
  await migrate({ url: database.url, folder })
  const first = await catalog()
  expect(first.length).toBeGreaterThan(100)

  const names: (string | null)[] = []
  for (let name = await rollbackLast({ url: database.url, folder }); name;) {
    names.push(name)
    name = await rollbackLast({ url: database.url, folder })
  }
  expect(names).toContain('0001_initial')
  const left = await catalog()
  expect(left.filter(({ item }) => !String(item).includes('hunter_migrations'))).toEqual([])

  await migrate({ url: database.url, folder })
  expect(await catalog()).toEqual(first)
})

it('does the work once when two migrate at the same time', async () => {
  const applied = await Promise.all([migrate({ url: database.url, folder }), migrate({ url: database.url, folder })])
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  expect((await migrationStatus({ url: database.url, folder })).every(({ appliedAt }) => appliedAt)).toBe(true)
})

it('refuses to go on when a migration that ran was changed or removed since', async () => {
  await add('9001_more', 'create table more (id int)', 'drop table more')
  await migrate({ url: database.url, folder })
  await add('9001_more', 'create table more (id bigint)', 'drop table more')
  await add('9002_next', 'create table next (id int)')
  await expect(migrate({ url: database.url, folder })).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' })
  await rm(join(folder, '9001_more.sql'))
  await expect(migrate({ url: database.url, folder })).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' })
  expect(await rows(`select to_regclass('next') as next`)).toEqual([{ next: null }])
})

it('leaves nothing of a migration that fails half-way, and keeps those before it', async () => {
  await add('9001_good', 'create table good (id int)')
  await add('9002_bad', 'create table half (id int); select 1 / 0')
  await expect(migrate({ url: database.url, folder })).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: 'migration 9002_bad failed: division by zero',
  })
  expect(await rows(`select to_regclass('good')::text as good, to_regclass('half') as half`)).toEqual([
    { good: 'good', half: null },
  ])
  const states = await migrationStatus({ url: database.url, folder })
  expect(states.filter(({ appliedAt }) => !appliedAt).map(({ name }) => name)).toEqual(['9002_bad'])
})

it('reports what is pending without touching a database that was never migrated', async () => {
  const states = await migrationStatus({ url: database.url, folder })
  expect(states[0]).toEqual({ name: '0001_initial', appliedAt: null })
  expect(await rows(`select to_regclass('hunter_migrations') as book`)).toEqual([{ book: null }])
})

it('refuses a migration without a way down and a number used twice', async () => {
  await writeFile(join(folder, '9001_oneway.sql'), 'select 1')
  await expect(migrate({ url: database.url, folder })).rejects.toThrow('no 9001_oneway.down.sql')
  await writeFile(join(folder, '9001_oneway.down.sql'), 'select 1')
  await add('9001_other', 'select 1')
  await expect(migrate({ url: database.url, folder })).rejects.toThrow('two migrations have the number 9001')
})

it('says that the database does not answer, without the password', async () => {
  const url = 'postgres://someone:hush-hush@127.0.0.1:1/none'
  const failure = await migrate({ url, folder }).catch((thrown: unknown) => thrown)
  expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  expect(String(failure)).not.toContain('hush')
})
