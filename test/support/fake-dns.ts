import type { Clock } from '#platform/clock'
import type { Answer, Dns } from '#signals/dns/dns'
import type { AnswerCode } from '#signals/dns/resolver'
import type { SrvHost } from '#signals/signals'

type RecordType = 'mx' | 'txt' | 'a' | 'aaaa' | 'cname' | 'ns' | 'srv'

export interface FakeName {
  mx?: string[]
  txt?: string[]
  a?: string[]
  aaaa?: string[]
  cname?: string
  ns?: string[]
  srv?: SrvHost[]
  /** Every question about the name fails like this. */
  fails?: AnswerCode
  /** Questions of one type alone fail like this. */
  failsFor?: Partial<Record<RecordType, AnswerCode>>
}

export interface FakeDns extends Dns {
  /** When its answers come; absent: at one time, always. */
  clock?: Clock
  zone: Map<string, FakeName>
  /** Every name that was asked about, in order. */
  asked: string[]
  /** Runs before each answer. */
  onAsk?: (name: string) => Promise<void>
}

/** Answers from memory; a name that is not in the zone is NXDOMAIN. */
export function createFakeDns(names: Record<string, FakeName> = {}, clock?: Clock): FakeDns {
  const dns: FakeDns = {
    ...(clock && { clock }),
    zone: new Map(Object.entries(names)),
    asked: [],
    mx: (name) =>
      answer(dns, { name, type: 'mx' }, (found) => found.mx?.map((host, at) => ({ host, preference: (at + 1) * 10 }))),
    txt: (name) => answer(dns, { name, type: 'txt' }, (found) => found.txt),
    a: (name) => answer(dns, { name, type: 'a' }, (found) => found.a),
    aaaa: (name) => answer(dns, { name, type: 'aaaa' }, (found) => found.aaaa),
    ns: (name) => answer(dns, { name, type: 'ns' }, (found) => found.ns),
    srv: (name) => answer(dns, { name, type: 'srv' }, (found) => found.srv),
    cname: (name) =>
      answer(dns, { name, type: 'cname' }, (found) => (found.cname === undefined ? undefined : [found.cname])),
  }
  return dns
}

async function answer<R>(
  dns: FakeDns,
  { name, type }: { name: string; type: RecordType },
  pick: (found: FakeName) => R[] | undefined,
): Promise<Answer<R>> {
  dns.asked.push(name)
  await dns.onAsk?.(name)
  const seen = { resolver: '192.0.2.53', at: dns.clock?.now().toISOString() ?? '2026-11-20T00:00:00.000Z' }
  const found = dns.zone.get(name)
  if (!found) return { rcode: 'NXDOMAIN', records: [], ...seen }
  const failure = found.fails ?? found.failsFor?.[type]
  if (failure) return { rcode: failure, records: [], ...seen }
  const records = pick(found)
  return records ? { rcode: 'NOERROR', records, ...seen } : { rcode: 'NODATA', records: [], ...seen }
}

/** A company with its mail at Google, a good SPF record and DMARC reject. */
export function googleCompany(domain: string): Record<string, FakeName> {
  return {
    [domain]: { mx: ['aspmx.l.google.com'], txt: ['v=spf1 include:_spf.google.com -all'] },
    '_spf.google.com': { txt: ['v=spf1 ip4:192.0.2.0/24 -all'] },
    [`_dmarc.${domain}`]: { txt: ['v=DMARC1; p=reject'] },
  }
}
