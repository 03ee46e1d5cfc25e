/** The scan of one domain, from what was typed to the lead that is kept. */
import type { Database } from '#db/client'
import { type AlsoKeep, inTransaction, type Transaction } from '#db/transaction'
import { assessLead } from '#leads/assess'
import type { Change } from '#leads/change'
import { findChanges } from '#leads/changes'
import { findLead, getLead } from '#leads/get-lead'
import { saveChanges } from '#leads/history'
import { mergeSignals } from '#leads/merge-signals'
import { type Lead, lockCompany, saveLead } from '#leads/store'
import type { CurrentOverrides } from '#scans/current-overrides'
import type { Turns } from '#scans/turns'
import { type CollectDeps, collectSignals } from '#signals/collect'
import type { ProviderOverride } from '#signals/fingerprints'
import { type Domain, normaliseDomain } from '#signals/normalise'
import type { Signals } from '#signals/signals'

export interface ObserveDeps extends CollectDeps {
  turns: Turns
  /** For one scan's questions, the wait for its turn not counted. */
  budgetMs: number
}

export interface ScanDeps extends ObserveDeps {
  db: Database
  overrides: CurrentOverrides
  /** How long a scan may wait for its turn. */
  turnWaitMs: number
}

/** A lead as it is kept, and what is different from the one that was kept before. */
export interface KeptLead {
  lead: Lead
  changes: Change[]
}

/**
 * @throws AppError DOMAIN_INVALID (nothing is asked or kept), RATE_LIMITED, DATABASE_UNAVAILABLE. A DNS that does not
 * answer is no error: its signals are `unknown`.
 */
export async function scanDomain(deps: ScanDeps, input: string, also?: AlsoKeep<KeptLead>): Promise<Lead> {
  const { lead } = await scanAndKeep(deps, normaliseDomain(input), also)
  return lead
}

/** Scans a company that is known already. @throws AppError LEAD_NOT_FOUND, and what `scanDomain` throws */
export async function rescanDomain(deps: ScanDeps, input: string, also?: AlsoKeep<KeptLead>): Promise<KeptLead> {
  const { domain } = await getLead(deps.db, normaliseDomain(input))
  return scanAndKeep(deps, domain, also)
}

async function scanAndKeep(deps: ScanDeps, domain: Domain, also?: AlsoKeep<KeptLead>): Promise<KeptLead> {
  const signals = await observeDomain(deps, domain, turnDeadline(deps))
  const overrides = await deps.overrides.read()
  return inTransaction(deps.db, async (tx) => {
    const kept = await keepSignals(tx, signals, overrides)
    await also?.(tx, kept)
    return kept
  })
}

export function turnDeadline({ clock, turnWaitMs }: ScanDeps): Date {
  return new Date(clock.now().getTime() + turnWaitMs)
}

export async function observeDomain(deps: ObserveDeps, domain: Domain, turnUntil: Date): Promise<Signals> {
  await deps.turns.take(turnUntil)
  return collectSignals(deps, domain, { budgetMs: deps.budgetMs })
}

/** Adds what was seen to what is known, judges the whole anew, and keeps what is different with it. */
export async function keepSignals(
  tx: Transaction,
  seen: Signals,
  overrides: readonly ProviderOverride[],
): Promise<KeptLead> {
  const companyId = await lockCompany(tx, seen.domain, new Date(seen.at))
  const known = await findLead(tx, seen.domain)
  const lead = assessLead(known ? mergeSignals(known.signals, seen) : seen, overrides)
  const changes = known ? findChanges(known, lead, overrides) : []
  await saveLead(tx, companyId, lead)
  await saveChanges(tx, companyId, changes)
  return { lead, changes }
}
