/** Who filters a domain's mail (`gateway`) and where it lands (`mailbox`), decided by votes that are all kept. */
import { isUnanswered } from '#signals/evidence'
import { FINGERPRINTS, type Fingerprint, NO_OVERRIDES, type ProviderOverride } from '#signals/provider/fingerprints'
import { getMatcher } from '#signals/provider/matcher'
import { isOpen, type SignalName, type Signals } from '#signals/signals'
import { findTenants, type Tenants } from '#signals/provider/tenants'
import { castVotes, mayTakeMail, VOTE_WEIGHTS } from '#signals/provider/votes'

/** What the score and the segment look at. */
export type MailboxKind =
  | 'microsoft-365'
  | 'google'
  | 'mailbox' // another provider of mailboxes: Yandex, Zoho, …
  | 'hosting'
  | 'own-server'
  | 'consumer'
  | 'public-sector'
  | 'none' // takes no mail
  | 'unknown'

export interface Vote {
  role: 'mailbox' | 'gateway'
  /** Identifier of the provider, e.g. `microsoft-365`, `yandex`, `proofpoint`, `own-server`. */
  provider: string
  signal: SignalName
  /** 0 to 1: how much this alone convinces. */
  weight: number
  /** What was seen: a host, an SPF domain, a DKIM selector. */
  evidence: string
  /** The suffix of the fingerprint that it matched; `override:<suffix>` where an administrator said so. */
  fingerprint: string
}

interface MailboxVerdict {
  /** Identifier of the provider; `own-server`, `none` and `unknown` are verdicts too. */
  id: string
  name: string
  kind: MailboxKind
  /** 0 to 1, two decimals; 0 when unknown. */
  confidence: number
  /** False while a signal that did not answer could still change the verdict. */
  settled: boolean
}

interface GatewayVerdict {
  id: string
  name: string
  /** A `forwarder` only passes mail on to an address elsewhere. */
  kind: 'filter' | 'forwarder'
  confidence: number
}

export interface ProviderVerdict {
  mailbox: MailboxVerdict
  gateway: GatewayVerdict | null
  votes: Vote[]
  tenants: Tenants
}

/** Pure; `overrides` go before the fingerprints. */
export function identifyProvider(
  signals: Signals,
  overrides: readonly ProviderOverride[] = NO_OVERRIDES,
): ProviderVerdict {
  const votes = castVotes(signals, getMatcher(overrides))
  return {
    mailbox: chooseMailbox(signals, votes),
    gateway: chooseGateway(votes.filter(({ role }) => role === 'gateway')),
    votes,
    tenants: findTenants(signals),
  }
}

const BY_ID = new Map<string, Fingerprint>(FINGERPRINTS.map((each) => [each.id, each]))
const NAMES: Record<string, string> = { 'own-server': 'Own server', none: 'No mail', unknown: 'Unknown' }

/**
 * Without the MX nothing is decided: SPF says who sends, not where mail lands. Two candidates that convince alike
 * are no verdict either.
 */
function chooseMailbox(signals: Signals, votes: Vote[]): MailboxVerdict {
  const candidates = tally(votes.filter(({ role }) => role === 'mailbox'))
  const [first, second] = dropTiedSenders(candidates)
  const settled = isSettled(signals, votes)
  if (signals.mx.state === 'unknown' || mayTakeMail(signals) || !first || isTie(first, second)) {
    return { id: 'unknown', name: 'Unknown', kind: 'unknown', confidence: 0, settled }
  }
  const kind = BY_ID.get(first.provider)?.kind ?? (first.provider as MailboxKind)
  const confidence = computeConfidence(first, candidates)
  const isSuggested = first.isSender || first !== candidates[0]
  return { id: first.provider, name: getName(first.provider), kind, confidence, settled: settled && !isSuggested }
}

/** What only SPF names never draws with what something else names. */
function isTie(first: Candidate, second: Candidate | undefined): boolean {
  return first.weight === second?.weight && first.isSender === second.isSender
}

/** Senders that only SPF names suggest a mailbox. Where several convince alike they suggest none, and what else is named counts. */
function dropTiedSenders(candidates: Candidate[]): Candidate[] {
  const [first, second] = candidates
  const others = candidates.filter(({ isSender }) => !isSender)
  return first?.isSender && first.weight === second?.weight && others.length > 0 ? others : candidates
}

/** The MX decides alone where its best hosts name one mailbox; elsewhere the others have a say, and all must be in. */
function isSettled(signals: Signals, votes: Vote[]): boolean {
  const { mx } = signals
  if (mx.state === 'unknown' || mayTakeMail(signals)) return false
  if (mx.state === 'absent') return !isUnanswered(signals.a) && !isUnanswered(signals.aaaa)
  if (mx.value.nullMx || votes.filter(isDecisive).length === 1) return true
  return VOTERS.every((name) => !mayVote(signals, name))
}

const VOTERS = ['spf', 'dkim', 'autodiscover', 'autodiscoverSrv', 'ns'] as const satisfies SignalName[]

/** Could still vote. DKIM that is merely unproven has been asked for wherever a provider would have it. */
function mayVote(signals: Signals, name: SignalName): boolean {
  return isOpen(signals, name) || signals[name].rcode === 'NOT_COLLECTED'
}

function isDecisive({ role, signal, weight }: Vote): boolean {
  return role === 'mailbox' && signal === 'mx' && weight >= VOTE_WEIGHTS.mxPrimary
}

function chooseGateway(votes: Vote[]): GatewayVerdict | null {
  const candidates = tally(votes)
  const [winner] = candidates
  const fingerprint = BY_ID.get(winner?.provider ?? '')
  if (!winner || !fingerprint) return null
  const kind = fingerprint.role === 'forwarder' ? 'forwarder' : 'filter'
  return { id: fingerprint.id, name: fingerprint.name, kind, confidence: computeConfidence(winner, candidates) }
}

interface Candidate {
  provider: string
  weight: number
  /** Only SPF names it: it may send, and nothing shows that mail lands there. */
  isSender: boolean
}

/** Independent sights add up as probabilities do; strongest first, and the order of the votes breaks no tie. */
function tally(votes: Vote[]): Candidate[] {
  const candidates = [...Map.groupBy(votes, ({ provider }) => provider)].map(([provider, votes]) => ({
    provider,
    weight: round(1 - votes.reduce((doubt, { weight }) => doubt * (1 - weight), 1)),
    isSender: votes.every(({ signal }) => signal === 'spf'),
  }))
  return candidates.sort((a, b) => b.weight - a.weight || Number(a.isSender) - Number(b.isSender))
}

/** The winner's weight, lowered by its share of all that was said. */
function computeConfidence(winner: Candidate, candidates: Candidate[]): number {
  const all = candidates.reduce((sum, { weight }) => sum + weight, 0)
  return round((winner.weight * winner.weight) / all)
}

function getName(provider: string): string {
  return BY_ID.get(provider)?.name ?? NAMES[provider] ?? provider
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
