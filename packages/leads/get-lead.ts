import { eq, inArray } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies, leadScores, scans } from '#db/tables'
import { EXTRAS } from '#leads/find-extras'
import type { Score } from '#leads/score/score'
import type { SegmentReason, SegmentVerdict } from '#leads/score/segment'
import type { Lead } from '#leads/store'
import { readProvider, readSignals } from '#leads/stored-signals'
import { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'

/** Reads the current lead of a domain. @throws AppError LEAD_NOT_FOUND when the domain was never scanned */
export async function getLead(db: Queryable, domain: Domain): Promise<Lead> {
  const lead = await findLead(db, domain)
  if (!lead) throw new AppError('LEAD_NOT_FOUND', `no lead for ${domain}`, { details: { domain } })
  return lead
}

export async function findLead(db: Queryable, domain: Domain): Promise<Lead | undefined> {
  return (await findLeads(db, [domain])).get(domain)
}

/** Returns the leads that exist, with all their evidence, from one statement. */
export async function findLeads(db: Queryable, domains: Domain[]): Promise<Map<Domain, Lead>> {
  const rows = await db
    .select({ domain: companies.domain, scan: scans, score: leadScores, extras: EXTRAS })
    .from(companies)
    .innerJoin(scans, eq(scans.companyId, companies.id))
    .innerJoin(leadScores, eq(leadScores.companyId, companies.id))
    .where(inArray(companies.domain, domains))
  const leads = rows.map(({ domain, scan, score, extras }) => ({
    domain: domain as Domain,
    signals: readSignals(scan.signals),
    extras,
    provider: readProvider(scan.provider),
    score: readScore(score),
    segment: readSegment(score),
    inputHash: score.inputHash,
  }))
  return new Map(leads.map((lead) => [lead.domain, lead]))
}

type ScoreRow = typeof leadScores.$inferSelect

function readScore({ value, min, max, rulesVersion, breakdown }: ScoreRow): Score {
  return { value, min, max, rulesVersion, breakdown: breakdown as Score['breakdown'] }
}

function readSegment({ segment, priority, segmentReason, provisional }: ScoreRow): SegmentVerdict {
  return { segment, priority, reason: segmentReason as SegmentReason, provisional }
}
