/** What each signal says about a domain's provider. A new voter is one more function in `castVotes`. */
import { type Match, type Matcher, VOTE_WEIGHTS } from '#signals/fingerprints'
import type { Vote } from '#signals/provider'
import type { Signals } from '#signals/signals'

export function castVotes(signals: Signals, match: Matcher): Vote[] {
  return [...votesOfMx(signals, match), ...votesOfSpf(signals, match)]
}

function votesOfMx({ domain, mx }: Signals, match: Matcher): Vote[] {
  if (mx.state === 'unknown') return []
  if (mx.state === 'absent') return [noMail(VOTE_WEIGHTS.noMx, `no MX (${mx.rcode})`)]
  if (mx.value.nullMx) return [noMail(VOTE_WEIGHTS.nullMx, 'null MX')]
  const lowest = mx.value.hosts[0]?.preference
  const votes = mx.value.hosts.flatMap((host) =>
    voteOfHost({ domain, host: host.host, isPrimary: host.preference === lowest }, match),
  )
  return strongestEach(votes)
}

interface Host {
  domain: string
  host: string
  isPrimary: boolean
}

function voteOfHost({ domain, host, isPrimary }: Host, match: Matcher): Vote[] {
  const found = match('mx', host)
  if (found) {
    const weight = isPrimary ? VOTE_WEIGHTS.mxPrimary : VOTE_WEIGHTS.mxBackup
    return [voteFor(found, { signal: 'mx', weight, evidence: host })]
  }
  if (host !== domain && !host.endsWith(`.${domain}`)) return []
  const own = { role: 'mailbox', provider: 'own-server', fingerprint: domain } as const
  return [{ ...own, signal: 'mx', weight: VOTE_WEIGHTS.mxOwnName, evidence: host }]
}

function votesOfSpf({ spf }: Signals, match: Matcher): Vote[] {
  if (spf.state !== 'present') return []
  const votes = spf.value.includes.flatMap((name) => {
    const found = match('spf', name)
    return found ? [voteFor(found, { signal: 'spf', weight: VOTE_WEIGHTS.spf, evidence: name })] : []
  })
  return strongestEach(votes)
}

function voteFor({ fingerprint, suffix }: Match, seen: Pick<Vote, 'signal' | 'weight' | 'evidence'>): Vote {
  const role = fingerprint.role === 'mailbox' ? 'mailbox' : 'gateway'
  return { role, provider: fingerprint.id, ...seen, fingerprint: suffix }
}

function noMail(weight: number, evidence: string): Vote {
  return { role: 'mailbox', provider: 'none', signal: 'mx', weight, evidence, fingerprint: '' }
}

/** One signal votes once for a provider, however many of its hosts match. */
function strongestEach(votes: Vote[]): Vote[] {
  const best = new Map<string, Vote>()
  for (const vote of votes) {
    const earlier = best.get(vote.provider)
    if (!earlier || vote.weight > earlier.weight) best.set(vote.provider, vote)
  }
  return [...best.values()]
}
