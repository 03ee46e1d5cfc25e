/** The scan of one domain, from what was typed to the lead that is kept. */
import type { Database } from '#db/client'
import { type AlsoKeep, inTransaction } from '#db/transaction'
import { getLead } from '#leads/get-lead'
import type { Lead } from '#leads/store'
import type { CurrentOverrides } from '#scans/current-overrides'
import { keepSignals, type KeptLead } from '#scans/keep-signals'
import type { Turns } from '#scans/turns'
import { type CollectDeps, collectSignals } from '#signals/collect'
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
