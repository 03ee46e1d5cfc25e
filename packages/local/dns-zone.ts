/** A zone as data: which names exist, what they hold, and what to answer for those that do not. */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

const recordsSchema = z.strictObject({
  /** `10 mx.example.org`; `0 .` is the null MX. */
  MX: z.optional(z.array(z.string().check(z.regex(/^\d+ \S+$/)))),
  TXT: z.optional(z.array(z.string())),
  /** The name fails instead of answering. */
  rcode: z.optional(z.enum(['SERVFAIL', 'REFUSED'])),
})

/** For each domain the names below it, `@` being itself. Nothing else exists in a domain that is listed. */
export const zoneSchema = z.object({
  note: z.string(),
  /** The day on which the records were written down. */
  date: z.iso.date(),
  domains: z.record(z.string(), z.record(z.string(), recordsSchema)),
  /** Single names of others whose TXT records SPF includes; whatever else is asked about them is not answered here. */
  senders: z._default(z.record(z.string(), recordsSchema), {}),
})

export type ZoneFile = z.input<typeof zoneSchema>
type ZoneRecords = z.infer<typeof recordsSchema>

export interface Zone {
  apexes: Set<string>
  names: Map<string, ZoneRecords>
  senders: Map<string, ZoneRecords>
  /** Names without records that have names below them: they exist (RFC 8020). */
  branches: Set<string>
}

export type ZoneAnswer =
  | { rcode: 'SERVFAIL' | 'REFUSED' | 'NXDOMAIN'; mx: []; txt: [] }
  | { rcode: 'NOERROR'; mx: { preference: number; host: string }[]; txt: string[] }

/** @throws AppError PART_FAILED when the text is no zone. */
export function parseZone(text: string): ZoneFile {
  try {
    return z.parse(zoneSchema, JSON.parse(text))
  } catch (cause) {
    throw new AppError('PART_FAILED', 'the DNS zone file is not as it should be', { cause })
  }
}

export function indexZone({ domains, senders = {} }: ZoneFile): Zone {
  const apexes = new Set(Object.keys(domains))
  const zone: Zone = { apexes, names: new Map(), branches: new Set(), senders: new Map(Object.entries(senders)) }
  for (const [apex, names] of Object.entries(domains)) {
    for (const [relative, records] of Object.entries(names)) {
      const name = relative === '@' ? apex : `${relative}.${apex}`
      zone.names.set(name, records)
      for (const parent of suffixesOf(name).slice(1)) zone.branches.add(parent)
    }
  }
  return zone
}

/** Null when the name is not ours to answer. `name` is in lower case without a trailing dot. */
export function answerFromZone(zone: Zone, name: string, type: string): ZoneAnswer | null {
  const sender = type === 'TXT' ? zone.senders.get(name) : undefined
  if (sender) return recordsOf(sender, type)
  if (!suffixesOf(name).some((suffix) => zone.apexes.has(suffix))) return null
  const records = zone.names.get(name)
  if (records) return recordsOf(records, type)
  return { rcode: zone.branches.has(name) ? 'NOERROR' : 'NXDOMAIN', mx: [], txt: [] }
}

function recordsOf(records: ZoneRecords, type: string): ZoneAnswer {
  if (records.rcode) return { rcode: records.rcode, mx: [], txt: [] }
  const mx = type === 'MX' ? (records.MX ?? []).map(parseMx) : []
  return { rcode: 'NOERROR', mx, txt: type === 'TXT' ? (records.TXT ?? []) : [] }
}

function parseMx(text: string): { preference: number; host: string } {
  const [preference = '', host = ''] = text.split(' ')
  return { preference: Number(preference), host: host.replace(/\.$/, '') }
}

/** The name itself first. */
function suffixesOf(name: string): string[] {
  const labels = name.split('.')
  return labels.map((_, index) => labels.slice(index).join('.'))
}
