import { sql } from 'drizzle-orm'
import type { Database } from '#db/client'

/** Tables with a row whose text names the domain; each row of every table is looked through. */
export async function listTablesThatName(db: Database, domain: string): Promise<string[]> {
  const { rows } = await db.execute<{ name: string }>(
    sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  const named: string[] = []
  for (const { name } of rows) {
    const pattern = `(^|[^a-z])${domain}($|[^a-z.])`
    const { rowCount } = await db.execute(
      sql`select from ${sql.identifier(name)} t where t::text ~* ${pattern} limit 1`,
    )
    if (rowCount) named.push(name)
  }
  return named
}
