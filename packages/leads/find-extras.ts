/** What open referrals say about a company. A closed one says nothing any more. */
import { inArray, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, partnerCenterReferrals as referrals, REFERRAL_KINDS } from '#db/tables'
import type { LeadExtras } from '#leads/score/score'
import type { Domain } from '#signals/normalise'

const isOpen = sql`${referrals.companyId} = ${companies.id} and ${referrals.closedAt} is null`
const worth = sql`array_position(array[${sql.join(
  REFERRAL_KINDS.map((kind) => sql.raw(`'${kind}'`)),
  sql`, `,
)}], ${referrals.kind})`

/** Columns of a query on `companies`. */
export const EXTRAS = {
  referral: sql<
    LeadExtras['referral']
  >`(select ${referrals.kind} from ${referrals} where ${isOpen} order by ${worth} limit 1)`,
  tenantId: sql<LeadExtras['tenantId']>`(
    select ${referrals.tenantId} from ${referrals} where ${isOpen} and ${referrals.tenantId} is not null
     order by ${referrals.updatedAt} desc, ${referrals.id} limit 1)`,
}

export async function findExtras(db: Queryable, domains: Domain[]): Promise<Map<Domain, LeadExtras>> {
  if (domains.length === 0) return new Map()
  const rows = await db
    .select({ domain: companies.domain, ...EXTRAS })
    .from(companies)
    .where(inArray(companies.domain, domains))
  return new Map(rows.map(({ domain, ...extras }) => [domain as Domain, extras]))
}
