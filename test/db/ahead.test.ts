/** A database that a newer checkout has migrated, seen from an older one. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAheadDriftError, findDrift, hasDrifted } from '#db/drift'
import { migrate, readMigrationStatus, rollBack, planRollback } from '#db/migrate'
import { createMigrationFolder, type MigrationFolder } from '../support/migration-folder.ts'

let at: MigrationFolder
beforeEach(async () => {
  at = await createMigrationFolder()
})
afterEach(() => at.close())

/** Migrates with what the newer checkout has, then takes its files away; answers the name. */
async function migrateAhead(up: string): Promise<string> {
  const name = await at.add('more', up)
  await migrate(at)
  await at.remove(name)
  return name
}

it('leaves the newer migrations in place and has nothing to do', async () => {
  const more = await migrateAhead('create table more (id int)')
  expect(await migrate(at)).toEqual({ applied: [], ahead: [more] })
  expect(await migrate(at, { to: '0001_initial' })).toEqual({ applied: [], ahead: [more] })
  const states = await readMigrationStatus(at)
  expect(states.at(-1)).toEqual({ name: more, appliedAt: expect.any(String), isAhead: true })
  expect(states.filter(({ isAhead }) => isAhead)).toHaveLength(1)
})

it('refuses a rollback, because the newest down file is in the newer checkout', async () => {
  const more = await migrateAhead('create table more (id int)')
  const refusal = { code: 'DATABASE_AHEAD', message: expect.stringContaining(`by 1 migration (${more})`) }
  await expect(planRollback(at, { to: '0001_initial' })).rejects.toMatchObject(refusal)
  await expect(rollBack(at)).rejects.toMatchObject(refusal)
  expect(await at.rows(`select to_regclass('more')::text as more`)).toEqual([{ more: 'more' }])
})

it('reports no drift for what a newer migration added', async () => {
  const more = await migrateAhead('create table more (id int); alter table companies add column note text')
  const drift = await findDrift(at)
  expect(drift).toEqual({ pending: [], ahead: [more], differences: [], repair: [] })
  expect(hasDrifted(drift)).toBe(false)
})

it('names what is missing or changed, and offers no SQL that would undo a newer migration', async () => {
  const more = await migrateAhead('drop index scans_newest; create table more (id int)')
  const drift = await findDrift(at)
  expect(drift).toEqual({
    pending: [],
    ahead: [more],
    differences: ['- index public.scans_newest is not in the database'],
    repair: [],
  })
  expect(createAheadDriftError(drift)).toMatchObject({ code: 'DATABASE_AHEAD', message: expect.stringContaining(more) })
})

it('still refuses an edited file, a missing one and one that sorts too early', async () => {
  const more = await migrateAhead('create table more (id int)')
  const refusal = (why: string) => ({ code: 'MIGRATION_CHANGED', message: expect.stringContaining(why) })
  // a migration of another branch with the number of the newest one is not ahead of it
  const other = await at.add('other', 'create table other (id int)')
  await expect(migrate(at)).rejects.toMatchObject(refusal(`${more} ran here, but its file is missing`))
  await at.remove(other)
  await at.rows(`update hunter_migrations set name = '0099_later' where name = '${more}'`)
  await at.add('other', 'create table other (id int)')
  await expect(readMigrationStatus(at)).rejects.toMatchObject(refusal(`${other} sorts before 0099_later`))
  await at.remove(other)
  await at.change('0002_history', 'select 1')
  for (const read of [migrate, readMigrationStatus, planRollback, findDrift]) {
    await expect(read(at)).rejects.toMatchObject(refusal('0002_history ran here, but its file has changed'))
  }
})

it('refuses a folder without migrations for a migrated database', async () => {
  for (const { name } of await readMigrationStatus(at)) await at.remove(name)
  await expect(migrate(at)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' })
})

it('reports each migration before it runs and before it is rolled back', async () => {
  await at.close()
  at = await createMigrationFolder({ isEmpty: true })
  const told: unknown[] = []
  const onMigration = (step: unknown) => void told.push(step)
  const total = (await readMigrationStatus(at)).length
  await migrate({ ...at, onMigration })
  expect(told).toHaveLength(total)
  expect(told[0]).toEqual({ name: '0001_initial', direction: 'up', done: 0, total })
  await rollBack({ ...at, onMigration })
  expect(told.at(-1)).toMatchObject({ direction: 'down', done: 0, total: 1 })
})
