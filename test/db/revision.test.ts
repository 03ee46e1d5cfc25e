import { readdir } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isMigrated, REVISION } from '#db/revision'
import { createHunterDatabase, type HunterDatabase, MIGRATIONS } from '../support/hunter-database.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

it('names the newest migration', async () => {
  const files = await readdir(MIGRATIONS)
  const newest = files
    .filter((file) => !file.endsWith('.down.sql'))
    .sort()
    .at(-1)
  expect(`${REVISION}.sql`).toBe(newest)
})

it('distinguishes a migrated database from one that is behind or was never migrated', async () => {
  expect(await isMigrated(database.db)).toBe(true)
  await database.db.execute(sql`delete from hunter_migrations where name = ${REVISION}`)
  expect(await isMigrated(database.db)).toBe(false)
  await database.db.execute(sql`drop table hunter_migrations`)
  expect(await isMigrated(database.db)).toBe(false)
})
