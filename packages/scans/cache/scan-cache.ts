/**
 * What scans remember of a domain in Redis, for all instances: what the DNS and the registry said, and that a lead was
 * kept which still holds. The lead itself is in the database alone, so that nothing here can contradict it.
 */
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import { createFlights, type Flights } from '#platform/async/single-flight'
import type { CacheKind, CountCache } from '#redis/cache'
import type { Snapshot, GenerationalCache } from '#redis/generational-cache'
import type { SavedLead } from '#leads/save-signals'
import { DNS_TTL_MS, SCAN_TTL_MS, WHOIS_TTL_MS } from '#scans/cache/ttl'
import type { Evidence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import type { Registration, Signals } from '#signals/signals'

export interface ScanCache {
  entries: GenerationalCache
  flights: Flights<Observed>
  /** What is being made, or was made, of an observation that several callers share. */
  saved: WeakMap<Observed, Promise<SavedLead>>
  clock: Clock
  count: CountCache
  pause: (ms: number) => Promise<void>
  /** Returns a number from 0 up to 1. */
  random: () => number
}

export interface Observed {
  signals: Signals
  /** Milliseconds since the epoch: until when what is made of it may be used; 0: not at all. */
  untilMs: number
  /** Generation of the cached entries; undefined: nothing may be written. */
  generation: string | undefined
  /** The company's as the scan began; undefined: there was none, or the caller did not read it. */
  companyId: number | undefined
}

type ScanCacheDeps = Omit<ScanCache, 'flights' | 'saved' | 'count'> & { count?: CountCache }

export function createScanCache(deps: ScanCacheDeps): ScanCache {
  return { count: () => undefined, ...deps, flights: createFlights(), saved: new WeakMap() }
}

const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))))
const ANSWER_CODES = [
  'NOERROR',
  'NXDOMAIN',
  'NODATA',
  'SERVFAIL',
  'REFUSED',
  'FORMERR',
  'NOTIMP',
  'BADRESP',
  'UNREACHABLE',
  'TIMEOUT',
] as const
const answerOf = <R>(question: RegExp, record: z.ZodMiniType<R>) =>
  z.tuple([z.string().check(z.regex(question)), z.enum(ANSWER_CODES), z.array(record), z.nullable(z.string()), time])

/** Question, code, records, resolver, time. */
const answer = z.union([
  answerOf(/^(?:a|aaaa|cname|ns|txt) /, z.string()),
  answerOf(/^mx /, z.object({ host: z.string(), preference: z.number() })),
  answerOf(/^srv /, z.object({ host: z.string(), port: z.number(), priority: z.number(), weight: z.number() })),
])

const dnsEntry = z.object({ at: time, answers: z.array(answer) })
export type DnsEntry = z.infer<typeof dnsEntry>

/** Every answer that one domain's signals rest on. Raise the version when a scan asks for something else. */
export const DNS: CacheKind<DnsEntry> = { name: 'dns', version: 1, ttlMs: DNS_TTL_MS, schema: dnsEntry }

const observed = { records: z.array(z.string()), resolver: z.nullable(z.string()), at: time }
const registration = z.object({
  registrar: z.nullable(z.string()),
  createdAt: z.nullable(z.string()),
  expiresAt: z.nullable(z.string()),
  nameServers: z.array(z.string()),
  statuses: z.array(z.string()),
  source: z.enum(['rdap', 'whois', 'trabis']),
  registry: z.string(),
})
const UNKNOWN_CODES = ['SERVFAIL', 'REFUSED', 'UNREACHABLE', 'TIMEOUT', 'UNREADABLE'] as const
const whoisEntry = z.discriminatedUnion('state', [
  z.object({ state: z.literal('present'), rcode: z.literal('NOERROR'), ...observed, value: registration }),
  z.object({ state: z.literal('absent'), rcode: z.enum(['NXDOMAIN', 'NODATA', 'NOERROR']), ...observed }),
  z.object({ state: z.literal('unknown'), rcode: z.enum(UNKNOWN_CODES), ...observed }),
])

export const WHOIS: CacheKind<Evidence<Registration>> = {
  name: 'whois',
  version: 1,
  ttlMs: WHOIS_TTL_MS,
  schema: whoisEntry,
}

const scanEntry = z.object({ at: time, basis: z.string(), verdict: z.string() })
type ScanEntry = z.infer<typeof scanEntry>

/** That a lead was kept: of when its signals are, by what it was judged, and how. */
export const SCAN: CacheKind<ScanEntry> = { name: 'scan', version: 1, ttlMs: SCAN_TTL_MS, schema: scanEntry }

export const ALL_KINDS = [DNS, WHOIS, SCAN] as [typeof DNS, typeof WHOIS, typeof SCAN]

/** Undefined: nothing is remembered, or Redis does not answer. */
export type CachedScan = Snapshot<[DnsEntry, Evidence<Registration>, ScanEntry]> | undefined

/** All that is remembered of a domain, in one request. Never throws. */
export async function readCachedScan({ cache }: { cache?: ScanCache }, domain: Domain): Promise<CachedScan> {
  return cache?.entries.read<[DnsEntry, Evidence<Registration>, ScanEntry]>(domain, ALL_KINDS)
}
