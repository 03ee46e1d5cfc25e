/** Questions to the DNS whose answers are kept as observations: what came back, from whom, and when. */
import { getServers, promises } from 'node:dns'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { MxHost } from '#signals/signals'
import { type Ask, askMx, askOnce, askTxt, type AnswerCode, type Reply } from '#signals/resolver'

export interface Answer<R> {
  rcode: AnswerCode
  /** Empty unless `rcode` is NOERROR. */
  records: R[]
  resolver: string | null
  /** When the answer came: ISO time in UTC. */
  at: string
}

/** Neither method throws. `until` is the scan's budget: past it every answer is TIMEOUT. */
export interface Dns {
  /** Hosts in lower case without the trailing dot, in the order of the answer; the root is ''. */
  mx(name: string, until: AbortSignal): Promise<Answer<MxHost>>
  /** Each record's strings joined, as RFC 7208 section 3.3 has it. */
  txt(name: string, until: AbortSignal): Promise<Answer<string>>
}

export interface DnsOptions {
  /** `address` or `address:port`; the second is asked when the first fails. Empty: the system's resolvers. */
  servers: readonly string[]
  /** For one question to one server. */
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
    async mx(name, until) {
      const answer = await ask(askMx(name), until)
      const records = answer.records.map(({ exchange, priority }) => ({
        host: storable(exchange).toLowerCase().replace(/\.$/, ''),
        preference: priority,
      }))
      return { ...answer, records }
    },
    async txt(name, until) {
      const answer = await ask(askTxt(name), until)
      return { ...answer, records: answer.records.map((strings) => storable(strings.join(''))) }
    },
  }
}

function isConclusive(rcode: AnswerCode): boolean {
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN' || rcode === 'NODATA'
}

/** Strangers write these strings; Postgres refuses NUL and lone surrogates in jsonb. */
function storable(text: string): string {
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
