/**
 * The evidence ledger: what was asked, what came back, from whom and when. A signal is `present`, `absent` or
 * `unknown`; each has its own type, so that code cannot read a failed look-up as a missing record. Evidence is plain
 * JSON and stored as it is.
 */

/** A refusal, a failure or silence: it proves nothing about the record. */
export type FailureCode =
  | 'SERVFAIL'
  | 'REFUSED'
  | 'FORMERR'
  | 'NOTIMP'
  | 'YXDOMAIN' // the codes of RFC 6895 that a look-up should never bring
  | 'YXRRSET'
  | 'NXRRSET'
  | 'NOTAUTH'
  | 'NOTZONE'
  | 'DSOTYPENI'
  | 'BADRESP' // an unreadable answer
  | 'UNREACHABLE' // no resolver accepted the question
  | 'TIMEOUT' // the query's time or the scan's budget ran out
  | 'RATE_LIMITED' // a rate limit, the registry's or ours
  | 'UNREADABLE' // a registry's answer in an unknown form
  | 'NO_SERVER' // no server answers for this registry: another look-up will not help
  | 'LAME' // empty even where NS records must be: the server does not answer for the domain (lame delegation)
  | 'UNPROVEN' // the answers neither show the record nor prove that there is none
  | 'NOT_COLLECTED' // not asked

/** `NOERROR`: the name has records, but not the one that we look for. */
export type AbsenceCode = 'NXDOMAIN' | 'NODATA' | 'NOERROR'

interface Observed {
  /** The records behind the verdict, as text, in the order of the answer. */
  records: string[]
  /** Address of the resolver, or host of the registry, that answered last; null when none was asked. */
  resolver: string | null
  /** ISO time in UTC. */
  at: string
}

export interface Present<T> extends Observed {
  state: 'present'
  rcode: 'NOERROR'
  value: T
}

export interface Absent extends Observed {
  state: 'absent'
  rcode: AbsenceCode
}

export interface Unknown extends Observed {
  state: 'unknown'
  rcode: FailureCode
}

export type Evidence<T> = Present<T> | Absent | Unknown

export function createNotCollected(at: string): Unknown {
  return { state: 'unknown', rcode: 'NOT_COLLECTED', records: [], resolver: null, at }
}

/** True after a failed look-up: another try may tell more. */
export function isUnanswered({ state, rcode }: Evidence<unknown>): boolean {
  return state === 'unknown' && !FINAL.has(rcode)
}

const FINAL = new Set<string>(['NOT_COLLECTED', 'UNPROVEN', 'NO_SERVER'] satisfies FailureCode[])

/**
 * Evidence that a record was not found where it is expected, although it may be elsewhere. `records` say what was
 * asked.
 */
export function createUnproven({ resolver, at }: Pick<ObservedAnswer, 'resolver' | 'at'>, records: string[]): Unknown {
  return { state: 'unknown', rcode: 'UNPROVEN', records, resolver, at }
}

/** The part of an answer that evidence needs; `packages/signals/dns/dns.ts` has the whole. */
interface ObservedAnswer {
  rcode: 'NOERROR' | 'NODATA' | 'NXDOMAIN' | FailureCode
  resolver: string | null
  at: string
}

/** Evidence of a value; `records` are its sources. */
export function createPresent<T>({ resolver, at }: ObservedAnswer, records: string[], value: T): Present<T> {
  return { state: 'present', rcode: 'NOERROR', records, resolver, at, value }
}

/** Judges an answer without the wanted record: it proves absence, or nothing. `records` are the others at the name. */
export function judgeAbsence({ rcode, resolver, at }: ObservedAnswer, records: string[]): Absent | Unknown {
  if (rcode === 'NOERROR' || rcode === 'NODATA' || rcode === 'NXDOMAIN') {
    return { state: 'absent', rcode, records, resolver, at }
  }
  return { state: 'unknown', rcode, records: [], resolver, at }
}
