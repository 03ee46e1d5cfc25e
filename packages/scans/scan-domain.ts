/** The scan of one domain, from what was typed to the lead that is kept. */
import { nameLead, recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import { findCompanyId, holdCompany } from '#leads/erasure/hold-company'
import { getLead } from '#leads/get-lead'
import type { Lead } from '#leads/store'
import type { CurrentOverrides } from '#scans/cache/current-overrides'
import { findFreshLead, markFresh } from '#scans/cache/cached-lead'
import { saveSignals, type SavedLead } from '#leads/save-signals'
import { observeAnew, observeDomain, type ObserveDeps } from '#scans/observe-domain'
import { type Observed, readCachedScan } from '#scans/cache/scan-cache'
import { type Domain, normaliseDomain } from '#signals/normalise'

export interface ScanDeps extends ObserveDeps {
  db: Database
  overrides: CurrentOverrides
  /** How long a scan may wait for its turn. */
  turnWaitMs: number
  /** The caller, for the audit log; absent: the caller records its work as a whole. */
  askedBy?: { actor: string; requestId: string }
}

/**
 * Returns a lead that was saved a short while ago, and still saves the caller's own records.
 * @throws AppError DOMAIN_INVALID (nothing is asked or kept), SCANS_BUSY, LEAD_ERASED, DATABASE_UNAVAILABLE. A DNS that does not
 * answer is no error: its signals are `unknown`.
 */
export async function scanDomain(deps: ScanDeps, input: string, also?: AlsoSave<SavedLead>): Promise<Lead> {
  const domain = normaliseDomain(input)
  const recalled = await readCachedScan(deps, domain)
  const held = await findFreshLead(deps, domain, recalled)
  if (held) {
    if (also)
      await runInTransaction(deps.db, (tx) => saveBeside(tx, domain, also, { lead: held, changes: [], moves: [] }))
    return held
  }
  const findCompany = () => findCompanyId(deps.db, domain)
  const observed = await observeDomain(deps, domain, { turnUntil: computeTurnDeadline(deps), recalled, findCompany })
  return (await saveOnce(deps, observed, also)).lead
}

/**
 * Repeats every query for a company that is already known.
 * @throws AppError LEAD_NOT_FOUND, and what `scanDomain` throws
 */
export async function rescanDomain(deps: ScanDeps, input: string, also?: AlsoSave<SavedLead>): Promise<SavedLead> {
  const { domain } = await getLead(deps.db, normaliseDomain(input))
  const findCompany = () => findCompanyId(deps.db, domain)
  return saveOnce(deps, await observeAnew(deps, domain, { turnUntil: computeTurnDeadline(deps), findCompany }), also)
}

/** Those who shared an observation share what was kept of it: only the first writes the lead. */
async function saveOnce(deps: ScanDeps, observed: Observed, also?: AlsoSave<SavedLead>): Promise<SavedLead> {
  // all of them come in one turn: nothing may be awaited between looking and taking the part of the first
  const before = deps.cache?.saved.get(observed)
  const first = before && (await before.catch(() => undefined))
  if (first) {
    if (also) await runInTransaction(deps.db, (tx) => saveBeside(tx, first.lead.domain, also, first))
    return first
  }
  const mine = saveObserved(deps, observed, also)
  deps.cache?.saved.set(observed, mine)
  return mine
}

/** Keeps the caller's own part, which holds the lead, unless the lead was erased since it was read. */
async function saveBeside(tx: Transaction, domain: Domain, also: AlsoSave<SavedLead>, kept: SavedLead): Promise<void> {
  await holdCompany(tx, domain)
  await also(tx, kept)
}

async function saveObserved(deps: ScanDeps, observed: Observed, also?: AlsoSave<SavedLead>): Promise<SavedLead> {
  const { companyId } = observed
  const overrides = await deps.overrides.read()
  const kept = await runInTransaction(deps.db, async (tx) => {
    if (companyId !== undefined) await holdCompany(tx, observed.signals.domain, companyId)
    const kept = await saveSignals(tx, observed.signals, overrides)
    const object = nameLead(kept.lead.domain)
    const details = { changes: kept.changes.length }
    if (deps.askedBy) await recordAudit(tx, { ...deps.askedBy, action: 'lead.scanned', object, details })
    await also?.(tx, kept)
    return kept
  })
  await markFresh(deps, kept.lead, { ...observed, overrides })
  return kept
}

export function computeTurnDeadline({ clock, turnWaitMs }: ScanDeps): Date {
  return new Date(clock.now().getTime() + turnWaitMs)
}
