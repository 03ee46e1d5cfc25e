/** Asks one resolver one question, with its own deadline. */
import { promises } from 'node:dns'
import type { FailureCode } from '#signals/evidence'
import { askResponseCode } from '#signals/dns/response-code'

export type AnswerCode =
  | 'NOERROR'
  | 'NXDOMAIN'
  | 'NODATA'
  | Exclude<FailureCode, 'NOT_COLLECTED' | 'RATE_LIMITED' | 'UNREADABLE' | 'NO_SERVER' | 'LAME' | 'UNPROVEN'>

export interface Reply<R> {
  rcode: AnswerCode
  records: R[]
}

export interface Ask<R> {
  name: string
  /** Number of the record type. */
  type: number
  resolve: (resolver: promises.Resolver) => Promise<R[]>
}

export const ASK = {
  a: (name: string) => ({ name, type: 1, resolve: (resolver: promises.Resolver) => resolver.resolve4(name) }),
  ns: (name: string) => ({ name, type: 2, resolve: (resolver: promises.Resolver) => resolver.resolveNs(name) }),
  cname: (name: string) => ({ name, type: 5, resolve: (resolver: promises.Resolver) => resolver.resolveCname(name) }),
  mx: (name: string) => ({ name, type: 15, resolve: (resolver: promises.Resolver) => resolver.resolveMx(name) }),
  txt: (name: string) => ({ name, type: 16, resolve: (resolver: promises.Resolver) => resolver.resolveTxt(name) }),
  aaaa: (name: string) => ({ name, type: 28, resolve: (resolver: promises.Resolver) => resolver.resolve6(name) }),
  srv: (name: string) => ({ name, type: 33, resolve: (resolver: promises.Resolver) => resolver.resolveSrv(name) }),
} satisfies Record<string, (name: string) => Ask<unknown>>

interface AskOptions {
  /** `address` or `address:port`. */
  server: string
  timeoutMs: number
  /** The scan's budget: when it ends, the question is dropped. */
  until: AbortSignal
}

/**
 * Never throws: a failure is an answer code too.
 *
 * Each question gets its own resolver (22 µs), so that it can be cancelled alone and c-ares cannot shorten its time-out
 * because the same server was quick before. Node multiplies its time-out by its tries, so our timer decides; half of it
 * makes c-ares resend a lost packet once.
 */
export async function askOnce<R>(options: AskOptions, ask: Ask<R>): Promise<Reply<R>> {
  const reply = await resolveOnce(options, ask)
  return reply.rcode === 'NODATA' ? { ...reply, rcode: await askEmptyCode(options, ask) } : reply
}

async function resolveOnce<R>({ server, timeoutMs, until }: AskOptions, ask: Ask<R>): Promise<Reply<R>> {
  if (until.aborted) return { rcode: 'TIMEOUT', records: [] }
  const resolver = new promises.Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 })
  resolver.setServers([server])
  const cancel = () => resolver.cancel()
  const timer = setTimeout(cancel, timeoutMs)
  until.addEventListener('abort', cancel)
  try {
    return { rcode: 'NOERROR', records: await ask.resolve(resolver) }
  } catch (error) {
    return { rcode: readErrorCode(error), records: [] }
  } finally {
    clearTimeout(timer)
    until.removeEventListener('abort', cancel)
  }
}

const CODES: Record<string, AnswerCode> = {
  ENOTFOUND: 'NXDOMAIN',
  EBADNAME: 'NXDOMAIN', // the DNS cannot hold the name, for example a label of 64 letters, so it does not exist
  ENODATA: 'NODATA',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  EBADRESP: 'BADRESP',
  ETIMEOUT: 'TIMEOUT',
  ECANCELLED: 'TIMEOUT',
}

/**
 * Finds out what an answer without records really was: Node's resolver does not tell response codes above 5 from
 * NODATA.
 */
async function askEmptyCode(options: AskOptions, { name, type }: Ask<unknown>): Promise<AnswerCode> {
  const code = await askResponseCode({ ...options, name, type })
  return code === null ? 'TIMEOUT' : (EMPTY_CODES[code] ?? 'SERVFAIL')
}

/** Indexed by response code (RFC 6895 section 2.3). */
const EMPTY_CODES: readonly AnswerCode[] = [
  'NODATA',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
  'DSOTYPENI',
]

function readErrorCode(error: unknown): AnswerCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return CODES[code] ?? 'UNREACHABLE'
}
