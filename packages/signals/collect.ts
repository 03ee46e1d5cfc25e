/** Collects a domain's signals within one budget of time. A failure becomes evidence, never an exception. */
import type { Clock } from '#platform/clock'
import { readCnameChain } from '#signals/mail/cname-chain'
import {
  readAddresses,
  readPresenceRecord,
  readNs,
  readSrv,
  readTokens,
  PRESENCE_RECORDS,
  type PresenceRecordForm,
} from '#signals/mail/presence-records'
import { readDkim } from '#signals/mail/dkim'
import { readDmarc } from '#signals/mail/dmarc-walk'
import type { Dns } from '#signals/dns/dns'
import { type Evidence, createNotCollected } from '#signals/evidence'
import { detectLameDelegation } from '#signals/mail/lame-delegation'
import { listImpliedSelectors, getMatcher } from '#signals/provider/matcher'
import { meterDns } from '#signals/dns/metered-dns'
import { readMx } from '#signals/mail/mx'
import { type IpFactsStore, readNetworks } from '#signals/network/networks'
import type { Domain } from '#signals/normalise'
import type { CnameChain, Registration, Signals } from '#signals/signals'
import { readSpf } from '#signals/mail/spf'
import { isSpf, parseSpf } from '#signals/mail/spf-record'
import { isServiceName } from '#signals/provider/tenants'

export interface CollectDeps {
  dns: Dns
  clock: Clock
  /** Looks up registration data; without it, the scan skips them. Never throws; `until` is the scan's budget. */
  registration?: (domain: Domain, until: AbortSignal, group?: string) => Promise<Evidence<Registration>>
  /** Stored facts about addresses; without the store, the scan skips the networks. */
  ipFacts?: IpFactsStore
}

interface CollectOptions {
  /** Budget of the whole scan: what has not answered by then is `unknown` with TIMEOUT. */
  budgetMs: number
  /** ISO time in UTC of the oldest cached answer that the DNS repeats; absent when it repeats none. */
  since?: string
}

export async function collectSignals(
  { dns: plainDns, clock, registration, ipFacts }: CollectDeps,
  domain: Domain,
  { budgetMs, since }: CollectOptions,
): Promise<Signals> {
  const at = since ?? clock.now().toISOString()
  const until = AbortSignal.timeout(budgetMs)
  const dns = meterDns(plainDns)
  const question = { dns, domain, until }
  // Asks first what the score rests on: when name servers are silent, the budget may not last for the rest.
  const essential = collectEssential(question)
  const others = collectOthers(question)
  const registered = registration?.(domain, until) ?? createNotCollected(at)
  const seen = { ...(await essential), ...(await others) }
  const networks = ipFacts
    ? await readNetworks({ dns, clock, store: ipFacts }, { ...seen, until })
    : createNotCollected(at)
  const signals = { ...seen, networks, registration: await registered }
  return detectLameDelegation({ domain, at, queries: dns.asked(), ...signals })
}

interface Question {
  dns: Dns
  domain: Domain
  until: AbortSignal
}

async function collectEssential({ dns, domain, until }: Question) {
  const mxAnswer = dns.mx(domain, until)
  const txtAnswer = dns.txt(domain, until)
  const exists = async () => (await mxAnswer).rcode !== 'NXDOMAIN'
  const [mx, spf, dmarc, dkim, tokens] = await Promise.all([
    mxAnswer.then(readMx),
    txtAnswer.then((answer) => readSpf(dns, { domain, answer, until })),
    readDmarc(dns, { name: domain, exists, until }),
    Promise.all([mxAnswer, txtAnswer]).then(([mx, txt]) => {
      const hosts = mx.records.map(({ host }) => match('mx', host))
      const senders = txt.records.filter(isSpf).flatMap((record) => parseSpf(record).follow)
      const implied = listImpliedSelectors([...hosts, ...senders.map((name) => match('spf', name))])
      return readDkim(dns, { domain, implied, until })
    }),
    txtAnswer.then(readTokens),
  ])
  return { mx, spf, dmarc, dkim, tokens }
}

const match = getMatcher([])

async function collectOthers({ dns, domain, until }: Question) {
  const alias = (label: string): Promise<Evidence<CnameChain>> =>
    readCnameChain(dns, { name: `${label}.${domain}`, isKnown: isServiceName, until })
  const announced = async (label: string, form: PresenceRecordForm) =>
    readPresenceRecord(await dns.txt(`${label}.${domain}`, until), form)
  return inParallel({
    ns: dns.ns(domain, until).then(readNs),
    autodiscover: alias('autodiscover'),
    autodiscoverSrv: dns.srv(`_autodiscover._tcp.${domain}`, until).then(readSrv),
    enterpriseRegistration: alias('enterpriseregistration'),
    enterpriseEnrollment: alias('enterpriseenrollment'),
    lyncdiscover: alias('lyncdiscover'),
    sip: alias('sip'),
    sipFederation: dns.srv(`_sipfederationtls._tcp.${domain}`, until).then(readSrv),
    msoid: alias('msoid'),
    a: dns.a(domain, until).then(readAddresses),
    aaaa: dns.aaaa(domain, until).then(readAddresses),
    mtaSts: announced('_mta-sts', PRESENCE_RECORDS.mtaSts),
    tlsRpt: announced('_smtp._tls', PRESENCE_RECORDS.tlsRpt),
    bimi: announced('default._bimi', PRESENCE_RECORDS.bimi),
  })
}

type Awaitable<T> = { [K in keyof T]: Promise<T[K]> }

async function inParallel<T extends object>(parts: Awaitable<T>): Promise<T> {
  const names = Object.keys(parts) as (keyof T)[]
  const values = await Promise.all(names.map((name) => parts[name]))
  return Object.fromEntries(names.map((name, at) => [name, values[at]])) as T
}
