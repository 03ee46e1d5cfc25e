/** What a scan collects about one domain, each signal with its evidence. */
import type { Evidence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'

export interface MxHost {
  /** Lower case, without a trailing dot. */
  host: string
  preference: number
}

/** Sorted by preference, then host. `nullMx` (RFC 7505): the domain says that it takes no mail; `hosts` is empty. */
export interface Mx {
  hosts: MxHost[]
  nullMx: boolean
}

export const SPF_PROBLEMS = [
  'several-records',
  'too-many-lookups',
  'too-many-void-lookups',
  'syntax',
  'include-without-record',
  'loop',
] as const
export type SpfProblem = (typeof SPF_PROBLEMS)[number]

export interface Spf {
  /** The record, or null when several make it impossible to say which counts. */
  record: string | null
  /** `undetermined`: a part of the tree did not answer, and nothing broken was seen in the rest. */
  verdict: 'valid' | 'broken' | 'undetermined'
  problems: SpfProblem[]
  /** Qualifier of the record's own `all`: `-`, `~`, `?` or `+`; null when it has none. */
  all: '-' | '~' | '?' | '+' | null
  /** Terms that cost a look-up, the whole tree counted (RFC 7208 section 4.6.4 allows 10). */
  lookups: number
  /** Look-ups that found nothing (RFC 7208 section 4.6.4 allows 2). */
  voidLookups: number
  /** Domains named by `include` and `redirect`, in the order they are reached; the whole tree. */
  includes: string[]
  /** Those of them that did not answer. */
  unanswered: string[]
}

export const DMARC_POLICIES = ['none', 'quarantine', 'reject'] as const
export type DmarcPolicy = (typeof DMARC_POLICIES)[number]

export interface Dmarc {
  /** The name that holds the record, e.g. `_dmarc.example.org`. */
  name: string
  record: string
  /** As published; null when the record or records ask for nothing that a receiver may apply. */
  policy: DmarcPolicy | null
  /** What a receiver is asked to do today: `t=y` and `pct=0` take the policy one step down. */
  effectivePolicy: DmarcPolicy | null
  subdomainPolicy: DmarcPolicy | null
  /** `np`: for subdomains that do not exist. */
  nonexistentPolicy: DmarcPolicy | null
  testing: boolean
  /** `pct`, 0 to 100; 100 when it is not given. */
  percent: number
  /** Where aggregate reports go (`rua`). */
  reportUris: string[]
  /** Several records at one name: receivers ignore them all. */
  severalRecords: boolean
}

export interface Dkim {
  /** Selectors that hold a key. */
  selectors: string[]
}

export interface Registration {
  registrar: string | null
  /** ISO time in UTC; a registry that gives only the day means its midnight. */
  createdAt: string | null
  expiresAt: string | null
  /** As the registry delegates: lower case, without a trailing dot. */
  nameServers: string[]
  /** EPP status codes (RFC 5731, RFC 8056) where the registry uses them, else its own words as one word. */
  statuses: string[]
  source: 'rdap' | 'whois' | 'trabis'
  /** Host of the server that answered. */
  registry: string
}

export interface Signals {
  domain: Domain
  /** When the scan began: ISO time in UTC. Rules that depend on a date count from it. */
  at: string
  mx: Evidence<Mx>
  spf: Evidence<Spf>
  dmarc: Evidence<Dmarc>
  dkim: Evidence<Dkim>
  registration: Evidence<Registration>
}

export const SIGNAL_NAMES = ['mx', 'spf', 'dmarc', 'dkim', 'registration'] as const
export type SignalName = (typeof SIGNAL_NAMES)[number]

/**
 * The signals that were asked for and not answered, or (SPF) only in part: while there are any, the scan is
 * incomplete, may be cached for 60 seconds at most and must not overwrite better values.
 */
export function unansweredSignals(signals: Signals): SignalName[] {
  return SIGNAL_NAMES.filter((name) => {
    const evidence = signals[name]
    if (evidence.state === 'unknown') return evidence.rcode !== 'NOT_COLLECTED' && evidence.rcode !== 'NO_SERVER'
    return name === 'spf' && signals.spf.state === 'present' && signals.spf.value.unanswered.length > 0
  })
}
