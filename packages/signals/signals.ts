/** What a scan collects about one domain, each signal with its evidence. */
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
  /** The record, or null when several make it impossible to say which counts. */
  record: string | null
  /** `undetermined`: a part of the tree did not answer, and nothing broken was seen in the rest. */
  verdict: 'valid' | 'broken' | 'undetermined'
  problems: SpfProblem[]
  /** Qualifier of the record's own `all`: `-`, `~`, `?` or `+`; null when it has none. */
  all: '-' | '~' | '?' | '+' | null
  /** Terms that cost a look-up, the whole tree counted (RFC 7208 section 4.6.4 allows 10). */
  lookups: number
  /** Look-ups of `include`, `redirect`, `a`, `mx` and `exists` that found nothing (RFC 7208 section 4.6.4 allows 2). */
  voidLookups: number
  /** Domains named by `include` and `redirect`, in the order they are reached; the whole tree. */
  includes: string[]
  /** Those that the company named itself, in its own record or in one below its own domain: not what a host includes. */
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
  /** Whose record it is (RFC 9989 section 4.10.1): the domain's own, or one that it inherits. */
  source: 'own' | 'organisational-domain' | 'public-suffix'
  /** Published for the domain: `p`, or `sp` or `np` of an inherited record; null when receivers may apply nothing. */
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
  /** `psd`: `y` for a public suffix, `n` for the head of an organisation, `u` for neither. */
  psd: 'y' | 'n' | 'u'
  /** Several records at the domain's own name: receivers ignore them all. */
  severalRecords: boolean
}

export interface Dkim {
  /** Selectors that hold a key, in the order in which they were asked; none where only CNAMEs without a key were seen. */
  selectors: string[]
  /** Selectors that are CNAMEs, with a key or without. */
  targets: DkimTarget[]
  /** Names of selectors that did not answer, or not in full: each may hold a key or point to a provider. */
  unanswered: string[]
}

export interface DkimTarget {
  selector: string
  target: string
}

export interface Ns {
  /** In lower case, without a trailing dot, sorted. */
  hosts: string[]
}

export interface Addresses {
  addresses: string[]
}

/** A name that points elsewhere (CNAME), or that has an address of its own. */
export interface CnameChain {
  /** Every CNAME target in the order of the chain; empty when the name has addresses itself. */
  targets: string[]
  /** Of a name that is no CNAME. */
  addresses: string[]
  /** The chain leads back to itself: it ends nowhere. */
  loops: boolean
  /** The name in the chain that did not answer: where it leads from there is not known. */
  unanswered: string[]
}

export interface SrvHost {
  host: string
  port: number
  priority: number
  weight: number
}

export interface Srv {
  /** By priority, then host. */
  hosts: SrvHost[]
}

/** That a record is there, and what it says in its own words. */
export interface PresenceRecord {
  record: string
}

/** TXT records by which services check that a domain is somebody's. They prove a check, not that the service is used. */
export interface Tokens {
  tokens: { service: string; record: string }[]
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
  /** Host of the server that answered, with its port where that is unusual. */
  registry: string
}

/** An address and the network that announces it. */
export interface IpFacts {
  ip: string
  /** Whose address it is: a mail host's, or the domain's own. */
  source: 'mx-ip' | 'root-ip'
  /** Two letters (ISO 3166-1): where the address block was assigned; null when nobody announces it. */
  country: string | null
  asn: number | null
  asName: string | null
}

export interface Networks {
  addresses: IpFacts[]
  /** Addresses for which no answer came. */
  unanswered: string[]
}

/** Each signal and what it says where it is present. */
interface SignalValues {
  mx: Mx
  spf: Spf
  dmarc: Dmarc
  dkim: Dkim
  registration: Registration
  ns: Ns
  /** Of the domain itself. */
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
  /** When the scan began that asked: ISO time in UTC. Rules that depend on a date count from it. */
  at: string
  /** Questions to the DNS that it all rests on, those for a second resolver not counted; 0 where it was not counted. */
  queries: number
}

/** A signal of several look-ups: a part of them may have no answer while the rest has one. */
type IsChained<Name extends SignalName> = Name extends 'networks' // enrichment: it completes no scan
  ? false
  : SignalValues[Name] extends { unanswered: string[] }
    ? true
    : false

/** The one list of all signals: the compiler refuses one that is left out, or whose chain is not told. */
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
 * The signals that were asked for and not answered, or only in part: while there are any, the scan is incomplete, may
 * be cached for 60 seconds at most and must not overwrite better values.
 */
export function listUnansweredSignals(signals: Signals): SignalName[] {
  return SIGNAL_NAMES.filter((name) => isOpen(signals, name))
}

/** Whether a look-up that did not answer could still change the signal. */
export function isOpen(signals: Signals, name: SignalName): boolean {
  return isUnanswered(signals[name]) || (isChained(name) && listUnanswered(signals[name]).length > 0)
}

/** The names that did not answer in what is otherwise present. */
function listUnanswered(evidence: Signals[ChainedSignal]): string[] {
  return evidence.state === 'present' ? evidence.value.unanswered : []
}

function isChained(name: SignalName): name is ChainedSignal {
  return CHAINED[name]
}
