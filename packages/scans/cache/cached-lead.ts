/** The lead that an earlier scan kept and that still holds: it answers a scan without anybody being asked. */
import type { Queryable } from '#db/client'
import { findLead } from '#leads/get-lead'
import { hashOverrides } from '#leads/hash-overrides'
import { RULES_VERSION } from '#leads/score/rules'
import type { Lead } from '#leads/store'
import { computeStableHash } from '#platform/stable-hash'
import type { CurrentOverrides } from '#scans/cache/current-overrides'
import { type Observed, type CachedScan, SCAN, type ScanCache } from '#scans/cache/scan-cache'
import type { CollectDeps } from '#signals/collect'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'

/** Settings that affect the judgement of a lead, besides its signals. */
type Judges = Pick<CollectDeps, 'registration' | 'ipFacts'>

interface CachedLeadDeps extends Judges {
  db: Queryable
  overrides: CurrentOverrides
  cache?: ScanCache
}

/**
 * One statement where Redis knows of a lead. The lead is the database's: one that was changed or deleted there since is
 * not held, and neither is one that was judged by other rules or overrides.
 * @throws AppError DATABASE_UNAVAILABLE
 */
export async function findFreshLead(
  deps: CachedLeadDeps,
  domain: Domain,
  recalled: CachedScan,
): Promise<Lead | undefined> {
  const { cache, db, overrides } = deps
  if (!cache) return undefined
  const noted = recalled?.entries[2]?.value
  const basis = noted && hashBasis(deps, await overrides.read())
  const lead = noted && noted.basis === basis ? await findLead(db, domain) : undefined
  const held = lead && lead.signals.at === noted?.at && hashVerdict(lead) === noted.verdict ? lead : undefined
  cache.count(SCAN.name, recalled ? (held ? 'hit' : 'miss') : 'error')
  return held
}

/** Call it after the lead was kept. */
export async function markFresh(
  deps: CachedLeadDeps,
  lead: Lead,
  { untilMs, generation, overrides }: Omit<Observed, 'signals'> & { overrides: readonly ProviderOverride[] },
): Promise<void> {
  if (generation === undefined || !deps.cache) return
  const value = { at: lead.signals.at, basis: hashBasis(deps, overrides), verdict: hashVerdict(lead) }
  await deps.cache.entries.write(lead.domain, { generation, entries: [{ kind: SCAN, value, untilMs }] })
}

/** Two instances may judge the same signals by different overrides for a minute, and keep and note them crosswise. */
function hashVerdict({ provider, score, segment }: Lead): string {
  return computeStableHash([provider, score, segment])
}

function hashBasis({ registration, ipFacts }: Judges, overrides: readonly ProviderOverride[]): string {
  return computeStableHash({
    rules: RULES_VERSION,
    overrides: hashOverrides(overrides),
    registration: registration !== undefined,
    networks: ipFacts !== undefined,
  })
}
