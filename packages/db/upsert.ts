import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'

/** Sets every column except the primary key to the value of the rejected row, as `onConflictDoUpdate` wants it. */
export function setToExcluded(table: PgTable): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table)).filter(([, { primary }]) => !primary)
  return Object.fromEntries(columns.map(([field, { name }]) => [field, sql`excluded.${sql.identifier(name)}`]))
}
