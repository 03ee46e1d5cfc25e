/** Applies today's rules and overrides to stored leads. */
import { asc, eq, gt, inArray, ne } from 'drizzle-orm'
import type { Database } from '#db/client'
import { companies, leadScores } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { reassessLead } from '#leads/assess'
import type { ChangeCause } from '#leads/changes/change-types'
import { diffLeads } from '#leads/changes/diff-leads'
import { appendChanges } from '#leads/changes/change-log'
import { findLeads } from '#leads/get-lead'
import { RULES_VERSION } from '#leads/score/rules'
import { type CompanyId, saveLeads } from '#leads/store'
import type { Clock } from '#platform/clock'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'

interface RescoreDeps {
  db: Database
  clock: Clock
  overrides: readonly ProviderOverride[]
  /** Called after each batch with the totals so far. */
  onProgress?: (done: RescoreResult) => void
}

export interface RescoreResult {
  leads: number
  /** Leads whose rules version or inputs were out of date. */
  judged: number
  /** Judged leads whose verdict changed; their history has a change with the cause `rules`. */
  changed: number
}

/** True when another version of the rules judged a stored lead. Reads scores until it finds one. */
export async function hasOutdatedLeads(db: Database): Promise<boolean> {
  const found = await db
    .select({ id: leadScores.companyId })
    .from(leadScores)
    .where(ne(leadScores.rulesVersion, RULES_VERSION))
    .limit(1)
  return found.length > 0
}

/** Bounds how long a scan waits for the locked rows of a batch: some hundred milliseconds. */
const BATCH = 200

/**
 * Judges batches in the order of the company ids, each in its own transaction. To resume an interrupted run, start it
 * again: it only reads leads that are current.
 */
export async function rescoreLeads(deps: RescoreDeps): Promise<RescoreResult> {
  const total: RescoreResult = { leads: 0, judged: 0, changed: 0 }
  for (let after = 0; ;) {
    const batch = await deps.db
      .select({ id: companies.id })
      .from(companies)
      .innerJoin(leadScores, eq(leadScores.companyId, companies.id))
      .where(gt(companies.id, after))
      .orderBy(asc(companies.id))
      .limit(BATCH)
    const last = batch.at(-1)
    if (!last) return total
    after = last.id
    const ids = batch.map(({ id }) => id)
    const done = await runInTransaction(deps.db, (tx) => rescoreCompanies(deps, tx, { ids, cause: 'rules' }))
    total.leads += done.leads
    total.judged += done.judged
    total.changed += done.changed
    deps.onProgress?.(total)
  }
}

/** Judges companies whose rules, overrides or referrals changed; those without a lead are left out. */
export async function rescoreCompanies(
  { clock, overrides }: Pick<RescoreDeps, 'clock' | 'overrides'>,
  tx: Transaction,
  { ids, cause }: { ids: number[]; cause: ChangeCause },
): Promise<RescoreResult> {
  const rows = await tx
    .select({ id: companies.id, domain: companies.domain })
    .from(companies)
    .where(inArray(companies.id, ids))
    .orderBy(asc(companies.domain)) // the order in which scans lock companies, too
    .for('update')
  const leads = await findLeads(
    tx,
    rows.map(({ domain }) => domain as Domain),
  )
  const at = clock.now().toISOString()
  const judged = rows.flatMap(({ id, domain }) => {
    const before = leads.get(domain as Domain)
    const lead = before && reassessLead(before, overrides)
    if (!before || !lead || lead === before) return []
    return [{ companyId: id as CompanyId, lead, changes: diffLeads(before, lead, { overrides, cause, at }) }]
  })
  if (judged.length > 0) await saveLeads(tx, judged)
  await appendChanges(tx, judged)
  const changed = judged.filter(({ changes }) => changes.length > 0).length
  return { leads: leads.size, judged: judged.length, changed }
}
