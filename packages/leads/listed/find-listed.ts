import { eq } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, listedCompanies } from '#db/tables'
import { type ListedCompany, NOT_LISTED } from '#leads/listed/listed-company'
import type { Domain } from '#signals/normalise'

/** Returns what imported lists say about the company; `NOT_LISTED` where none says more than the domain. */
export async function findListed(db: Queryable, domain: Domain): Promise<ListedCompany> {
  const { company, emailDomain, fields } = listedCompanies
  const [row] = await db
    .select({ company, emailDomain, fields })
    .from(listedCompanies)
    .innerJoin(companies, eq(companies.id, listedCompanies.companyId))
    .where(eq(companies.domain, domain))
  return row ?? NOT_LISTED
}
