/** Describes registrations as data, and serialises them in the registries' formats. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import type { ZoneFile } from '#emulators/dns/zone'

const fileSchema = z.object({
  note: z.string(),
  domains: z.record(
    z.string(),
    z.object({
      registrar: z.string(),
      created: z.iso.date(),
      /** A day, or a number of days from now. */
      expires: z.union([z.iso.date(), z.object({ inDays: z.int() })]),
      locked: z.boolean(),
    }),
  ),
})

interface RegistrationRecord {
  domain: string
  registrar: string
  /** Days as YYYY-MM-DD. */
  created: string
  expires: string
  locked: boolean
  nameServers: string[]
}

export type RegistrationRecords = ReadonlyMap<string, RegistrationRecord>

/** @throws AppError PART_FAILED when the file is invalid. */
export async function readDemoRegistrations(zone: ZoneFile, now: Date): Promise<RegistrationRecords> {
  const text = await readFile(new URL('demo-registrations.json', import.meta.url), 'utf8')
  const { data, error } = z.safeParse(fileSchema, JSON.parse(text))
  if (!data) throw new AppError('PART_FAILED', 'the file of registrations has the wrong format', { cause: error })
  const records = Object.entries(data.domains).map(([domain, { expires, ...rest }]) => {
    const nameServers = zone.domains[domain]?.['@']?.NS ?? []
    return [domain, { domain, ...rest, nameServers, expires: resolveDay(expires, now) }] as const
  })
  return new Map(records)
}

function resolveDay(expires: string | { inDays: number }, now: Date): string {
  if (typeof expires === 'string') return expires
  return new Date(now.getTime() + expires.inDays * 86_400_000).toISOString().slice(0, 10)
}

/** Formats a registration as RDAP (RFC 9083 section 5.3). */
export function formatRdap({ domain, registrar, created, expires, locked, nameServers }: RegistrationRecord): object {
  const card = [
    ['version', {}, 'text', '4.0'],
    ['fn', {}, 'text', registrar],
  ]
  return {
    objectClassName: 'domain',
    ldhName: domain,
    status: locked ? ['client transfer prohibited'] : ['active'],
    entities: [{ objectClassName: 'entity', roles: ['registrar'], vcardArray: ['vcard', card] }],
    events: [
      { eventAction: 'registration', eventDate: `${created}T00:00:00Z` },
      { eventAction: 'expiration', eventDate: `${expires}T00:00:00Z` },
    ],
    nameservers: nameServers.map((ldhName) => ({ objectClassName: 'nameserver', ldhName })),
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Formats a registration as the registry of `.tr` does. */
export function formatTrabis({ domain, registrar, created, expires, locked, nameServers }: RegistrationRecord): string {
  return [
    `** Domain Name: ${domain}`,
    'Domain Status: Active',
    'Frozen Status: -',
    `Transfer Status: ${locked ? 'The domain is LOCKED to transfer.' : '-'}`,
    '',
    '** Registrar:',
    'NIC Handle\t\t: demo1',
    `Organization Name\t: ${registrar}`,
    '',
    '** Domain Servers:',
    ...nameServers,
    '',
    '** Additional Info:',
    `Created on..............: ${trabisDay(created)}.`,
    `Expires on..............: ${trabisDay(expires)}.`,
    '',
  ].join('\n')
}

function trabisDay(day: string): string {
  const [year, month, date] = day.split('-')
  return `${year}-${MONTHS[Number(month) - 1]}-${date}`
}
