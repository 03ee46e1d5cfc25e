/** Finds the networks of a domain's mail hosts and of the domain itself. */
import type { Clock } from '#platform/clock'
import type { Dns } from '#signals/dns/dns'
import { type AbsenceCode, type Evidence, type FailureCode, createPresent, judgeAbsence } from '#signals/evidence'
import { lookUpIpFacts, mayAskAbout, normaliseAddress } from '#signals/network/ip-facts'
import type { Addresses, IpFacts, Mx, Networks } from '#signals/signals'

/** Facts about addresses outlive a scan. Neither method throws. */
export interface IpFactsStore {
  /** Returns the stored facts about `ips` that are still within their TTL. */
  find(ips: string[]): Promise<IpFacts[]>
  save(facts: IpFacts[]): Promise<void>
}

/** Keeps nothing: each scan asks again. */
export const NO_IP_FACTS: IpFactsStore = { find: async () => [], save: async () => undefined }

interface NetworksDeps {
  dns: Pick<Dns, 'a' | 'aaaa' | 'txt'>
  clock: Clock
  store: IpFactsStore
}

interface NetworksInput {
  mx: Evidence<Mx>
  a: Evidence<Addresses>
  aaaa: Evidence<Addresses>
  until: AbortSignal
}

/** Limits of mail hosts, by preference, and of addresses in all: large providers have dozens. */
const MX_HOSTS_MAX = 3
const ADDRESSES_MAX = 8

const SOURCE = 'Team Cymru'

export async function readNetworks(deps: NetworksDeps, input: NetworksInput): Promise<Evidence<Networks>> {
  const { wanted, silent, rcode } = await listAddresses(deps, input)
  const seen = { resolver: SOURCE, at: deps.clock.now().toISOString() }
  if (wanted.length === 0) return judgeAbsence({ rcode, ...seen, resolver: null }, [])
  const facts = await findFacts(deps, wanted, input.until)
  if (facts.length === 0) return judgeAbsence({ rcode: 'TIMEOUT', ...seen }, [])
  const without = wanted.map(({ ip }) => ip).filter((ip) => !facts.some((each) => each.ip === ip))
  const unanswered = [...silent, ...without]
  return createPresent({ rcode: 'NOERROR', ...seen }, facts.map(formatRecord), { addresses: facts, unanswered })
}

type Wanted = Pick<IpFacts, 'ip' | 'source'>

interface AddressList {
  wanted: Wanted[]
  /** Mail hosts whose addresses got no answer. */
  silent: string[]
  /** NODATA, or the reason why addresses may be missing. */
  rcode: 'NODATA' | FailureCode
}

async function listAddresses({ dns }: NetworksDeps, { mx, a, aaaa, until }: NetworksInput): Promise<AddressList> {
  const hosts = mx.state === 'present' ? mx.value.hosts.slice(0, MX_HOSTS_MAX).map(({ host }) => host) : []
  const byHost = await Promise.all(hosts.map((host) => Promise.all([dns.a(host, until), dns.aaaa(host, until)])))
  const answers = byHost.flat()
  const silent = hosts.filter((_, at) => byHost[at]?.some(({ rcode }) => isFailure(rcode)))
  // Name servers answer in any order; sorting keeps ours the same from scan to scan.
  const root = [a, aaaa].flatMap((each) => (each.state === 'present' ? each.value.addresses.toSorted() : []))
  const mail = answers.flatMap(({ records }) => records.toSorted())
  const all = [
    ...root.map((ip) => ({ ip, source: 'root-ip' }) as const),
    ...mail.map((ip) => ({ ip, source: 'mx-ip' }) as const),
  ]
  const normal = all.map(({ ip, source }) => ({ ip: normaliseAddress(ip) ?? '', source }))
  const byIp = new Map(normal.filter(({ ip }) => mayAskAbout(ip)).map((each) => [each.ip, each]))
  const failures = [mx, a, aaaa, ...answers].map(({ rcode }) => rcode).filter(isFailure)
  return { wanted: [...byIp.values()].slice(0, ADDRESSES_MAX), silent, rcode: failures[0] ?? 'NODATA' }
}

function isFailure(rcode: AbsenceCode | FailureCode): rcode is FailureCode {
  return rcode !== 'NOERROR' && rcode !== 'NXDOMAIN' && rcode !== 'NODATA'
}

/** Keeps the order of `wanted` and leaves out addresses without an answer. */
async function findFacts(deps: NetworksDeps, wanted: Wanted[], until: AbortSignal): Promise<IpFacts[]> {
  const known = new Map((await deps.store.find(wanted.map(({ ip }) => ip))).map((facts) => [facts.ip, facts]))
  const facts = await Promise.all(
    wanted.map(async (each) => {
      const stored = known.get(each.ip)
      return stored ? { ...stored, source: each.source } : lookUpIpFacts(deps.dns, each, until)
    }),
  )
  const found = facts.filter((each) => each !== null)
  const fresh = found.filter(({ ip }) => !known.has(ip))
  if (fresh.length > 0) await deps.store.save(fresh)
  return found
}

function formatRecord({ ip, source, asn, asName, country }: IpFacts): string {
  const network = asn === null ? 'not announced' : `AS${asn} ${asName ?? ''}`.trim()
  return `${source} ${ip}: ${network}${country === null ? '' : ` (${country})`}`
}
