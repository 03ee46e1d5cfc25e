import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, readMigrationHistory, readMigrationStatus, rollBack, planRollback } from '#db/migrate'
import { readMigrations } from '#db/migration-files'
import { createMigrationFolder, type MigrationFolder } from '../support/migration-folder.ts'

let at: MigrationFolder
beforeEach(async () => {
  at = await createMigrationFolder()
})
afterEach(() => at.close())

const INVALID = { code: 'MIGRATION_INVALID' }

describe('a database that was never migrated', () => {
  beforeEach(async () => {
    await at.close()
    at = await createMigrationFolder({ isEmpty: true })
  })

  it('runs once if two migrate at the same time', async () => {
    const applied = await Promise.all([migrate(at), migrate(at)])
    expect(applied.filter(({ applied: names }) => names.length > 0)).toHaveLength(1)
    expect((await readMigrationStatus(at)).every(({ appliedAt }) => appliedAt)).toBe(true)
    expect(await readMigrationHistory(at)).toHaveLength((await readMigrations(at.folder)).length)
  })

  it('stops at the named migration', async () => {
    expect(await migrate(at, { to: '0001_initial' })).toEqual({ applied: ['0001_initial'], ahead: [] })
    await expect(migrate(at, { to: '0001_other' })).rejects.toMatchObject({ code: 'MIGRATION_NOT_FOUND' })
  })

  it('stays so if it is only read', async () => {
    expect((await readMigrationStatus(at))[0]).toEqual({ name: '0001_initial', appliedAt: null })
    expect(await readMigrationHistory(at)).toEqual([])
    expect(await planRollback(at)).toEqual([])
    expect(await rollBack(at)).toEqual([])
    expect(await at.rows(`select relname from pg_class where relname like 'hunter%'`)).toEqual([])
  })
})

describe('migrate', () => {
  it('refuses to continue after an applied migration was changed or removed', async () => {
    const more = await at.add('more', 'create table more (id int)', 'drop table more')
    await migrate(at)
    await at.change(more, 'create table more (id bigint)', 'drop table more')
    await at.add('next', 'create table next (id int)')
    await expect(migrate(at)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' })
    expect(await at.rows(`select to_regclass('next') as next`)).toEqual([{ next: null }])
  })

  it('refuses a database that ran a migration whose file is gone, or that lacks one before it', async () => {
    const more = await at.add('more', 'create table more (id int)', 'drop table more')
    await migrate(at)
    await at.rows(`delete from hunter_migrations where name = '0002_history'`)
    await expect(migrate(at)).rejects.toThrow('migration 0002_history sorts before')
    await at.remove(more)
    await at.add('other', 'create table other (id int)')
    await expect(migrate(at)).rejects.toThrow(`migration ${more} ran here, but its file is missing`)
  })

  it('rolls back a migration that fails half-way, keeps the earlier ones, and records why', async () => {
    const good = await at.add('good', 'create table good (id int)')
    const bad = await at.add('bad', 'create table half (id int); select 1 / 0')
    await expect(migrate({ ...at, actor: 'a test' })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: `migration ${bad} failed: division by zero`,
    })
    expect(await at.rows(`select to_regclass('good')::text as good, to_regclass('half') as half`)).toEqual([
      { good: 'good', half: null },
    ])
    const states = await readMigrationStatus(at)
    expect(states.filter(({ appliedAt }) => !appliedAt).map(({ name }) => name)).toEqual([bad])
    expect((await readMigrationHistory(at)).slice(0, 2)).toMatchObject([
      { name: bad, direction: 'up', actor: 'a test', error: 'division by zero' },
      { name: good, direction: 'up', actor: 'a test', error: null },
    ])
  })

  it('stops waiting for a lock of another session, so that the queue behind it continues', async () => {
    await at.add('wide', 'alter table companies add column note text', 'alter table companies drop column note')
    const reader = new Client({ connectionString: at.url })
    await reader.connect()
    await reader.query('begin; select count(*) from companies')
    await expect(migrate({ ...at, lockTimeoutMs: 50 })).rejects.toThrow('lock timeout')
    await reader.query('commit')
    expect((await migrate({ ...at, lockTimeoutMs: 50 })).applied).toHaveLength(1)
    await reader.end()
  })

  it('ends a statement that exceeds its timeout', async () => {
    await at.add('slow', 'select pg_sleep(30)')
    await expect(migrate({ ...at, statementTimeoutMs: 300 })).rejects.toThrow('statement timeout')
  })

  it('names the other migration after waiting for it', async () => {
    const other = new Client({ connectionString: at.url, application_name: 'somebody' })
    await other.connect()
    await other.query('select pg_advisory_lock(7218041520)')
    const refused = await migrate({ ...at, waitMs: 150 }).catch((thrown: unknown) => thrown)
    expect(refused).toMatchObject({
      code: 'MIGRATION_RUNNING',
      message: expect.stringMatching(/process \d+ .*somebody/),
    })
    await other.end()
  })

  it('reports that the database does not answer, without the password', async () => {
    const url = 'postgres://someone:hush-hush@127.0.0.1:1/none'
    const failure = await migrate({ ...at, url }).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(String(failure)).not.toContain('hush')
  })
})

describe('rollback', () => {
  it('rolls back the newest, or all after the named one, newest first, and records it', async () => {
    const one = await at.add('one', 'create table one (id int)', 'drop table one')
    const two = await at.add('two', 'create table two (id int references companies)', 'drop table two')
    await migrate(at)
    const { length } = await readMigrationStatus(at)
    expect(await planRollback(at)).toEqual([two])
    expect(await rollBack(at)).toEqual([two])
    await migrate(at)
    const before = (await readMigrationStatus(at))[length - 3]?.name ?? ''
    expect(await rollBack(at, { to: before })).toEqual([two, one])
    expect(await rollBack(at, { to: before })).toEqual([])
    expect((await readMigrationHistory(at))[0]).toMatchObject({ name: one, direction: 'down', error: null })
    expect(await at.rows(`select to_regclass('one') as one`)).toEqual([{ one: null }])
  })

  it('keeps a migration whose down file fails', async () => {
    const bad = await at.add('bad', 'create table kept (id int)', 'drop table kept; drop table nothing')
    await migrate(at)
    await expect(rollBack(at)).rejects.toThrow(`rolling back ${bad} failed: table "nothing" does not exist`)
    expect(await at.rows(`select to_regclass('kept')::text as kept`)).toEqual([{ kept: 'kept' }])
    expect((await readMigrationHistory(at))[0]).toMatchObject({
      direction: 'down',
      error: expect.stringContaining('nothing'),
    })
  })
})

describe('a folder of migrations is refused', () => {
  it('without a down file', async () => {
    const name = await at.add('oneway', 'select 1')
    await rm(join(at.folder, `${name}.down.sql`))
    await expect(readMigrations(at.folder)).rejects.toMatchObject({
      ...INVALID,
      message: expect.stringContaining(name),
    })
  })

  it('with an empty down file', async () => {
    const name = await at.add('oneway', 'select 1', '-- later;\n/* or /* never */ ; */\n')
    await expect(readMigrations(at.folder)).rejects.toThrow(`${name}.down.sql has no statement`)
  })

  it('with a duplicate number, a gap, or a down file alone', async () => {
    await at.change('0002_again', 'select 1')
    await expect(readMigrations(at.folder)).rejects.toThrow('two migrations have the number 0002')
    await rm(join(at.folder, '0002_again.sql'))
    await expect(readMigrations(at.folder)).rejects.toThrow('0002_again.down.sql rolls back a migration that does not')
    await rm(join(at.folder, '0002_again.down.sql'))
    await at.change('0099_later', 'select 1')
    await expect(readMigrations(at.folder)).rejects.toThrow(/0099_later should have the number 00\d\d/)
  })

  it('that does not exist', async () => {
    await expect(readMigrations(join(at.folder, 'nowhere'))).rejects.toMatchObject(INVALID)
  })

  it('with other file names', async () => {
    await at.change('12_short', 'select 1')
    await expect(readMigrations(at.folder)).rejects.toMatchObject(INVALID)
  })

  it('with statements that end the transaction it runs in', async () => {
    const name = await at.add('sly', 'create table sly (id int);\n\ncommit;')
    await expect(readMigrations(at.folder)).rejects.toThrow(`${name}.sql line 3`)
  })
})
