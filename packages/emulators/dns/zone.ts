/** Describes a zone as data: its names, their records, and the answers for other names. */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

const host = z.string().check(z.regex(/^\S+$/))

const recordsSchema = z.strictObject({
  A: z.optional(z.array(z.ipv4())),
  AAAA: z.optional(z.array(z.ipv6())),
  /** Excludes other records: every question about the name goes to its target. */
  CNAME: z.optional(host),
  /** `10 mx.example.org`; `0 .` is the null MX. */
  MX: z.optional(z.array(z.string().check(z.regex(/^\d+ \S+$/)))),
  NS: z.optional(z.array(host)),
  /** `priority weight port target` */
  SRV: z.optional(z.array(z.string().check(z.regex(/^\d+ \d+ \d+ \S+$/)))),
  TXT: z.optional(z.array(z.string())),
  /** The name answers with this error. */
  rcode: z.optional(z.enum(['SERVFAIL', 'REFUSED'])),
})

/** Names below each domain; `@` is the domain itself, `*` any other name. Nothing else exists in a listed domain. */
const zoneSchema = z.object({
  note: z.string(),
  /** The day on which the records were captured. */
  date: z.iso.date(),
  domains: z.record(z.string(), z.record(z.string(), recordsSchema)),
  /** Names of other organisations that SPF, DKIM and IP enrichment ask for, with their TXT records alone. */
  senders: z._default(z.record(z.string(), recordsSchema), {}),
  /** Domains with a part of their records: every other question about them is REFUSED. */
  partial: z._default(z.array(z.string()), []),
  /** Names of other organisations that do not exist, such as `_dmarc.com`, which every domain below asks about. */
  missing: z._default(z.array(z.string()), []),
})

export type ZoneFile = z.input<typeof zoneSchema>
type ZoneRecords = z.infer<typeof recordsSchema>

export interface Zone {
  apexes: Set<string>
  names: Map<string, ZoneRecords>
  senders: Map<string, ZoneRecords>
  missing: Set<string>
  partial: Set<string>
  /** Names without records that have names below them: they exist (RFC 8020). */
  branches: Set<string>
}

export type ZoneRecord = { name: string } & (
  | { type: 'A' | 'AAAA'; address: string }
  | { type: 'CNAME' | 'NS'; host: string }
  | { type: 'MX'; preference: number; host: string }
  | { type: 'SRV'; priority: number; weight: number; port: number; host: string }
  | { type: 'TXT'; text: string }
)

export interface ZoneAnswer {
  rcode: 'NOERROR' | 'SERVFAIL' | 'REFUSED' | 'NXDOMAIN'
  /** CNAMEs first, in the order of resolution. */
  records: ZoneRecord[]
}

/** @throws AppError PART_FAILED when the text is no zone. */
export function parseZone(text: string): ZoneFile {
  try {
    return z.parse(zoneSchema, JSON.parse(text))
  } catch (cause) {
    throw new AppError('PART_FAILED', 'the DNS zone file has the wrong format', { cause })
  }
}

export function indexZone({ domains, senders = {}, missing = [], partial = [] }: ZoneFile): Zone {
  const apexes = new Set(Object.keys(domains))
  const zone: Zone = {
    apexes,
    names: new Map(),
    branches: new Set(),
    senders: new Map(Object.entries(senders)),
    missing: new Set(missing),
    partial: new Set(partial),
  }
  for (const [apex, names] of Object.entries(domains)) {
    for (const [relative, records] of Object.entries(names)) {
      const name = relative === '@' ? apex : `${relative}.${apex}`
      zone.names.set(name, records)
      for (const parent of listSuffixes(name).slice(1)) zone.branches.add(parent)
    }
  }
  return zone
}

/** Number of CNAMEs that a resolver follows before it gives up. */
const CHAIN_LENGTH_MAX = 16

/**
 * Answers as a resolver does: follows CNAMEs, and returns SERVFAIL for a chain that does not end or leads out of the
 * zone. Returns null for a name outside of the zone. `name` is in lower case without a trailing dot.
 */
export function answerFromZone(zone: Zone, name: string, type: string): ZoneAnswer | null {
  const first = lookUp(zone, name, type)
  if (!first) return null
  const chain: ZoneRecord[] = []
  let at = name
  for (let found: Found | null = first; found; found = lookUp(zone, at, type)) {
    if ('rcode' in found) return { rcode: found.rcode, records: found.rcode === 'NXDOMAIN' ? chain : [] }
    const target = found.records.CNAME?.toLowerCase().replace(/\.$/, '')
    if (target === undefined || type === 'CNAME') {
      return { rcode: 'NOERROR', records: [...chain, ...selectRecords(at, found.records, type)] }
    }
    if (chain.length === CHAIN_LENGTH_MAX) return { rcode: 'SERVFAIL', records: [] }
    chain.push({ name: at, type: 'CNAME', host: target })
    at = target
  }
  return { rcode: 'SERVFAIL', records: [] }
}

type Found = { rcode: 'SERVFAIL' | 'REFUSED' | 'NXDOMAIN' } | { records: ZoneRecords }

function lookUp(zone: Zone, name: string, type: string): Found | null {
  const sender = type === 'TXT' ? zone.senders.get(name) : undefined
  if (sender) return toFound(sender)
  if (zone.missing.has(name)) return { rcode: 'NXDOMAIN' }
  const suffixes = listSuffixes(name)
  const apex = suffixes.find((suffix) => zone.apexes.has(suffix))
  if (apex === undefined) return null
  const records = zone.names.get(name)
  if (zone.partial.has(apex) && records?.[type as keyof ZoneRecords] === undefined) return { rcode: 'REFUSED' }
  if (records) return toFound(records)
  if (zone.branches.has(name)) return { records: {} }
  // The wildcard beside the closest encloser (RFC 4592 section 3.3.1).
  const nearest = suffixes.find((suffix) => zone.names.has(suffix) || zone.branches.has(suffix))
  const wildcard = zone.names.get(`*.${nearest}`)
  return wildcard ? toFound(wildcard) : { rcode: 'NXDOMAIN' }
}

function toFound(records: ZoneRecords): Found {
  return records.rcode ? { rcode: records.rcode } : { records }
}

function selectRecords(name: string, records: ZoneRecords, type: string): ZoneRecord[] {
  switch (type) {
    case 'A':
    case 'AAAA':
      return (records[type] ?? []).map((address) => ({ name, type, address }))
    case 'CNAME':
      return records.CNAME === undefined ? [] : [{ name, type, host: withoutDot(records.CNAME) }]
    case 'NS':
      return (records.NS ?? []).map((host) => ({ name, type, host: withoutDot(host) }))
    case 'MX':
      return (records.MX ?? []).map((text) => {
        const [preference, host = ''] = text.split(' ')
        return { name, type, preference: Number(preference), host: withoutDot(host) }
      })
    case 'SRV':
      return (records.SRV ?? []).map((text) => {
        const [priority, weight, port, host = ''] = text.split(' ')
        return {
          name,
          type,
          priority: Number(priority),
          weight: Number(weight),
          port: Number(port),
          host: withoutDot(host),
        }
      })
    case 'TXT':
      return (records.TXT ?? []).map((text) => ({ name, type, text }))
    default:
      return []
  }
}

function withoutDot(host: string): string {
  return host.replace(/\.$/, '')
}

/** Starts with the name itself. */
function listSuffixes(name: string): string[] {
  const labels = name.split('.')
  return labels.map((_, index) => labels.slice(index).join('.'))
}
