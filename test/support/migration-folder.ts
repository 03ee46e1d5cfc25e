import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { formatNumber } from '#db/migration-files'
import { createMigratedDatabase, MIGRATIONS } from './hunter-database.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'

export interface MigrationFolder {
  url: string
  /** A copy of the real migrations. */
  folder: string
  /** Adds a migration after the last one, and answers its name. */
  add(name: string, up: string, down?: string): Promise<string>
  /** Replaces files of a migration. */
  change(name: string, up: string, down?: string): Promise<void>
  /** Takes the files of a migration out, as an older checkout has them not. */
  remove(name: string): Promise<void>
  rows<Row extends object = Record<string, unknown>>(sql: string): Promise<Row[]>
  close(): Promise<void>
}

/** A migrated database, or an empty one that was never migrated, and migrations that a test may add to. */
export async function createMigrationFolder({ isEmpty = false } = {}): Promise<MigrationFolder> {
  const database: TestDatabase = await (isEmpty ? createTestDatabase() : createMigratedDatabase())
  const folder = await mkdtemp(join(tmpdir(), 'hunter-migrations-'))
  await cp(MIGRATIONS, folder, { recursive: true })
  const change = async (name: string, up: string, down = 'select 1') => {
    await writeFile(join(folder, `${name}.sql`), up)
    await writeFile(join(folder, `${name}.down.sql`), down)
  }
  return {
    url: database.url,
    folder,
    change,
    add: async (name, up, down) => {
      const there = (await readdir(folder)).filter((file) => !file.endsWith('.down.sql'))
      const numbered = `${formatNumber(there.length + 1)}_${name}`
      await change(numbered, up, down)
      return numbered
    },
    remove: async (name) => {
      for (const end of ['.sql', '.down.sql']) await rm(join(folder, `${name}${end}`))
    },
    rows: (sql) => rowsOf(database.url, sql),
    close: async () => {
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function rowsOf<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}
