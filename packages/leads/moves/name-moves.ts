/**
 * Names the migrations between two scans of a company: its mailboxes went to another provider, a gateway came, went or
 * was replaced, or half of a move is visible. Pure. An unknown signal on either side never makes a move, and neither
 * does a change of the rules: compare leads that the same rules judged.
 */
import type { MOVE_KINDS } from '#db/tables'
import { assessCommonSignals } from '#leads/changes/diff-leads'
import type { Lead } from '#leads/store'
import { FINGERPRINTS, type MailboxKind, type ProviderOverride } from '#signals/provider/fingerprints'
import { type Vote, VOTE_WEIGHTS } from '#signals/provider/votes'
import { isOpen } from '#signals/signals'

type MoveKind = (typeof MOVE_KINDS)[number]

/** Where mail goes or went: a provider of mailboxes, or a service in front of them. */
interface Place {
  id: string
  name: string
  kind: MailboxKind | 'filter' | 'forwarder'
}

export interface Move {
  kind: MoveKind
  /** `half-moved`: where the MX points. null: there was no gateway. */
  from: Place | null
  /** `half-moved`: where autodiscover points. null: there is no gateway any more. */
  to: Place | null
  /** False for a `half-moved` company, and when autodiscover stayed behind. */
  isComplete: boolean
  /** The hosts that show the new state. */
  evidence: string[]
  /** ISO time in UTC of the newer scan. */
  at: string
}

/**
 * `before` and `after` belong to the same company, and `after` already contains the signals of `before`. null: this is
 * the first scan, which can only show that half of a move is done.
 */
export function nameMoves(before: Lead | null, after: Lead, overrides?: readonly ProviderOverride[]): Move[] {
  const { at } = after.signals
  if (before === after) return []
  if (before === null) {
    const half = findHalfMove(after)
    return half ? [{ ...describeHalfMove(half, after), at }] : []
  }
  if (before.signals.mx.state === 'unknown' || after.signals.mx.state === 'unknown') return []
  const [old, now] = assessCommonSignals(before, after, overrides)
  const moves = [nameMailboxMove(old, now), nameGatewayMove(old, now), nameHalfMove(old, now)]
  return moves.flatMap((move) => (move ? [{ ...move, at }] : []))
}

interface HalfMove {
  mx: Place
  autodiscover: Place
}

/** Where the MX and autodiscover of a company point, if both answered and point to two providers of mailboxes. */
function findHalfMove({ signals, provider: { votes } }: Lead): HalfMove | null {
  if (isOpen(signals, 'mx') || isOpen(signals, 'autodiscover') || isOpen(signals, 'autodiscoverSrv')) return null
  const mx = findOnlyPlace(votes.filter(isDecisive))
  const autodiscover = findOnlyPlace(votes.filter(isByAutodiscover))
  return mx && autodiscover && mx.id !== autodiscover.id ? { mx, autodiscover } : null
}

/** `google → microsoft-365`, `gateway added: proofpoint`, `half-moved: google → microsoft-365`. */
export function formatMove({ kind, from, to }: Pick<Move, 'kind' | 'from' | 'to'>): string {
  if (kind === 'gateway-added') return `gateway added: ${to?.id}`
  if (kind === 'gateway-removed') return `gateway removed: ${from?.id}`
  if (kind === 'gateway-replaced') return `gateway replaced: ${from?.id} → ${to?.id}`
  const [old, now] = [from, to].map(nameByKind)
  const places = old === now ? `${from?.id} → ${to?.id}` : `${old} → ${now}`
  return kind === 'half-moved' ? `half-moved: ${places}` : places
}

/** The kind where it says enough; one of many providers of a kind goes by its identifier. */
function nameByKind(place: Place | null): string | undefined {
  return place?.kind === 'mailbox' ? place.id : place?.kind
}

type NamedMove = Omit<Move, 'at'>

function nameMailboxMove({ provider: old }: Lead, { provider: now }: Lead): NamedMove | null {
  const [from, to] = [old.mailbox, now.mailbox]
  const isProven = from.settled && to.settled && from.kind !== 'unknown' && to.kind !== 'unknown'
  if (!isProven || from.id === to.id) return null
  const leftBehind = now.votes.filter((vote) => isByAutodiscover(vote) && vote.provider !== to.id)
  return {
    kind: 'mailbox-moved',
    from: toPlace(from),
    to: toPlace(to),
    isComplete: leftBehind.length === 0,
    evidence: listEvidence(now.votes, to.id),
  }
}

/** Counts gateways that the MX names: a filter that only SPF names may only send. */
function nameGatewayMove({ provider: old }: Lead, { provider: now }: Lead): NamedMove | null {
  const [from, to] = [findMxGateway(old), findMxGateway(now)]
  if (from?.id === to?.id) return null
  const kind = !from ? 'gateway-added' : !to ? 'gateway-removed' : 'gateway-replaced'
  const evidence = to
    ? listEvidence(now.votes, to.id)
    : now.votes.filter(({ signal }) => signal === 'mx').map(getEvidence)
  return { kind, from, to, isComplete: true, evidence }
}

/** A move of the MX that leaves autodiscover behind is a mailbox move that is not complete, so it is not named twice. */
function nameHalfMove(before: Lead, after: Lead): NamedMove | null {
  const [old, now] = [findHalfMove(before), findHalfMove(after)]
  const wasKnown = before.signals.autodiscover.state !== 'unknown'
  if (!now || !wasKnown || old?.autodiscover.id === now.autodiscover.id) return null
  const oldMx = findOnlyPlace(before.provider.votes.filter(isDecisive))
  if (oldMx?.id !== now.mx.id) return null
  return describeHalfMove(now, after)
}

function describeHalfMove({ mx, autodiscover }: HalfMove, { provider: { votes } }: Lead): NamedMove {
  const evidence = votes.filter((vote) => isDecisive(vote) || isByAutodiscover(vote)).map(getEvidence)
  return { kind: 'half-moved', from: mx, to: autodiscover, isComplete: false, evidence }
}

function isDecisive({ role, signal, weight, provider }: Vote): boolean {
  return role === 'mailbox' && signal === 'mx' && weight >= VOTE_WEIGHTS.mxPrimary && provider !== 'none'
}

function isByAutodiscover({ role, signal }: Vote): boolean {
  return role === 'mailbox' && signal === 'autodiscover'
}

/** Several providers at once name no place. */
function findOnlyPlace(votes: Vote[]): Place | null {
  const [only, ...others] = new Set(votes.map(({ provider }) => provider))
  const fingerprint = only !== undefined && others.length === 0 ? BY_ID.get(only) : undefined
  return fingerprint?.kind ? { id: fingerprint.id, name: fingerprint.name, kind: fingerprint.kind } : null
}

const BY_ID = new Map(FINGERPRINTS.map((each) => [each.id, each]))

function findMxGateway({ gateway, votes }: Lead['provider']): Place | null {
  const isNamed = votes.some((vote) => vote.role === 'gateway' && vote.signal === 'mx' && vote.provider === gateway?.id)
  return gateway && isNamed ? toPlace(gateway) : null
}

function toPlace({ id, name, kind }: Place): Place {
  return { id, name, kind }
}

function listEvidence(votes: Vote[], provider: string): string[] {
  return votes.filter((vote) => vote.provider === provider).map(getEvidence)
}

function getEvidence({ evidence }: Vote): string {
  return evidence
}
