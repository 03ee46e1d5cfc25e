/** Keeps what is known of a company: one row each in companies, scans and lead_scores. */
import { storable } from '#db/storable'
import { companies, leadScores, scans } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Score } from '#leads/score'
import type { SegmentVerdict } from '#leads/segment'
import type { Domain } from '#signals/normalise'
import type { ProviderVerdict } from '#signals/provider'
import type { Signals } from '#signals/signals'

export type CompanyId = number & { readonly __brand: 'CompanyId' }

/** Everything that a scan says about a domain. */
export interface Lead {
  domain: Domain
  signals: Signals
  provider: ProviderVerdict
  score: Score
  segment: SegmentVerdict
}

/**
 * The company's id, made if need be; its row stays locked until the transaction ends. Lock several in the order of
 * their domains.
 */
export async function lockCompany(tx: Transaction, domain: Domain, at: Date): Promise<CompanyId> {
  const rows = await tx
    .insert(companies)
    .values({ domain, createdAt: at, updatedAt: at })
    .onConflictDoUpdate({ target: companies.domain, set: { updatedAt: at } })
    .returning({ id: companies.id })
  const [row] = rows
  if (!row) throw new Error('an upsert answered no row')
  return row.id as CompanyId
}

/** Replaces what was known. The caller has locked the company and merged what was known before. */
export async function saveLead(tx: Transaction, companyId: CompanyId, lead: Lead): Promise<void> {
  const scan = scanRow(lead)
  await tx
    .insert(scans)
    .values({ companyId, ...scan })
    .onConflictDoUpdate({ target: scans.companyId, set: scan })
  const score = scoreRow(lead)
  await tx
    .insert(leadScores)
    .values({ companyId, ...score })
    .onConflictDoUpdate({ target: leadScores.companyId, set: score })
}

/** Columns of `scans`, but for the company. */
export function scanRow({ signals, provider }: Lead) {
  return { signals: storable(signals), provider: storable(provider), scannedAt: new Date(signals.at) }
}

/** Columns of `lead_scores`, but for the company. */
export function scoreRow({ score, segment, provider, signals }: Lead) {
  return {
    value: score.value,
    min: score.min,
    max: score.max,
    rulesVersion: score.rulesVersion,
    breakdown: storable(score.breakdown),
    mailbox: provider.mailbox.id,
    gateway: provider.gateway?.id ?? null,
    segment: segment.segment,
    segmentReason: segment.reason,
    priority: segment.priority,
    provisional: segment.provisional,
    scoredAt: new Date(signals.at),
  }
}
