/** Owns the list of signals: what a scan collects about a domain, and the shape of each value. */
import { type Evidence, isUnanswered } from '#signals/evidence'
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
  'too-many-mx-hosts',
] as const
export type SpfProblem = (typeof SPF_PROBLEMS)[number]

export interface Spf {
  /** Null when there are several records, so that none counts. */
  record: string | null
  /** `undetermined`: part of the tree did not answer, and the rest shows no error. */
  verdict: 'valid' | 'broken' | 'undetermined'
  problems: SpfProblem[]
  /** Qualifier of the record's own `all`: `-`, `~`, `?` or `+`; null without `all`. */
  all: '-' | '~' | '?' | '+' | null
  /** Terms of the whole tree that cost a look-up (RFC 7208 section 4.6.4 allows 10). */
  lookups: number
  /** Look-ups of `include`, `redirect`, `a`, `mx` and `exists` that found nothing (RFC 7208 section 4.6.4 allows 2). */
  voidLookups: number
  /** Domains that `include` and `redirect` name in the whole tree, in the order Hunter reaches them. */
  includes: string[]
  /**
   * Domains that the company named itself, in its own record or in one below its domain, as opposed to what its hosts
   * include.
   */
  senders: string[]
  /** Names that did not answer and whose answer could change the verdict. */
  unanswered: string[]
}

export const DMARC_POLICIES = ['none', 'quarantine', 'reject'] as const
export type DmarcPolicy = (typeof DMARC_POLICIES)[number]

export interface Dmarc {
  /** The name that holds the record, e.g. `_dmarc.example.org`. */
  name: string
  record: string
  /** Owner of the record (RFC 9989 section 4.10.1): the domain itself, or the one it inherits from. */
  source: 'own' | 'organisational-domain' | 'public-suffix'
  /**
   * Policy published for the domain: `p`, or `sp` or `np` of an inherited record; null when receivers cannot apply one.
   */
  policy: DmarcPolicy | null
  /** Policy that receivers apply today: `t=y` and `pct=0` weaken it by one step. */
  effectivePolicy: DmarcPolicy | null
  subdomainPolicy: DmarcPolicy | null
  /** `np`: policy for subdomains that do not exist. */
  nonexistentPolicy: DmarcPolicy | null
  testing: boolean
  /** `pct`, 0 to 100; 100 by default. */
  percent: number
  /** Where aggregate reports go (`rua`). */
  reportUris: string[]
  /** `psd`: `y` for a public suffix, `n` for the head of an organisation, `u` for neither. */
  psd: 'y' | 'n' | 'u'
  /** Several records at the domain's own name: receivers ignore them all. */
  severalRecords: boolean
}

export interface Dkim {
  /** Selectors with a key, in the order asked; empty when only CNAMEs without a key were seen. */
  selectors: string[]
  /** Selectors that are CNAMEs, with a key or without. */
  targets: DkimTarget[]
  /** Names of selectors without a complete answer: each may hold a key or point to a provider. */
  unanswered: string[]
}

export interface DkimTarget {
  selector: string
  target: string
}

export interface Ns {
  /** Lower case, without a trailing dot, sorted. */
  hosts: string[]
}

export interface Addresses {
  addresses: string[]
}

/** The CNAME chain of a name, or the name's own addresses. */
export interface CnameChain {
  /** Every CNAME target in the order of the chain; empty when the name has addresses itself. */
  targets: string[]
  /** Addresses of a name that is no CNAME. */
  addresses: string[]
  /** The chain leads back to itself and ends nowhere. */
  loops: boolean
  /** The name in the chain that did not answer: the rest of the chain is unknown. */
  unanswered: string[]
}

export interface SrvHost {
  host: string
  port: number
  priority: number
  weight: number
}

export interface Srv {
  /** Sorted by priority, then host. */
  hosts: SrvHost[]
}

/** A record whose presence is the signal, as published. */
export interface PresenceRecord {
  record: string
}

/**
 * TXT records by which services verify the ownership of a domain. They prove the verification, not that the service is in use.
 */
export interface Tokens {
  tokens: { service: string; record: string }[]
}

export interface Registration {
  registrar: string | null
  /** ISO time in UTC; midnight when the registry gives only the day. */
  createdAt: string | null
  expiresAt: string | null
  /** Delegation at the registry: lower case, without a trailing dot. */
  nameServers: string[]
  /** EPP status codes (RFC 5731, RFC 8056), or the registry's own words joined into one. */
  statuses: string[]
  source: 'rdap' | 'whois' | 'trabis'
  /** Host of the server that answered, with its port when unusual. */
  registry: string
}

/** An address and the network that announces it. */
export interface IpFacts {
  ip: string
  /** Owner of the address: a mail host, or the domain itself. */
  source: 'mx-ip' | 'root-ip'
  /** ISO 3166-1 code of the country where the address block was assigned; null when no network announces it. */
  country: string | null
  asn: number | null
  asName: string | null
}

export interface Networks {
  addresses: IpFacts[]
  /** Addresses without an answer, and mail hosts whose addresses got none. */
  unanswered: string[]
}

/** The value of each signal when present. */
interface SignalValues {
  mx: Mx
  spf: Spf
  dmarc: Dmarc
  dkim: Dkim
  registration: Registration
  ns: Ns
  /** Addresses of the domain itself. */
  a: Addresses
  aaaa: Addresses
  autodiscover: CnameChain
  /** `_autodiscover._tcp` */
  autodiscoverSrv: Srv
  lyncdiscover: CnameChain
  sip: CnameChain
  /** `_sipfederationtls._tcp` */
  sipFederation: Srv
  enterpriseRegistration: CnameChain
  enterpriseEnrollment: CnameChain
  msoid: CnameChain
  mtaSts: PresenceRecord
  tlsRpt: PresenceRecord
  bimi: PresenceRecord
  tokens: Tokens
  /** Only where IP enrichment is on. */
  networks: Networks
}
export type SignalName = keyof SignalValues

type SignalEvidence = { [Name in SignalName]: Evidence<SignalValues[Name]> }

export interface Signals extends SignalEvidence {
  domain: Domain
  /** ISO time in UTC when the scan began. Rules that depend on a date count from it. */
  at: string
  /** DNS questions behind all signals, without those to a second resolver; 0 when they were not counted. */
  queries: number
}

/** True for signals of several look-ups, of which some may fail while others answer. */
type IsChained<Name extends SignalName> = Name extends 'networks' // enrichment: never makes a scan incomplete
  ? false
  : SignalValues[Name] extends { unanswered: string[] }
    ? true
    : false

/** The one list of all signals. The compiler rejects a missing signal and a wrong flag. */
const CHAINED: { [Name in SignalName]: IsChained<Name> } = {
  mx: false,
  spf: true,
  dmarc: false,
  dkim: true,
  registration: false,
  ns: false,
  a: false,
  aaaa: false,
  autodiscover: true,
  autodiscoverSrv: false,
  lyncdiscover: true,
  sip: true,
  sipFederation: false,
  enterpriseRegistration: true,
  enterpriseEnrollment: true,
  msoid: true,
  mtaSts: false,
  tlsRpt: false,
  bimi: false,
  tokens: false,
  networks: false,
}
export type ChainedSignal = { [Name in SignalName]: IsChained<Name> extends true ? Name : never }[SignalName]

export const SIGNAL_NAMES = Object.keys(CHAINED) as SignalName[]
export const CHAINED_SIGNALS = SIGNAL_NAMES.filter(isChained)

/**
 * Lists the signals that failed or answered only in part. While there are any, the scan is incomplete: it may be cached
 * for at most 60 seconds and must not overwrite better values.
 */
export function listUnansweredSignals(signals: Signals): SignalName[] {
  return SIGNAL_NAMES.filter((name) => isOpen(signals, name))
}

/** True when a failed look-up could still change the signal. */
export function isOpen(signals: Signals, name: SignalName): boolean {
  return isUnanswered(signals[name]) || (isChained(name) && listUnanswered(signals[name]).length > 0)
}

/** Lists the failed names of a signal that is otherwise present. */
function listUnanswered(evidence: Signals[ChainedSignal]): string[] {
  return evidence.state === 'present' ? evidence.value.unanswered : []
}

function isChained(name: SignalName): name is ChainedSignal {
  return CHAINED[name]
}
