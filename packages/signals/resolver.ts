/** One question to one resolver, with a deadline of its own. */
import { promises } from 'node:dns'
import type { FailureCode } from '#signals/evidence'

export type AnswerCode =
  | 'NOERROR'
  | 'NXDOMAIN'
  | 'NODATA'
  | Exclude<FailureCode, 'NOT_COLLECTED' | 'RATE_LIMITED' | 'UNREADABLE' | 'NO_SERVER' | 'LAME' | 'UNPROVEN'>

export interface Reply<R> {
  rcode: AnswerCode
  records: R[]
}

export type Ask<R> = (resolver: promises.Resolver) => Promise<R[]>

export const ASK = {
  a: (name: string) => (resolver: promises.Resolver) => resolver.resolve4(name),
  aaaa: (name: string) => (resolver: promises.Resolver) => resolver.resolve6(name),
  cname: (name: string) => (resolver: promises.Resolver) => resolver.resolveCname(name),
  mx: (name: string) => (resolver: promises.Resolver) => resolver.resolveMx(name),
  ns: (name: string) => (resolver: promises.Resolver) => resolver.resolveNs(name),
  srv: (name: string) => (resolver: promises.Resolver) => resolver.resolveSrv(name),
  txt: (name: string) => (resolver: promises.Resolver) => resolver.resolveTxt(name),
} satisfies Record<string, (name: string) => Ask<unknown>>

export interface AskOptions {
  /** `address` or `address:port`. */
  server: string
  timeoutMs: number
  /** The scan's budget: when it is spent the question is dropped. */
  until: AbortSignal
}

/**
 * Never throws: a failure is an answer code too.
 *
 * Each question has a resolver of its own (22 µs): it can be cancelled alone, and c-ares cannot shorten its time-out
 * because the same server was quick before. Node's own time-out is multiplied by its tries, so ours is the one that
 * counts, and half of it makes c-ares send a lost packet once more.
 */
export async function askOnce<R>({ server, timeoutMs, until }: AskOptions, ask: Ask<R>): Promise<Reply<R>> {
  if (until.aborted) return { rcode: 'TIMEOUT', records: [] }
  const resolver = new promises.Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 })
  resolver.setServers([server])
  const cancel = () => resolver.cancel()
  const timer = setTimeout(cancel, timeoutMs)
  until.addEventListener('abort', cancel)
  try {
    return { rcode: 'NOERROR', records: await ask(resolver) }
  } catch (error) {
    return { rcode: codeOf(error), records: [] }
  } finally {
    clearTimeout(timer)
    until.removeEventListener('abort', cancel)
  }
}

const CODES: Record<string, AnswerCode> = {
  ENOTFOUND: 'NXDOMAIN',
  EBADNAME: 'NXDOMAIN', // a name that the DNS cannot hold, such as a label of 64 letters, does not exist
  ENODATA: 'NODATA',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  EBADRESP: 'BADRESP',
  ETIMEOUT: 'TIMEOUT',
  ECANCELLED: 'TIMEOUT',
}

function codeOf(error: unknown): AnswerCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return CODES[code] ?? 'UNREACHABLE'
}
