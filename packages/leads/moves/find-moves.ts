/**
 * Names the migration between two ledgers of one company: who had its mailboxes or filtered its mail, and who does now.
 * A signal that is unknown on either side never makes a move. Pure.
 */
import type { Change } from '#leads/changes/change-types'
import type { Lead } from '#leads/store'
import { FINGERPRINTS } from '#signals/provider/fingerprints'
import { VOTE_WEIGHTS } from '#signals/provider/votes'
import { isOpen } from '#signals/signals'

export const MOVE_TYPES = [
  'provider_moved',
  'half_moved',
  'gateway_added',
  'gateway_removed',
  'gateway_replaced',
] as const

export interface Move {
  type: (typeof MOVE_TYPES)[number]
  /** Id of the provider or the gateway; null: there was none. */
  from: string | null
  to: string | null
  /** `hosting → google`: the kinds that matter, else the ids. */
  name: string
}

/**
 * @param before the stored lead, judged by the rules and overrides of `after`
 * @param changes the result of `diffLeads`, which knows what is real and what an unknown signal only suggests
 */
export function findMoves(before: Lead, after: Lead, changes: readonly Change[]): Move[] {
  if (before === after) return []
  const types = new Set(changes.map(({ type }) => type))
  return [
    ...(types.has('provider_changed') ? findProviderMove(before, after) : []),
    ...findHalfMove(before, after),
    ...(types.has('gateway_changed') ? findGatewayMove(before, after) : []),
  ]
}

function findProviderMove({ provider: { mailbox: old } }: Lead, { provider: { mailbox: now } }: Lead): Move[] {
  const isMove = [old, now].every(({ kind, settled }) => settled && kind !== 'none' && kind !== 'unknown')
  return isMove ? [{ type: 'provider_moved', from: old.id, to: now.id, name: nameMove(old.id, now.id) }] : []
}

function findGatewayMove(before: Lead, after: Lead): Move[] {
  if (isOpen(before.signals, 'mx') || isOpen(after.signals, 'mx')) return []
  const [from, to] = [before, after].map(({ provider }) => provider.gateway?.id ?? null)
  if (from === undefined || to === undefined) return []
  const type = from === null ? 'gateway_added' : to === null ? 'gateway_removed' : 'gateway_replaced'
  return [{ type, from, to, name: `${from ?? 'no gateway'} → ${to ?? 'no gateway'}` }]
}

/** The mail goes to one provider and the clients to another: the side that changed shows where the company is going. */
function findHalfMove(before: Lead, after: Lead): Move[] {
  const [old, now] = [readSides(before), readSides(after)]
  if (!old || !now?.mail || !now.clients || now.mail === now.clients) return []
  if (old.mail === now.mail && old.clients === now.clients) return []
  const [from, to] = old.mail === now.mail ? [now.mail, now.clients] : [now.clients, now.mail]
  return [{ type: 'half_moved', from, to, name: nameMove(from, to) }]
}

interface Sides {
  /** Provider that the best MX names; undefined: a gateway, the company's own name, or several. */
  mail: string | undefined
  /** Provider that autodiscover names. */
  clients: string | undefined
}

/** Returns undefined while an answer is missing. */
function readSides({ signals, provider: { votes } }: Lead): Sides | undefined {
  if (isOpen(signals, 'mx') || isOpen(signals, 'autodiscover') || isOpen(signals, 'autodiscoverSrv')) return undefined
  const mailboxes = votes.filter(({ role }) => role === 'mailbox')
  const mail = mailboxes.filter(({ signal, weight }) => signal === 'mx' && weight >= VOTE_WEIGHTS.mxPrimary)
  const clients = mailboxes.filter(({ signal }) => signal === 'autodiscover')
  return { mail: getOnly(mail), clients: getOnly(clients) }
}

function getOnly(votes: { provider: string }[]): string | undefined {
  return votes.length === 1 ? votes[0]?.provider : undefined
}

const KINDS = new Map(FINGERPRINTS.map(({ id, kind }) => [id, kind]))

/** Kinds such as `hosting` say more than the name of one of many; two of one kind need their names. */
function nameMove(from: string, to: string): string {
  const [old, now] = [from, to].map((id) => {
    const kind = KINDS.get(id)
    return kind === undefined || kind === 'mailbox' ? id : kind
  })
  return old === now ? `${from} → ${to}` : `${old} → ${now}`
}
