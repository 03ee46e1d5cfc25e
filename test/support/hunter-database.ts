import { resolve } from 'node:path'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate } from '#db/migrate'
import { createTestDatabase } from './postgres.ts'

export const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')

export interface HunterDatabase {
  url: string
  db: Database
  close(): Promise<void>
}

/** A database with all of Hunter's tables, empty. */
export async function createHunterDatabase(options?: string): Promise<HunterDatabase> {
  const database = await createTestDatabase(options)
  await migrate({ url: database.url, folder: MIGRATIONS })
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
