/**
 * What the DNS and the registry say of a domain, asked for once however many want to know: from what is remembered, else
 * by one caller of this process, else by one instance of all.
 */
import type { Metrics } from '#platform/metrics/metrics'
import {
  type Claimed,
  computeClaimMs,
  claimWork,
  NO_CACHED_ANSWERS,
  readCachedAnswers,
  writeAnswers,
} from '#scans/cache/cached-answers'
import { computeInputsExpiryMs, isSilent } from '#scans/cache/ttl'
import { ALL_KINDS, type Observed, type CachedScan, type ScanCache } from '#scans/cache/scan-cache'
import type { Pacer } from '#scans/dns-pacing'
import { type CollectDeps, collectSignals } from '#signals/collect'
import type { Evidence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import { cacheDns } from '#signals/dns/cached-dns'
import type { Registration } from '#signals/signals'

export interface ObserveDeps extends CollectDeps {
  pacer: Pacer
  /** Time limit of one scan's queries, without the wait for its turn. */
  budgetMs: number
  /** Where it is absent nothing is remembered. */
  cache?: ScanCache
  metrics?: Metrics
}

export interface ObserveInput {
  turnUntil: Date
  /** What was remembered a moment ago. */
  recalled: CachedScan
  findCompany?: FindCompany | undefined
}

/** Reads the id of the company before its first query: a scan may not store a company that was erased under way. */
type FindCompany = () => Promise<number | undefined>

/** The same, on behalf of one group: its scans stand in their own part of every line. */
export function bindToGroup<D extends Pick<ObserveDeps, 'pacer' | 'registration'>>(deps: D, group: string): D {
  const { pacer, registration } = deps
  return {
    ...deps,
    pacer: { acquire: (until: Date, isCancelled?: () => boolean) => pacer.acquire(until, isCancelled, group) },
    ...(registration && { registration: (domain: Domain, until: AbortSignal) => registration(domain, until, group) }),
  }
}

/** @throws AppError SCANS_BUSY when its turn would come after `turnUntil` */
export async function observeDomain(
  deps: ObserveDeps,
  domain: Domain,
  { turnUntil, recalled, findCompany }: ObserveInput,
): Promise<Observed> {
  const { cache } = deps
  const turn = { ...shareTurn(deps.pacer), findCompany }
  if (!cache) return askAll(deps, domain, { turn, turnUntil })
  return cache.flights.join(domain, turnUntil.getTime(), async () => {
    const wanted = { registration: deps.registration !== undefined }
    const known = readCachedAnswers(cache, recalled, wanted)
    if (known.generation === undefined) return askAll(deps, domain, { turn, turnUntil })
    if (known.isComplete) return collect(deps, domain, turn, { known, claim: undefined })
    if (!known.isDnsComplete) await turn.acquire(turnUntil)
    return collect(deps, domain, turn, await claimWork(cache, domain, { budgetMs: deps.budgetMs, wanted, known }))
  })
}

/** Repeats every query and invalidates the cache, regardless of other callers. @throws what `observeDomain` throws */
export async function observeAnew(
  deps: ObserveDeps,
  domain: Domain,
  { turnUntil, findCompany }: Omit<ObserveInput, 'recalled'>,
): Promise<Observed> {
  const { cache } = deps
  const turn = { ...shareTurn(deps.pacer), findCompany }
  if (!cache) return askAll(deps, domain, { turn, turnUntil })
  return cache.flights.start(domain, turnUntil.getTime(), async () => {
    await turn.acquire(turnUntil)
    const begun = await cache.entries.invalidate(domain, ALL_KINDS, computeClaimMs(deps.budgetMs))
    return collect(deps, domain, turn, {
      known: { ...NO_CACHED_ANSWERS, generation: begun?.generation },
      claim: begun?.claim,
    })
  })
}

async function askAll(
  deps: ObserveDeps,
  domain: Domain,
  { turn, turnUntil }: { turn: ScanTurn; turnUntil: Date },
): Promise<Observed> {
  await turn.acquire(turnUntil)
  return collect(deps, domain, turn, { known: NO_CACHED_ANSWERS, claim: undefined })
}

async function collect(
  deps: ObserveDeps,
  domain: Domain,
  turn: ScanTurn,
  { known, claim }: Claimed,
): Promise<Observed> {
  const { cache, clock, budgetMs } = deps
  const companyId = await turn.findCompany?.()
  const budgetEnd = new Date(clock.now().getTime() + budgetMs)
  const dns = cacheDns({ dns: deps.dns, clock, mayAsk: () => turn.mayAsk(budgetEnd) }, known.answers)
  let lookedUp: Evidence<Registration> | undefined
  const { registration: lookUp } = deps
  const registration =
    lookUp &&
    (async (...question: Parameters<typeof lookUp>) => known.registration ?? (lookedUp = await lookUp(...question)))
  const startedMs = performance.now()
  const signals = await collectSignals({ ...deps, dns, ...(registration && { registration }) }, domain, {
    budgetMs,
    ...(known.since !== undefined && { since: known.since }),
  })
  deps.metrics?.observe('hunter_scan_seconds', (performance.now() - startedMs) / 1_000)
  const { generation } = known
  if (cache && generation !== undefined) await writeAnswers(cache, { generation, claim }, { signals, dns, lookedUp })
  const untilMs = isSilent(signals) ? 0 : computeInputsExpiryMs({ signals, answers: dns.given().values() })
  return { signals, untilMs, generation, companyId }
}

interface ScanTurn {
  findCompany?: FindCompany | undefined
  /** @throws AppError SCANS_BUSY */
  acquire(until: Date): Promise<void>
  /** Takes the turn if that was not done: an answer that was thought to be known is missing. */
  mayAsk(until: Date): Promise<boolean>
}

/** One for all questions of a scan. */
function shareTurn(pacer: Pacer): ScanTurn {
  let acquired: Promise<void> | undefined
  const acquire = (until: Date) => (acquired ??= pacer.acquire(until))
  return {
    acquire,
    mayAsk: (until) =>
      acquire(until).then(
        () => true,
        () => false,
      ),
  }
}
