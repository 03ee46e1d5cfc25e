import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, scans } from '#db/tables'
import type { IpFacts } from '#signals/signals'

/** Reads the addresses of leads with the networks that announce them. It leaves out leads that were scanned without IP enrichment. */
export async function findAddresses(db: Queryable, domains: string[]): Promise<Map<string, IpFacts[]>> {
  const rows = await db
    .select({
      domain: companies.domain,
      addresses: sql<IpFacts[]>`${scans.signals} #> '{networks,value,addresses}'`,
    })
    .from(companies)
    .innerJoin(scans, eq(scans.companyId, companies.id))
    .where(and(inArray(companies.domain, domains), sql`${scans.signals} #>> '{networks,state}' = 'present'`))
  return new Map(rows.map(({ domain, addresses }) => [domain, addresses]))
}
