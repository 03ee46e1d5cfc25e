/** Keeps what was seen of companies: added to what is known, judged anew, and what is different with it. */
import type { Transaction } from '#db/transaction'
import { assessAfter, assessLead, reassessLead } from '#leads/assess'
import type { Change } from '#leads/changes/change-types'
import { findChanges } from '#leads/changes/find-changes'
import { findLeads } from '#leads/get-lead'
import { saveAllChanges } from '#leads/changes/history'
import { mergeSignals } from '#leads/merge-signals'
import { type Lead, lockCompanies, saveLeads } from '#leads/store'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Signals } from '#signals/signals'

/** A lead as it is kept, and what is different from the one that was kept before. */
export interface KeptLead {
  lead: Lead
  changes: Change[]
}

export async function keepSignals(
  tx: Transaction,
  seen: Signals,
  overrides: readonly ProviderOverride[],
): Promise<KeptLead> {
  const [kept] = await keepAllSignals(tx, [seen], overrides)
  if (!kept) throw new Error('no lead was saved')
  return kept
}

/** A handful of statements however many there are, each domain once: the companies stay locked for a short time. */
export async function keepAllSignals(
  tx: Transaction,
  seen: readonly Signals[],
  overrides: readonly ProviderOverride[],
): Promise<KeptLead[]> {
  if (seen.length === 0) return []
  const ids = await lockCompanies(
    tx,
    seen.map(({ domain, at }) => ({ domain, at: new Date(at) })),
  )
  const known = await findLeads(
    tx,
    seen.map(({ domain }) => domain),
  )
  const kept = seen.map((signals) => {
    const companyId = ids(signals.domain)
    const before = known.get(signals.domain)
    if (!before) return { companyId, lead: assessLead(signals, overrides), changes: [] }
    // what new rules make of the old signals is told apart from what the new signals change
    const today = reassessLead(before, overrides)
    const lead = assessAfter(today, mergeSignals(before.signals, signals), overrides)
    const byRules = findChanges(before, today, { overrides, cause: 'rules', at: signals.at })
    const byScan = findChanges(today, lead, { overrides, cause: 'scan', at: lead.signals.at })
    return { companyId, lead, changes: [...byRules, ...byScan] }
  })
  await saveLeads(tx, kept)
  await saveAllChanges(tx, kept)
  return kept.map(({ lead, changes }) => ({ lead, changes }))
}
