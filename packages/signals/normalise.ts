/** One company, one name: whatever was typed becomes a registrable domain in ASCII. */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { parse } from 'tldts'
import { AppError } from '#platform/errors'

/** Lower case, punycode, no trailing dot: one label below a public suffix. */
export type Domain = string & { readonly __brand: 'Domain' }

const REASONS = {
  empty: 'there is no domain in it',
  'too-long': 'it is too long for a domain',
  'ip-address': 'it is an IP address, not a domain',
  'single-label': 'it is a single label, not a domain',
  reserved: 'the name is reserved and belongs to nobody',
  'invalid-label': 'a part of the name is not allowed in a domain',
  'public-suffix': 'it is a public suffix below which others register',
} as const
export type DomainInvalidReason = keyof typeof REASONS

/** RFC 2606, 6761, 6762, 7686, 8375, 9476 and ICANN's private-use `internal`; `arpa` is infrastructure. */
const RESERVED = new Set(
  'alt arpa example example.com example.net example.org internal invalid local localhost onion test'.split(' '),
)

/** With the other characters that IDNA takes for a dot. */
const ENDING_DOT = /[.\u3002\uFF0E\uFF61]$/
const INPUT_LENGTH_MAX = 2048
const NAME_LENGTH_MAX = 253
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Hosts below a domain may carry underscores (`_dmarc`); the domain itself may not. */
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Takes a domain, a host, a URL or an e-mail address, in any case and script.
 * @throws AppError DOMAIN_INVALID with `details.reason`, a `DomainInvalidReason`; nothing else for any string.
 */
export function normaliseDomain(input: string): Domain {
  if (input.length > INPUT_LENGTH_MAX) throw invalid('too-long')
  const typed = hostOf(input)
  if (typed === '') throw invalid('empty')
  if (isAddress(typed)) throw invalid('ip-address')
  // Also turns disguised addresses such as 0x7f.1 into plain ones.
  const host = domainToASCII(withPlainCase(typed.replace(ENDING_DOT, '')))
  if (isAddress(host)) throw invalid('ip-address')
  if (host.length > NAME_LENGTH_MAX) throw invalid('too-long')
  const labels = host.split('.')
  if (!labels.every((label) => HOST_LABEL.test(label))) throw invalid('invalid-label')
  if (isReserved(labels)) throw invalid('reserved')
  if (labels.length === 1) throw invalid('single-label')
  return registrable(host)
}

/** Turkish spreadsheets turn `firma.com` into `FİRMA.COM`; plain Unicode rules would keep that dot as a character. */
function withPlainCase(host: string): string {
  return host.replace(/\u0130|[iI]\u0307/g, 'i')
}

/** One label below the public suffix: `mail.firma.com.tr` becomes `firma.com.tr`. */
function registrable(host: string): Domain {
  const { domain } = parse(host, { extractHostname: false, validateHostname: false, detectIp: false })
  if (!domain) throw invalid('public-suffix')
  if (!domain.split('.').every((label) => LABEL.test(label))) throw invalid('invalid-label')
  return domain as Domain
}

/** Of any host name; null for a public suffix and for what is no name. */
export function registrableDomainOf(host: string): string | null {
  return parse(host, { extractHostname: false, validateHostname: false, detectIp: false }).domain
}

/** The public suffix below which the domain was registered: `com.tr` for `firma.com.tr`. */
export function publicSuffixOf(domain: Domain): string {
  return domain.slice(domain.indexOf('.') + 1)
}

function hostOf(input: string): string {
  const rest = input
    .trim()
    .replace(/^mailto:/i, '')
    .replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\//i, '')
  const authority = rest.split(/[/?#\\]/, 1)[0] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1).trim()
  return isIP(host) > 0 ? host : host.replace(/:\d*$/, '')
}

function isAddress(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIP(bare) > 0 || /^[\d.]*\.\d+$/.test(bare)
}

function isReserved(labels: string[]): boolean {
  return RESERVED.has(labels.at(-1) ?? '') || RESERVED.has(labels.slice(-2).join('.'))
}

function invalid(reason: DomainInvalidReason): AppError {
  return new AppError('DOMAIN_INVALID', `not a domain: ${REASONS[reason]}`, { details: { reason } })
}
