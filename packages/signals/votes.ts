/** What each signal says about a domain's provider. A new voter is one more function in `castVotes`. */
import { type Match, matchMx, matchSpf, VOTE_WEIGHTS } from '#signals/fingerprints'
import type { Vote } from '#signals/provider'
import type { MxHost, Signals } from '#signals/signals'

export function castVotes(signals: Signals): Vote[] {
  return [...votesOfMx(signals), ...votesOfSpf(signals)]
}

function votesOfMx({ domain, mx }: Signals): Vote[] {
  if (mx.state === 'unknown') return []
  if (mx.state === 'absent') return [noMail(VOTE_WEIGHTS.noMx, `no MX (${mx.rcode})`)]
  if (mx.value.nullMx) return [noMail(VOTE_WEIGHTS.nullMx, 'null MX')]
  const lowest = mx.value.hosts[0]?.preference
  const votes = mx.value.hosts.flatMap((host) => voteOfHost(domain, host, host.preference === lowest))
  return strongestEach(votes)
}

function voteOfHost(domain: string, { host }: MxHost, isPrimary: boolean): Vote[] {
  const match = matchMx(host)
  if (match) {
    const weight = isPrimary ? VOTE_WEIGHTS.mxPrimary : VOTE_WEIGHTS.mxBackup
    return [voteFor(match, { signal: 'mx', weight, evidence: host })]
  }
  if (host !== domain && !host.endsWith(`.${domain}`)) return []
  const own = { role: 'mailbox', provider: 'own-server', fingerprint: domain } as const
  return [{ ...own, signal: 'mx', weight: VOTE_WEIGHTS.mxOwnName, evidence: host }]
}

function votesOfSpf({ spf }: Signals): Vote[] {
  if (spf.state !== 'present') return []
  const votes = spf.value.includes.flatMap((name) => {
    const match = matchSpf(name)
    return match ? [voteFor(match, { signal: 'spf', weight: VOTE_WEIGHTS.spf, evidence: name })] : []
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
