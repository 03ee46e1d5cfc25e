/** Asks the DNS and returns each answer as an observation: what came back, from whom, and when. */
import { getServers, promises } from 'node:dns'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { MxHost, SrvHost } from '#signals/signals'
import { ASK, type Ask, askOnce, type AnswerCode, type Reply } from '#signals/dns/resolver'

export interface Answer<R> {
  rcode: AnswerCode
  /** Empty unless `rcode` is NOERROR. */
  records: R[]
  resolver: string | null
  /** When the answer came: ISO time in UTC. */
  at: string
}

/**
 * No method throws. `until` is the scan's budget: after it, every answer is TIMEOUT. Host names are lower case without
 * the trailing dot, in the order of the answer; the root is ''. Every method but `cname` follows CNAMEs.
 */
export interface Dns {
  a(name: string, until: AbortSignal): Promise<Answer<string>>
  aaaa(name: string, until: AbortSignal): Promise<Answer<string>>
  /** Returns the target of the name itself; a resolver that follows the chain returns all of it, in order. */
  cname(name: string, until: AbortSignal): Promise<Answer<string>>
  mx(name: string, until: AbortSignal): Promise<Answer<MxHost>>
  ns(name: string, until: AbortSignal): Promise<Answer<string>>
  srv(name: string, until: AbortSignal): Promise<Answer<SrvHost>>
  /** Joins the strings of each record (RFC 7208 section 3.3). */
  txt(name: string, until: AbortSignal): Promise<Answer<string>>
}

interface DnsOptions {
  /** `address` or `address:port`. Hunter asks the second when the first fails. Empty: the system's resolvers. */
  servers: readonly string[]
  /** Limit of one question to one server. */
  queryTimeoutMs: number
  clock: Clock
}

/** @throws AppError SETTING_INVALID when a server is not an address. */
export function createDns({ servers, queryTimeoutMs, clock }: DnsOptions): Dns {
  const chosen = (servers.length > 0 ? servers : getServers()).slice(0, 2)
  for (const server of chosen) assertAddress(server)

  async function ask<R>(question: Ask<R>, until: AbortSignal): Promise<Answer<R>> {
    let reply: Reply<R> = { rcode: 'UNREACHABLE', records: [] }
    let resolver: string | null = null
    for (const server of chosen) {
      if (resolver !== null && until.aborted) break
      resolver = server
      reply = await askOnce({ server, timeoutMs: queryTimeoutMs, until }, question)
      if (isConclusive(reply.rcode)) break
    }
    return { ...reply, resolver, at: clock.now().toISOString() }
  }

  return {
    a: (name, until) => ask(ASK.a(name), until),
    aaaa: (name, until) => ask(ASK.aaaa(name), until),
    cname: async (name, until) => mapRecords(await ask(ASK.cname(name), until), readHost),
    mx: async (name, until) =>
      mapRecords(await ask(ASK.mx(name), until), ({ exchange, priority }) => ({
        host: readHost(exchange),
        preference: priority,
      })),
    ns: async (name, until) => mapRecords(await ask(ASK.ns(name), until), readHost),
    srv: async (name, until) =>
      mapRecords(await ask(ASK.srv(name), until), ({ name: host, port, priority, weight }) => ({
        host: readHost(host),
        port,
        priority,
        weight,
      })),
    txt: async (name, until) =>
      mapRecords(await ask(ASK.txt(name), until), (strings) => toStorableText(strings.join(''))),
  }
}

function mapRecords<From, To>(answer: Answer<From>, read: (record: From) => To): Answer<To> {
  return { ...answer, records: answer.records.map(read) }
}

function readHost(name: string): string {
  return toStorableText(name).toLowerCase().replace(/\.$/, '')
}

function isConclusive(rcode: AnswerCode): boolean {
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN' || rcode === 'NODATA'
}

/** Strangers write these strings; Postgres refuses NUL and lone surrogates in jsonb. */
function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

function assertAddress(server: string): void {
  try {
    new promises.Resolver().setServers([server])
  } catch (cause) {
    throw new AppError('SETTING_INVALID', 'a DNS server must be an address such as 1.1.1.1 or 127.0.0.1:5353', {
      cause,
    })
  }
}
