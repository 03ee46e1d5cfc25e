import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate } from '#db/migrate'
import { createTestDatabase, runOnServer, type TestDatabase } from './postgres.ts'

export const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')

export interface HunterDatabase {
  url: string
  db: Database
  close(): Promise<void>
}

/** A database with all of Hunter's tables, empty. */
export async function createHunterDatabase(options?: string): Promise<HunterDatabase> {
  const database = await createMigratedDatabase(options)
  const db = createDatabase({ url: database.url, maxConnections: 4, statementTimeoutMs: 120_000 })
  return {
    url: database.url,
    db,
    close: async () => {
      await closeDatabase(db)
      await database.drop()
    },
  }
}

/** The same without a pool. */
export async function createMigratedDatabase(options?: string): Promise<TestDatabase> {
  return createTestDatabase(`template ${await migratedTemplate(options)}`)
}

const templates = new Map<string, Promise<string>>()

/** The name of a database that is migrated once on the worker's server, and copied from then on. */
function migratedTemplate(options = ''): Promise<string> {
  const template = templates.get(options) ?? findOrMakeTemplate(options)
  templates.set(options, template)
  return template
}

async function findOrMakeTemplate(options: string): Promise<string> {
  const name = `migrated_${createHash('sha256').update(options).digest('hex').slice(0, 12)}`
  if (await runOnServer(`select from pg_database where datname = '${name}'`)) return name
  const { url } = await createTestDatabase(options)
  await migrate({ url, folder: MIGRATIONS })
  await runOnServer(`alter database ${new URL(url).pathname.slice(1)} rename to ${name}`)
  return name
}
