/** The migration that this code was written for; a test holds it to the newest file in `migrations/`. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { mapDatabaseErrors } from '#db/failure'

export const REVISION = '0034_erased_texts'

/** Whether the database has been brought to `REVISION`. */
export async function isMigrated(db: Queryable): Promise<boolean> {
  return mapDatabaseErrors(async () => {
    const book = await db.execute<{ there: boolean }>(sql`select to_regclass('hunter_migrations') is not null as there`)
    if (!book.rows[0]?.there) return false
    const { rowCount } = await db.execute(sql`select from hunter_migrations where name = ${REVISION}`)
    return rowCount === 1
  })
}
