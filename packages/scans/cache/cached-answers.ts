/** Caches a domain's answers: reads them, claims the domain while a caller queries the rest, and writes them back. */
import type { Snapshot } from '#redis/generational-cache'
import {
  computeAnswerExpiryMs,
  isSilent,
  isCacheable,
  computeRegistrationExpiryMs,
  UNKNOWN_TTL_MS,
} from '#scans/cache/ttl'
import { DNS, type DnsEntry, type CachedScan, type ScanCache, WHOIS } from '#scans/cache/scan-cache'
import type { Answer } from '#signals/dns/dns'
import type { Evidence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import type { Answers, CachedDns } from '#signals/dns/cached-dns'
import type { Registration, Signals } from '#signals/signals'

interface CachedAnswers {
  /** Those that may still be used. */
  answers: Answers
  /** When the oldest of them was asked for: ISO time in UTC. */
  since: string | undefined
  registration: Evidence<Registration> | undefined
  /** No question to the DNS is left to ask, as far as anybody knows. */
  isDnsComplete: boolean
  /** None to the registry either. */
  isComplete: boolean
  /** Undefined: nothing may be written. */
  generation: string | undefined
}

export const NO_CACHED_ANSWERS: CachedAnswers = {
  answers: new Map(),
  since: undefined,
  registration: undefined,
  isDnsComplete: false,
  isComplete: false,
  generation: undefined,
}

export interface Claimed {
  known: CachedAnswers
  claim: string | undefined
}

interface Wanted {
  /** The registry is asked, too. */
  registration: boolean
}

/** The largest allowed difference between the clocks of two instances. */
const SKEW_MS = 5_000
/** Claim TTL beyond the scan's budget, so that a crashed owner blocks others for at most this long. */
const CLAIM_MARGIN_MS = 1_000
const POLL_MS = 50

type Entries = [DnsEntry, Evidence<Registration>]
const KINDS = [DNS, WHOIS] as [typeof DNS, typeof WHOIS]

export function readCachedAnswers(cache: ScanCache, found: CachedScan, wanted: Wanted): CachedAnswers {
  const known = found ? selectFreshAnswers(cache, found, wanted) : NO_CACHED_ANSWERS
  const outcome = (isHit: boolean) => (found ? (isHit ? 'hit' : 'miss') : 'error')
  cache.count(DNS.name, outcome(known.isDnsComplete))
  if (wanted.registration) cache.count(WHOIS.name, outcome(known.registration !== undefined))
  return known
}

export function computeClaimMs(budgetMs: number): number {
  return budgetMs + CLAIM_MARGIN_MS
}

/**
 * Waits while another instance asks about the same domain. Without a claim at the end its work is done and known, or it
 * took too long, or Redis does not answer.
 */
export async function claimWork(
  cache: ScanCache,
  domain: Domain,
  { budgetMs, wanted, known: before }: { budgetMs: number; wanted: Wanted; known: CachedAnswers },
): Promise<Claimed> {
  const nowMs = () => cache.clock.now().getTime()
  const claimMs = computeClaimMs(budgetMs)
  const giveUpMs = nowMs() + claimMs
  for (;;) {
    const found = await cache.entries.claim<Entries>(domain, KINDS, claimMs)
    if (!found) return { known: before, claim: undefined }
    const known = selectFreshAnswers(cache, found, wanted)
    if (found.claim !== undefined || known.isComplete || nowMs() >= giveUpMs) return { known, claim: found.claim }
    await cache.pause(POLL_MS * (1 + 2 * cache.random()))
  }
}

function selectFreshAnswers(
  { clock }: ScanCache,
  { generation, entries: [dns, whois] }: Snapshot<Entries> | NonNullable<CachedScan>,
  wanted: Wanted,
): CachedAnswers {
  const nowMs = clock.now().getTime()
  const isAlive = (at: string, untilMs: number) => Date.parse(at) <= nowMs + SKEW_MS && nowMs < untilMs
  const all = dns?.value.answers.map(([question, rcode, records, resolver, at]) => {
    return [question, { rcode, records, resolver, at }] as [string, Answer<unknown>]
  })
  const alive = (all ?? []).filter(([, answer]) => isAlive(answer.at, computeAnswerExpiryMs(answer)))
  const isDnsComplete = all !== undefined && alive.length === all.length && all.length > 0
  const oldest = alive.map(([, { at }]) => at).sort()[0]
  const registration =
    whois && isAlive(whois.value.at, computeRegistrationExpiryMs(whois.value)) ? whois.value : undefined
  return {
    answers: new Map(alive),
    since: isDnsComplete ? dns?.value.at : oldest,
    registration,
    isDnsComplete,
    isComplete: isDnsComplete && (registration !== undefined || !wanted.registration),
    generation,
  }
}

interface ScanAnswers {
  signals: Signals
  dns: Pick<CachedDns, 'given' | 'asked'>
  /** What the registry was asked for just now. */
  lookedUp: Evidence<Registration> | undefined
}

/** An entry with failures never takes the place of another: an earlier answer may be better than none. */
export async function writeAnswers(
  { entries }: ScanCache,
  { generation, claim }: { generation: string; claim: string | undefined },
  { signals, dns, lookedUp }: ScanAnswers,
): Promise<void> {
  const kept = []
  if (dns.asked() > 0 && !isSilent(signals)) kept.push(buildDnsEntry(signals, [...dns.given()]))
  if (lookedUp && isCacheable(lookedUp)) {
    const onlyIfAbsent = lookedUp.state === 'unknown'
    kept.push({ kind: WHOIS, value: lookedUp, untilMs: computeRegistrationExpiryMs(lookedUp), onlyIfAbsent })
  }
  if (kept.length === 0 && claim === undefined) return
  await entries.write(signals.domain, { generation, entries: kept, ...(claim !== undefined && { claim }) })
}

function buildDnsEntry(signals: Signals, given: [string, Answer<unknown>][]) {
  const answers = given.map(([question, { rcode, records, resolver, at }]) => [question, rcode, records, resolver, at])
  const lives = given.map(([, answer]) => computeAnswerExpiryMs(answer))
  return {
    kind: DNS,
    value: { at: signals.at, answers } as DnsEntry,
    untilMs: Math.min(Math.max(...lives), ...listLameExpiriesMs(signals)),
    onlyIfAbsent: given.some(([, { rcode }]) => rcode !== 'NOERROR' && rcode !== 'NODATA' && rcode !== 'NXDOMAIN'),
  }
}

/** Answers of a server that does not answer for the domain are none. */
function listLameExpiriesMs({ mx, spf, ns, a, aaaa, tokens }: Signals): number[] {
  const distrusted = [mx, spf, ns, a, aaaa, tokens].filter(({ rcode }) => rcode === 'LAME')
  return distrusted.map(({ at }) => Date.parse(at) + UNKNOWN_TTL_MS)
}
