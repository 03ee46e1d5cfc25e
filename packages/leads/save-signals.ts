/** Saves scanned signals: merges them with the stored ones, judges the result and records the changes. */
import type { Transaction } from '#db/transaction'
import { assessAfter, assessLead, reassessLead } from '#leads/assess'
import type { Change } from '#leads/changes/change-types'
import { diffLeads } from '#leads/changes/diff-leads'
import { findExtras } from '#leads/find-extras'
import { findLeads } from '#leads/get-lead'
import { appendChanges } from '#leads/changes/change-log'
import { mergeSignals } from '#leads/merge-signals'
import { appendMoves } from '#leads/moves/move-log'
import { type Move, nameMoves } from '#leads/moves/name-moves'
import { type Lead, lockCompanies, saveLeads } from '#leads/store'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Signals } from '#signals/signals'

/** A saved lead, and what changed since the lead stored before. */
export interface SavedLead {
  lead: Lead
  changes: Change[]
  /** Migrations that the scan saw. New rules and overrides make none. */
  moves: Move[]
}

export async function saveSignals(
  tx: Transaction,
  signals: Signals,
  overrides: readonly ProviderOverride[],
): Promise<SavedLead> {
  const [saved] = await saveSignalsBatch(tx, [signals], overrides)
  if (!saved) throw new Error('no lead was saved')
  return saved
}

/**
 * Saves a batch, each domain once, with a fixed number of statements, so that the companies stay locked only briefly.
 */
export async function saveSignalsBatch(
  tx: Transaction,
  batch: readonly Signals[],
  overrides: readonly ProviderOverride[],
): Promise<SavedLead[]> {
  if (batch.length === 0) return []
  const ids = await lockCompanies(
    tx,
    batch.map(({ domain, at }) => ({ domain, at: new Date(at) })),
  )
  const stored = await findLeads(
    tx,
    batch.map(({ domain }) => domain),
  )
  const unknown = batch.map(({ domain }) => domain).filter((domain) => !stored.has(domain))
  const extras = await findExtras(tx, unknown)
  const leads = batch.map((signals) => {
    const companyId = ids(signals.domain)
    const before = stored.get(signals.domain)
    if (!before) {
      const lead = assessLead(signals, overrides, extras.get(signals.domain))
      return { companyId, lead, changes: [], moves: nameMoves(null, lead) }
    }
    // tells changes by new rules apart from changes by new signals
    const today = reassessLead(before, overrides)
    const lead = assessAfter(today, mergeSignals(before.signals, signals), overrides)
    const byRules = diffLeads(before, today, { overrides, cause: 'rules', at: signals.at })
    const byScan = diffLeads(today, lead, { overrides, cause: 'scan', at: lead.signals.at })
    return { companyId, lead, changes: [...byRules, ...byScan], moves: nameMoves(today, lead, overrides) }
  })
  await saveLeads(tx, leads)
  await appendChanges(tx, leads)
  await appendMoves(tx, leads)
  return leads.map(({ lead, changes, moves }) => ({ lead, changes, moves }))
}
