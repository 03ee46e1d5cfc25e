/**
 * The evidence ledger: what was asked, what came back, from whom and when. A signal is `present`, `absent` or
 * `unknown`, and the three are three types, so that a failed look-up cannot be read as a missing record.
 * Everything here is plain JSON: it is stored as it is.
 */

/** A refusal, a failure or silence: it proves nothing about the record. */
export type FailureCode =
  | 'SERVFAIL'
  | 'REFUSED'
  | 'FORMERR'
  | 'NOTIMP'
  | 'YXDOMAIN' // the codes of RFC 6895 that no look-up should bring
  | 'YXRRSET'
  | 'NXRRSET'
  | 'NOTAUTH'
  | 'NOTZONE'
  | 'DSOTYPENI'
  | 'BADRESP' // an answer that cannot be read
  | 'UNREACHABLE' // no resolver took the question
  | 'TIMEOUT' // the query's time or the scan's budget ran out
  | 'RATE_LIMITED' // too many questions: the registry's limit, or ours
  | 'UNREADABLE' // a registry's answer that is not in a form we know
  | 'NO_SERVER' // the registry answers nobody: asking again will not help
  | 'LAME' // empty even where name servers must be: whoever answered does not answer for the domain
  | 'UNPROVEN' // answers came, but none that shows the record or proves that there is none
  | 'NOT_COLLECTED' // nobody asked

/** `NOERROR`: the name answered with records, and the one we look for is not among them. */
export type AbsenceCode = 'NXDOMAIN' | 'NODATA' | 'NOERROR'

interface Observed {
  /** The records that the verdict rests on, as text, in the order of the answer. */
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

/** Asked for and not answered: asking again may tell more. */
export function isUnanswered({ state, rcode }: Evidence<unknown>): boolean {
  return state === 'unknown' && !FINAL.has(rcode)
}

const FINAL = new Set<string>(['NOT_COLLECTED', 'UNPROVEN', 'NO_SERVER'] satisfies FailureCode[])

/** Of a record that can be anywhere: none was found where one is expected. `records` say what was asked. */
export function createUnproven({ resolver, at }: Pick<ObservedAnswer, 'resolver' | 'at'>, records: string[]): Unknown {
  return { state: 'unknown', rcode: 'UNPROVEN', records, resolver, at }
}

/** An answer as far as evidence needs it: `packages/signals/dns/dns.ts` has the rest. */
interface ObservedAnswer {
  rcode: 'NOERROR' | 'NODATA' | 'NXDOMAIN' | FailureCode
  resolver: string | null
  at: string
}

/** Evidence that holds a value; `records` are the ones it was read from. */
export function createPresent<T>({ resolver, at }: ObservedAnswer, records: string[], value: T): Present<T> {
  return { state: 'present', rcode: 'NOERROR', records, resolver, at, value }
}

/** What an answer without the wanted record proves: its absence, or nothing. `records` are the others at the name. */
export function judgeAbsence({ rcode, resolver, at }: ObservedAnswer, records: string[]): Absent | Unknown {
  if (rcode === 'NOERROR' || rcode === 'NODATA' || rcode === 'NXDOMAIN') {
    return { state: 'absent', rcode, records, resolver, at }
  }
  return { state: 'unknown', rcode, records: [], resolver, at }
}
