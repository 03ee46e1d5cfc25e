import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Catalog, identifyItem } from '#db/catalog/item'
import { readCatalog } from '#db/catalog/read-catalog'
import { migrate, readMigrationHistory, rollBack } from '#db/migrate'
import { readMigrations } from '#db/migration-files'
import { MIGRATIONS } from '../support/hunter-database.ts'
import { rowsOf } from '../support/migration-folder.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { isThorough } from '../support/thorough.ts'
import { SAMPLES } from './samples.ts'

/** The real folder: a migration without a down file, a place in the order or a sample fails here. */
const migrations = await readMigrations(MIGRATIONS)
/** Applied migrations never change: `npm test` tries the newest in every way, and the others once up and once down. */
const tried = isThorough ? migrations : migrations.slice(-1)

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  for (const { name } of migrations.slice(0, -tried.length)) {
    await migrate(deps(), { to: name })
    await addSample(name)
  }
})
afterAll(() => database.drop())

const deps = () => ({ url: database.url, folder: MIGRATIONS })

async function addSample(name: string): Promise<void> {
  const sample = SAMPLES[name]
  expect(sample, `${name} needs a sample of the rows that it makes room for in test/db/samples.ts`).toBeDefined()
  if (sample) await rowsOf(database.url, sample)
}

/** A recreated object has a later place, but is otherwise the same. */
async function catalog(): Promise<Catalog> {
  const items = await readCatalog(database.url)
  return items.toSorted((one, other) => (identifyItem(one) < identifyItem(other) ? -1 : 1))
}

/** Every row of every table. A migration may add columns: rows are then matched by those that they had. */
async function data(): Promise<Record<string, unknown[]>> {
  const tables = await rowsOf<{ name: string }>(
    database.url,
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
       and relname not like 'hunter_migration%' order by 1`,
  )
  if (tables.length === 0) return {}
  const columns = tables.map(({ name }) => `array(select to_jsonb(t) from ${name} t order by t::text) as ${name}`)
  const [rows] = await rowsOf<Record<string, unknown[]>>(database.url, `select ${columns.join(', ')}`) // one connection
  return rows ?? {}
}

describe.each(tried)('$name', ({ name }) => {
  it('ends in the same catalog after up, down and up, with the rows of other tables in place', async () => {
    const [catalogBefore, dataBefore] = [await catalog(), await data()]
    expect(await migrate(deps(), { to: name })).toEqual({ applied: [name], ahead: [] })
    const catalogUp = await catalog()
    expect(catalogUp).not.toEqual(catalogBefore)
    expect(await data()).toMatchObject(dataBefore)

    expect(await rollBack(deps())).toEqual([name])
    expect(await catalog()).toEqual(catalogBefore)
    expect(await data()).toEqual(dataBefore)

    await migrate(deps(), { to: name })
    expect(await catalog()).toEqual(catalogUp)
    expect(await data()).toMatchObject(dataBefore)

    await addSample(name)
  })
})

it('rolls everything back with rows in every table, and leaves nothing', async () => {
  for (const [table, rows] of Object.entries(await data()))
    expect({ table, rows: rows.length > 0 }).toEqual({ table, rows: true })
  for (const { name } of migrations.toReversed()) expect(await rollBack(deps())).toEqual([name])
  expect(await catalog()).toEqual([])
  const directions = (await readMigrationHistory(deps())).map(({ direction }) => direction)
  expect(directions.filter((direction) => direction === 'down')).toHaveLength(migrations.length + tried.length)
})
