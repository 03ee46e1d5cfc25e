/**
 * Decides who filters a domain's mail (`gateway`) and who hosts its mailboxes (`mailbox`), by votes that stay in the
 * verdict.
 */
import { isUnanswered } from '#signals/evidence'
import {
  FINGERPRINTS,
  type Fingerprint,
  type MailboxKind,
  NO_OVERRIDES,
  NO_PROVIDERS,
  type ProviderOverride,
} from '#signals/provider/fingerprints'
import { getMatcher } from '#signals/provider/matcher'
import { isOpen, type SignalName, type Signals } from '#signals/signals'
import { findTenants, type Tenants } from '#signals/provider/tenants'
import { castVotes, mayTakeMail, type Vote, VOTE_WEIGHTS } from '#signals/provider/votes'

interface MailboxVerdict {
  /** Identifier of the provider; `own-server`, `none` and `unknown` are verdicts too. */
  id: string
  name: string
  kind: MailboxKind
  /** 0 to 1, two decimals; 0 when unknown. */
  confidence: number
  /** False while a missing answer could still change the verdict. */
  settled: boolean
}

interface GatewayVerdict {
  id: string
  name: string
  /** A `forwarder` only passes mail on to another address. */
  kind: 'filter' | 'forwarder'
  confidence: number
}

export interface ProviderVerdict {
  mailbox: MailboxVerdict
  gateway: GatewayVerdict | null
  votes: Vote[]
  tenants: Tenants
}

/** `overrides` take precedence over the fingerprints. Pure. */
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
const NAMES: Record<string, string> = NO_PROVIDERS

/** Decides nothing without the MX, because SPF names senders, not mailboxes. A tie gives no verdict either. */
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
  const id = first.provider
  const name = BY_ID.get(id)?.name ?? NAMES[id] ?? id
  return { id, name, kind, confidence, settled: settled && !isSuggested }
}

/** A provider that only SPF names never ties with one that another signal names. */
function isTie(first: Candidate, second: Candidate | undefined): boolean {
  return first.weight === second?.weight && first.isSender === second.isSender
}

/**
 * Senders that only SPF names can suggest a mailbox. When several tie, they suggest none, and the other candidates
 * count.
 */
function dropTiedSenders(candidates: Candidate[]): Candidate[] {
  const [first, second] = candidates
  const others = candidates.filter(({ isSender }) => !isSender)
  return first?.isSender && first.weight === second?.weight && others.length > 0 ? others : candidates
}

/**
 * The MX decides alone when its best hosts name one mailbox; otherwise the other signals vote, and all must have
 * answered.
 */
function isSettled(signals: Signals, votes: Vote[]): boolean {
  const { mx } = signals
  if (mx.state === 'unknown' || mayTakeMail(signals)) return false
  if (mx.state === 'absent') return !isUnanswered(signals.a) && !isUnanswered(signals.aaaa)
  if (mx.value.nullMx || votes.filter(isDecisive).length === 1) return true
  return VOTERS.every((name) => !mayVote(signals, name))
}

const VOTERS = ['spf', 'dkim', 'autodiscover', 'autodiscoverSrv', 'ns'] as const satisfies SignalName[]

/**
 * True when the signal could still vote. Unproven DKIM cannot: Hunter already asked wherever a provider would have a
 * key.
 */
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
  /** Only SPF names it: it may send, but nothing shows that it hosts mailboxes. */
  isSender: boolean
}

/** Combines independent votes like probabilities. Sorts the strongest first; the order of the votes breaks no tie. */
function tally(votes: Vote[]): Candidate[] {
  const candidates = [...Map.groupBy(votes, ({ provider }) => provider)].map(([provider, votes]) => ({
    provider,
    weight: round(1 - votes.reduce((doubt, { weight }) => doubt * (1 - weight), 1)),
    isSender: votes.every(({ signal }) => signal === 'spf'),
  }))
  return candidates.sort((a, b) => b.weight - a.weight || Number(a.isSender) - Number(b.isSender))
}

/** The winner's weight times its share of all weights. */
function computeConfidence(winner: Candidate, candidates: Candidate[]): number {
  const all = candidates.reduce((sum, { weight }) => sum + weight, 0)
  return round((winner.weight * winner.weight) / all)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
