/** Stores a company's current lead: one row each in companies, scans and lead_scores. */
import { sql } from 'drizzle-orm'
import { toStorableText } from '#db/storable'
import { companies, leadScores, scans } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { setToExcluded } from '#db/upsert'
import { buildCompanyRow } from '#leads/company-row'
import type { LeadExtras, Score } from '#leads/score/score'
import type { SegmentVerdict } from '#leads/score/segment'
import type { Domain } from '#signals/normalise'
import type { ProviderVerdict } from '#signals/provider/identify-provider'
import type { Signals } from '#signals/signals'

export type CompanyId = number & { readonly __brand: 'CompanyId' }

/** Everything that Hunter knows and concludes about a domain. */
export interface Lead {
  domain: Domain
  signals: Signals
  extras: LeadExtras
  provider: ProviderVerdict
  score: Score
  segment: SegmentVerdict
  /** Stable hash of every input of the verdict except the rules; null for leads stored before hashes existed. */
  inputHash: string | null
}

interface ScannedCompany {
  domain: Domain
  at: Date
}

/**
 * Creates missing companies and returns their ids; the rows stay locked until the transaction ends. Locks in the order
 * of the domains, like every code that locks several companies, so that two transactions cannot deadlock.
 */
export async function lockCompanies(tx: Transaction, seen: ScannedCompany[]): Promise<(domain: Domain) => CompanyId> {
  const values = seen
    .map(({ domain, at }) => buildCompanyRow(domain, at))
    .sort((a, b) => (a.domain < b.domain ? -1 : 1))
  const rows = await tx
    .insert(companies)
    .values(values)
    .onConflictDoUpdate({
      target: companies.domain,
      set: { updatedAt: sql`excluded.updated_at`, domainFolded: sql`excluded.domain_folded` },
    })
    .returning({ id: companies.id, domain: companies.domain })
  const ids = new Map(rows.map(({ id, domain }) => [domain, id]))
  return (domain) => {
    const id = ids.get(domain)
    if (id === undefined) throw new Error('an upsert returned no row')
    return id as CompanyId
  }
}

interface OwnedLead {
  companyId: CompanyId
  lead: Lead
}

/** A new answer makes the lead due once it is old; another judgement of the same answer does not touch when it is due. */
const KEPT_UNLESS_NEWER = {
  nextScanAt: sql`case when excluded.scanned_at <= ${scans.scannedAt} then ${scans.nextScanAt} end`,
  scanFailures: sql`case when excluded.scanned_at <= ${scans.scannedAt} then ${scans.scanFailures} else 0 end`,
}

/** Replaces the stored leads. The caller has locked the companies and merged the earlier signals. */
export async function saveLeads(tx: Transaction, leads: OwnedLead[]): Promise<void> {
  const scanRows = leads.map(({ companyId, lead }) => ({ companyId, ...buildScanRow(lead) }))
  await tx
    .insert(scans)
    .values(scanRows)
    .onConflictDoUpdate({ target: scans.companyId, set: { ...setToExcluded(scans), ...KEPT_UNLESS_NEWER } })
  const scoreRows = leads.map(({ companyId, lead }) => ({ companyId, ...buildScoreRow(lead) }))
  await tx
    .insert(leadScores)
    .values(scoreRows)
    .onConflictDoUpdate({
      target: leadScores.companyId,
      set: { ...setToExcluded(leadScores), entry: leadScores.entry },
    })
}

/** Columns of `scans` without the company. */
export function buildScanRow({ signals, provider }: Lead) {
  return { signals: toStorableText(signals), provider: toStorableText(provider), scannedAt: new Date(signals.at) }
}

/** Columns of `lead_scores` without the company. */
export function buildScoreRow({ score, segment, provider, signals, extras, inputHash }: Lead) {
  return {
    value: score.value,
    min: score.min,
    max: score.max,
    rulesVersion: score.rulesVersion,
    breakdown: toStorableText(score.breakdown),
    mailbox: provider.mailbox.id,
    gateway: provider.gateway?.id ?? null,
    segment: segment.segment,
    segmentReason: segment.reason,
    priority: segment.priority,
    provisional: segment.provisional,
    scoredAt: new Date(signals.at),
    inputHash,
    referral: extras.referral,
  }
}
