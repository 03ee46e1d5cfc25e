/** Turns each signal into votes for a domain's provider. To add a voter, add a function to `castVotes`. */
import { type Match, type Matcher, findSelectorOwner } from '#signals/provider/matcher'
import type { SignalName, Signals } from '#signals/signals'

export interface Vote {
  role: 'mailbox' | 'gateway'
  /** Identifier of the provider, e.g. `microsoft-365`, `yandex`, `proofpoint`, `own-server`. */
  provider: string
  signal: SignalName
  /** Confidence of this vote alone, 0 to 1. */
  weight: number
  /** The evidence: a host, an SPF domain, a DKIM selector. */
  evidence: string
  /** Suffix of the fingerprint that matched; `override:<suffix>` for an administrator's override. */
  fingerprint: string
}

/**
 * Confidence of each vote alone, 0 to 1. These are judgement, not measurement: calibrate them before you rely on them.
 * All other votes together stay below `mxPrimary` (a test holds it), so that none outvotes a mailbox named by the best MX.
 */
export const VOTE_WEIGHTS = {
  mxPrimary: 0.95,
  /** A host with a higher preference value than the lowest. */
  mxBackup: 0.35,
  /** A host below the domain itself shows only that mail runs, or is filtered, under that name. */
  mxOwnName: 0.25,
  /** May send for the domain: weak alone, strong when the MX shows a gateway. */
  spf: 0.4,
  /** A selector that points into a provider's zone: only the provider's customers have it. */
  dkimTarget: 0.5,
  /** A key at a selector of one provider's customers; it often outlives a move to another provider. */
  dkimSelector: 0.2,
  autodiscover: 0.5,
  /** The DNS host often hosts the mail of a domain whose MX has its own name. */
  ns: 0.15,
  nsOverride: 0.3,
  nullMx: 1,
  noMx: 0.9,
} as const

export function castVotes(signals: Signals, match: Matcher): Vote[] {
  const mx = castByMx(signals, match)
  return [
    ...mx,
    ...castBySpf(signals, match, mx.some(namesMailbox)),
    ...castByDkim(signals, match),
    ...castByAutodiscover(signals, match),
    ...castByNs(signals, match),
  ]
}

function namesMailbox({ role, weight }: Vote): boolean {
  return role === 'mailbox' && weight !== VOTE_WEIGHTS.mxOwnName
}

/**
 * Without an MX, mail goes to the domain's own address (RFC 5321 section 5.1); the DNS does not say whether a server
 * accepts it there.
 */
export function mayTakeMail({ mx, a, aaaa }: Signals): boolean {
  return mx.state === 'absent' && mx.rcode !== 'NXDOMAIN' && (a.state === 'present' || aaaa.state === 'present')
}

function castByMx(signals: Signals, match: Matcher): Vote[] {
  const { domain, mx } = signals
  if (mx.state === 'unknown' || mayTakeMail(signals)) return []
  if (mx.state === 'absent') return [castForNoMail(VOTE_WEIGHTS.noMx, `no MX (${mx.rcode})`)]
  if (mx.value.nullMx) return [castForNoMail(VOTE_WEIGHTS.nullMx, 'null MX')]
  const lowest = mx.value.hosts[0]?.preference
  const votes = mx.value.hosts.flatMap(({ host, preference }) =>
    castByHost({ domain, host, isPrimary: preference === lowest }, match),
  )
  return keepStrongest(votes)
}

interface Host {
  domain: string
  host: string
  isPrimary: boolean
}

function castByHost({ domain, host, isPrimary }: Host, match: Matcher): Vote[] {
  const weight = isPrimary ? VOTE_WEIGHTS.mxPrimary : VOTE_WEIGHTS.mxBackup
  const found = castForMatch(match('mx', host), { signal: 'mx', weight, evidence: host })
  if (found.length > 0) return found
  if (host !== domain && !host.endsWith(`.${domain}`)) return []
  const own = { role: 'mailbox', provider: 'own-server', fingerprint: domain } as const
  return [{ ...own, signal: 'mx', weight: VOTE_WEIGHTS.mxOwnName, evidence: host }]
}

/**
 * Only senders that the company itself lists vote, because a host's record lists what that host uses. A filter in SPF
 * may only send, so it votes only when the MX does not name the mailbox.
 */
function castBySpf({ spf }: Signals, match: Matcher, isMailboxKnown: boolean): Vote[] {
  if (spf.state !== 'present') return []
  const votes = spf.value.senders.flatMap((name) =>
    castForMatch(match('spf', name), { signal: 'spf', weight: VOTE_WEIGHTS.spf, evidence: name }),
  )
  return keepStrongest(votes).filter(({ role }) => role === 'mailbox' || !isMailboxKnown)
}

function castByDkim({ domain, dkim }: Signals, match: Matcher): Vote[] {
  if (dkim.state !== 'present') return []
  const byTarget = dkim.value.targets.flatMap(({ selector, target }) => {
    const evidence = `${selector}._domainkey.${domain} → ${target}`
    return castForMatch(match('dkim', target), { signal: 'dkim', weight: VOTE_WEIGHTS.dkimTarget, evidence })
  })
  const bySelector = dkim.value.selectors.flatMap((selector): Vote[] => {
    const provider = findSelectorOwner(selector)?.id
    if (provider === undefined) return []
    const seen = { signal: 'dkim', weight: VOTE_WEIGHTS.dkimSelector, evidence: `a key at ${selector}` } as const
    return [{ role: 'mailbox', provider, ...seen, fingerprint: selector }]
  })
  return keepStrongest([...byTarget, ...bySelector])
}

function castByAutodiscover({ autodiscover, autodiscoverSrv }: Signals, match: Matcher): Vote[] {
  const targets = [
    ...(autodiscover.state === 'present' ? autodiscover.value.targets : []),
    ...(autodiscoverSrv.state === 'present' ? autodiscoverSrv.value.hosts.map(({ host }) => host) : []),
  ]
  const seen = { signal: 'autodiscover', weight: VOTE_WEIGHTS.autodiscover } as const
  return keepStrongest(
    targets.flatMap((target) => castForMatch(match('autodiscover', target), { ...seen, evidence: target })),
  )
}

/** Votes only when the MX has the domain's own name, or when an administrator's override says so. */
function castByNs({ domain, mx, ns }: Signals, match: Matcher): Vote[] {
  if (ns.state !== 'present' || mx.state !== 'present') return []
  const bearsOwnName = mx.value.hosts.some(({ host }) => host === domain || host.endsWith(`.${domain}`))
  const votes = ns.value.hosts.flatMap((host) => {
    const found = match('ns', host)
    if (!found || (!bearsOwnName && !found.isOverride)) return []
    const weight = found.isOverride ? VOTE_WEIGHTS.nsOverride : VOTE_WEIGHTS.ns
    return castForMatch(found, { signal: 'ns', weight, evidence: host })
  })
  return keepStrongest(votes)
}

/** Services that only send do not vote. */
function castForMatch(match: Match | null, seen: Pick<Vote, 'signal' | 'weight' | 'evidence'>): Vote[] {
  if (!match || match.fingerprint.role === 'sender') return []
  const role = match.fingerprint.role === 'mailbox' ? 'mailbox' : 'gateway'
  const fingerprint = match.isOverride ? `override:${match.suffix}` : match.suffix
  return [{ role, provider: match.fingerprint.id, ...seen, fingerprint }]
}

function castForNoMail(weight: number, evidence: string): Vote {
  return { role: 'mailbox', provider: 'none', signal: 'mx', weight, evidence, fingerprint: '' }
}

/** A signal votes once for a provider, however many of its names match. */
function keepStrongest(votes: Vote[]): Vote[] {
  if (votes.length < 2) return votes
  const best = new Map<string, Vote>()
  for (const vote of votes) {
    const earlier = best.get(vote.provider)
    if (!earlier || vote.weight > earlier.weight) best.set(vote.provider, vote)
  }
  return [...best.values()]
}
