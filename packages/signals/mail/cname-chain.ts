/** Follows the CNAME chain of names that services ask for, such as `autodiscover` and `lyncdiscover`. */
import type { Answer, Dns } from '#signals/dns/dns'
import { type Evidence, isUnanswered, createPresent, judgeAbsence } from '#signals/evidence'
import type { CnameChain } from '#signals/signals'

/** Resolvers give up at 8 to 16 CNAMEs; a longer chain never resolves. */
const CHAIN_LENGTH_MAX = 8

interface CnameChainQuestion {
  name: string
  /** True for a target that already names the service: the chain is not followed further. */
  isKnown: (target: string) => boolean
  until: AbortSignal
}

/**
 * Asks for the CNAME first, because an address alone does not show the service. A name that does not answer ends the
 * chain and is listed in `unanswered`.
 */
export async function readCnameChain(
  dns: Dns,
  { name, isKnown, until }: CnameChainQuestion,
): Promise<Evidence<CnameChain>> {
  const first = await dns.cname(name, until)
  if (first.records.length === 0) return readOwnAddresses(dns, { name, first, until })
  const chain = await followChain(dns, { name, first: first.records, isKnown, until })
  const steps = [name, ...chain.targets]
  const records = chain.targets.map((target, at) => `${steps[at]} CNAME ${target}.`)
  return createPresent(first, records, { ...chain, addresses: [] })
}

type Chain = Omit<CnameChain, 'addresses'>

async function followChain(
  dns: Dns,
  { name, first, isKnown, until }: CnameChainQuestion & { first: string[] },
): Promise<Chain> {
  const targets: string[] = []
  const seen = new Set([name])
  for (let next = first; next.length > 0;) {
    for (const target of next) {
      targets.push(target)
      if (seen.has(target)) return { targets, loops: true, unanswered: [] }
      seen.add(target)
    }
    if (targets.some(isKnown) || targets.length >= CHAIN_LENGTH_MAX) break
    const last = targets.at(-1) ?? ''
    const answer = await dns.cname(last, until)
    if (isUnanswered(judgeAbsence(answer, []))) return { targets, loops: false, unanswered: [last] }
    next = answer.records
  }
  return { targets, loops: false, unanswered: [] }
}

async function readOwnAddresses(
  dns: Dns,
  { name, first, until }: { name: string; first: Answer<string>; until: AbortSignal },
): Promise<Evidence<CnameChain>> {
  if (first.rcode !== 'NODATA') return judgeAbsence(first, [])
  const ipv4 = await dns.a(name, until)
  const answer = ipv4.rcode === 'NODATA' ? await dns.aaaa(name, until) : ipv4
  if (answer.records.length === 0) return judgeAbsence(answer, [])
  const type = answer === ipv4 ? 'A' : 'AAAA'
  const records = answer.records.map((address) => `${name} ${type} ${address}`)
  return createPresent(answer, records, { targets: [], addresses: answer.records, loops: false, unanswered: [] })
}
