/** Asks the DNS whether hosts take mail: from what a scan or an earlier check remembers, else at the scans' own pace. */
import type { CacheKind } from '#redis/cache'
import type { Snapshot } from '#redis/generational-cache'
import type { ObserveDeps } from '#scans/observe-domain'
import { DNS, type DnsEntry } from '#scans/cache/scan-cache'
import { computeAnswerExpiryMs, DNS_TTL_MS } from '#scans/cache/ttl'
import { type Answers, type CachedDns, cacheDns } from '#signals/dns/cached-dns'
import type { Answer } from '#signals/dns/dns'
import { judgeMailHost, type MailHostFacts, needsAddresses } from '#signals/mail/mail-host'
import type { MailHost } from '#signals/normalise'
import { AppError } from '#platform/errors'

/** The answers behind one verdict, in the form of a scan's; apart, because a scan needs many more. */
export const MAIL_HOST: CacheKind<DnsEntry> = { name: 'mail-host', version: 1, ttlMs: DNS_TTL_MS, schema: DNS.schema }
const KINDS = [DNS, MAIL_HOST] as [typeof DNS, typeof MAIL_HOST]

type MailHostDeps = Pick<ObserveDeps, 'dns' | 'pacer' | 'clock' | 'cache' | 'budgetMs'> & {
  /** How long the whole check may wait for its turns. */
  turnWaitMs: number
}

/**
 * Returns the facts of each host. A host whose turn would come too late, or that does not answer, is `unknown`; nothing
 * here fails because of the DNS.
 */
export async function checkMailHosts(
  deps: MailHostDeps,
  hosts: readonly MailHost[],
): Promise<ReadonlyMap<string, MailHostFacts>> {
  const turnUntil = new Date(deps.clock.now().getTime() + deps.turnWaitMs)
  const each = new Map(hosts.map((host) => [host.host, host]))
  const facts = [...each].map(async ([name, host]): Promise<[string, MailHostFacts]> => [
    name,
    await checkMailHost(deps, host, turnUntil),
  ])
  return new Map(await Promise.all(facts))
}

type Entries = [DnsEntry, DnsEntry]
type Found = Snapshot<Entries> | undefined

async function checkMailHost(deps: MailHostDeps, host: MailHost, turnUntil: Date): Promise<MailHostFacts> {
  const { cache, clock, pacer } = deps
  const found: Found = await cache?.entries.read<Entries>(host.host, KINDS)
  const known = listAlive(deps, found)
  const remembered = await judgeKnown(deps, host, known)
  cache?.count(DNS.name, found ? (remembered ? 'hit' : 'miss') : 'error')
  if (remembered) return remembered
  if (!(await takeTurn(pacer, turnUntil))) {
    return { state: 'unknown', hosts: [], rcode: 'RATE_LIMITED', at: clock.now().toISOString() }
  }
  const dns = cacheDns({ ...deps, mayAsk: async () => true }, known)
  const facts = await askMailHost(dns, host, AbortSignal.timeout(deps.budgetMs))
  await writeAnswers(deps, host, { dns, found })
  return facts
}

/** False: the turn would come too late. */
async function takeTurn(pacer: MailHostDeps['pacer'], until: Date): Promise<boolean> {
  try {
    await pacer.acquire(until)
    return true
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'SCANS_BUSY') return false
    throw thrown
  }
}

async function askMailHost(dns: CachedDns, { host, domain }: MailHost, until: AbortSignal): Promise<MailHostFacts> {
  const mx = await dns.mx(host, until)
  if (!needsAddresses(mx)) return judgeMailHost({ mx, addresses: [] })
  const addresses = await Promise.all([dns.a(host, until), dns.aaaa(host, until)])
  const isEmpty = addresses.every(({ records }) => records.length === 0)
  return judgeMailHost({ mx, addresses, ns: isEmpty && host === domain ? await dns.ns(host, until) : undefined })
}

/** Answers when no question is left to ask. */
async function judgeKnown(deps: MailHostDeps, host: MailHost, known: Answers): Promise<MailHostFacts | undefined> {
  let isMissing = false
  const mayAsk = async () => {
    isMissing = true
    return false
  }
  const facts = await askMailHost(cacheDns({ ...deps, mayAsk }, known), host, AbortSignal.abort())
  return isMissing ? undefined : facts
}

function listAlive({ clock }: MailHostDeps, found: Found): Answers {
  const nowMs = clock.now().getTime()
  const all = (found?.entries ?? []).flatMap((entry) => entry?.value.answers ?? [])
  const answers = all.map(([question, rcode, records, resolver, at]): [string, Answer<unknown>] => [
    question,
    { rcode, records, resolver, at },
  ])
  return new Map(answers.filter(([, answer]) => nowMs < computeAnswerExpiryMs(answer)))
}

/** Lives as long as the shortest of its answers: a minute when one of them failed. */
async function writeAnswers(
  { cache }: MailHostDeps,
  { host }: MailHost,
  { dns, found }: { dns: CachedDns; found: Found },
): Promise<void> {
  if (!cache || !found) return
  const given = [...dns.given()]
  const answers = given.map(([question, { rcode, records, resolver, at }]) => [question, rcode, records, resolver, at])
  const untilMs = Math.min(...given.map(([, answer]) => computeAnswerExpiryMs(answer)))
  const at = given.map(([, answer]) => answer.at).toSorted()[0]
  const entry = { kind: MAIL_HOST, value: { at, answers } as DnsEntry, untilMs }
  await cache.entries.write(host, { generation: found.generation, entries: [entry] })
}
