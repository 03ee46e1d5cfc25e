/**
 * Looks up whose network an address is in, over the DNS, in Team Cymru's public mapping of BGP announcements. The
 * country is where the address block was assigned, which need not be where the machine stands.
 */
import ipaddr from 'ipaddr.js'
import type { Dns } from '#signals/dns/dns'
import { isPublicAddress } from '#signals/public-address'
import type { IpFacts } from '#signals/signals'

const ORIGIN_V4 = 'origin.asn.cymru.com'
const ORIGIN_V6 = 'origin6.asn.cymru.com'
const NAMES = 'asn.cymru.com'
const NAME_CHARS_MAX = 120

/**
 * `wanted.ip` is normalised by `normaliseAddress`. Returns null when the address may not be asked about or a question got
 * no answer.
 */
export async function lookUpIpFacts(
  dns: Pick<Dns, 'txt'>,
  { ip, source }: Pick<IpFacts, 'ip' | 'source'>,
  until: AbortSignal,
): Promise<IpFacts | null> {
  if (!mayAskAbout(ip)) return null
  const origins = await dns.txt(buildOriginName(ip), until)
  const nobody: IpFacts = { ip, source, country: null, asn: null, asName: null }
  if (origins.rcode === 'NXDOMAIN' || origins.rcode === 'NODATA') return nobody
  const origin = chooseOrigin(origins.records, ip)
  if (!origin) return origins.rcode === 'NOERROR' ? nobody : null
  const names = await dns.txt(`AS${origin.asn}.${NAMES}`, until)
  if (!['NOERROR', 'NXDOMAIN', 'NODATA'].includes(names.rcode)) return null
  return { ...nobody, ...origin, asName: findAsName(names.records, origin.asn) }
}

/**
 * Gives each address one spelling: IPv6 in its shortest form, IPv4 inside IPv6 as IPv4. Null when the text is no
 * address.
 */
export function normaliseAddress(text: string): string | null {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : null
}

/** RFC 5737 and RFC 3849. The demonstration zone uses them, and a question about one tells nothing about a private network. */
const DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32']

export function mayAskAbout(ip: string): boolean {
  return isPublicAddress(ip) || DOCUMENTATION.some((prefix) => ipaddr.isValid(ip) && matchPrefix(prefix, ip) !== null)
}

function buildOriginName(ip: string): string {
  const address = ipaddr.parse(ip)
  const bytes = address.toByteArray()
  if (address.kind() === 'ipv4') return `${bytes.toReversed().join('.')}.${ORIGIN_V4}`
  const nibbles = bytes.flatMap((byte) => [byte >> 4, byte & 15]).toReversed()
  return `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.${ORIGIN_V6}`
}

interface Origin {
  asn: number
  country: string | null
}

/**
 * Record: `23028 13335 | 192.0.2.0/24 | US | arin | 1998-09-25`. Chooses the longest of several prefixes and the first
 * of several networks.
 */
function chooseOrigin(records: string[], ip: string): Origin | null {
  let best: (Origin & { bits: number }) | null = null
  for (const record of records) {
    const [networks = '', prefix = '', country = ''] = record.split('|', 3).map((part) => part.trim())
    const asn = parseAsn(networks.split(' ', 1)[0] ?? '')
    const bits = matchPrefix(prefix, ip)
    if (asn === null || bits === null || (best && best.bits >= bits)) continue
    best = { asn, bits, country: /^[A-Z]{2}$/.test(country) && country !== 'ZZ' ? country : null }
  }
  return best && { asn: best.asn, country: best.country }
}

/** AS numbers are unsigned 32-bit integers (RFC 6793). */
function parseAsn(text: string): number | null {
  const asn = /^\d{1,10}$/.test(text) ? Number(text) : 0
  return asn > 0 && asn <= 0xffff_ffff ? asn : null
}

/** Returns the length of the prefix; null when the address is outside it. */
function matchPrefix(prefix: string, ip: string): number | null {
  if (!ipaddr.isValidCIDR(prefix)) return null
  const [network, bits] = ipaddr.parseCIDR(prefix)
  const address = ipaddr.parse(ip)
  return address.kind() === network.kind() && address.match([network, bits] as never) ? bits : null
}

/** Record: `13335 | US | arin | 2010-07-14 | CLOUDFLARENET, US` */
function findAsName(records: string[], asn: number): string | null {
  const parts = records.map((record) => record.split('|').map((part) => part.trim()))
  const [, , , , ...name] = parts.find(([number]) => number === String(asn)) ?? []
  const plain = name
    .join('|')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/, [A-Z]{2}$/, '')
  return plain.slice(0, NAME_CHARS_MAX).toWellFormed() || null
}
