/** The scan of one domain, from what was typed to the lead that is kept. */
import type { Database } from '#db/client'
import { inTransaction, type Transaction } from '#db/transaction'
import { assessLead } from '#leads/assess'
import { mergeSignals } from '#leads/merge-signals'
import { type Lead, lockCompany, saveLead, storedSignals } from '#leads/store'
import type { Clock } from '#platform/clock'
import type { Turns } from '#scans/turns'
import { collectSignals } from '#signals/collect'
import type { Dns } from '#signals/dns'
import { type Domain, normaliseDomain } from '#signals/normalise'
import type { Signals } from '#signals/signals'

export interface ObserveDeps {
  dns: Dns
  turns: Turns
  clock: Clock
  /** For one scan's questions, the wait for its turn not counted. */
  budgetMs: number
}

export interface ScanDeps extends ObserveDeps {
  db: Database
  /** How long a scan may wait for its turn. */
  turnWaitMs: number
}

/**
 * @throws AppError DOMAIN_INVALID (nothing is asked or kept), RATE_LIMITED, DATABASE_UNAVAILABLE. A DNS that does not
 * answer is no error: its signals are `unknown`.
 */
export async function scanDomain(deps: ScanDeps, input: string): Promise<Lead> {
  const domain = normaliseDomain(input)
  const signals = await observeDomain(deps, domain, turnDeadline(deps))
  return inTransaction(deps.db, (tx) => keepSignals(tx, signals))
}

export function turnDeadline({ clock, turnWaitMs }: ScanDeps): Date {
  return new Date(clock.now().getTime() + turnWaitMs)
}

export async function observeDomain(deps: ObserveDeps, domain: Domain, turnUntil: Date): Promise<Signals> {
  await deps.turns.take(turnUntil)
  return collectSignals(deps, domain, { budgetMs: deps.budgetMs })
}

/** Adds what was seen to what is known, and judges the whole anew. */
export async function keepSignals(tx: Transaction, seen: Signals): Promise<Lead> {
  const companyId = await lockCompany(tx, seen.domain, new Date(seen.at))
  const known = await storedSignals(tx, companyId)
  const lead = assessLead(known ? mergeSignals(known, seen) : seen)
  await saveLead(tx, companyId, lead)
  return lead
}
