import { type SQL, sql } from 'drizzle-orm'
import { companies, leadScores, type listedCompanies, type scans } from '#db/tables'

export type LeadTable = typeof leadScores | typeof scans | typeof companies | typeof listedCompanies

/**
 * Joins the tables that a choice of leads reads, one row for each lead. The view `leads_ready` joins all of them: a choice
 * through it would look up rows of which it needs nothing.
 */
export function joinLeads(tables: readonly LeadTable[]): SQL {
  const others = new Set(tables.filter((table) => table !== leadScores))
  const joins = [...others].map((table) => {
    const id = table === companies ? companies.id : (table as Exclude<LeadTable, typeof companies>).companyId
    return sql` join ${table} on ${id} = ${leadScores.companyId}`
  })
  return sql.join([sql`${leadScores}`, ...joins])
}
