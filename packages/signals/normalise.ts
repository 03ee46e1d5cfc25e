/** Normalises what people type to a registrable domain in ASCII, so that a company has one name. */
import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { parse } from 'tldts'
import { AppError } from '#platform/errors'
import { countCharacters } from '#platform/visible-text'

/**
 * Lower case, punycode, no trailing dot: one label below a public suffix. A private suffix below which others register,
 * such as `uk.com` or `myshopify.com`, counts as a public one; alone, it is its owner's domain.
 */
export type Domain = string & { readonly __brand: 'Domain' }

const REASONS = {
  empty: 'it contains no domain',
  'too-long': 'it is too long for a domain',
  'ip-address': 'it is an IP address',
  'single-label': 'it is a single label',
  'several-names': 'it contains more than one name',
  reserved: 'the name is reserved',
  'invalid-label': 'it contains characters or a label that a domain cannot have',
  'public-suffix': 'it is a public suffix, under which others register domains',
  'unknown-ending': 'no top-level domain has this ending',
} as const
export type DomainInvalidReason = keyof typeof REASONS

/** RFC 2606, 6761, 6762, 7686, 8375, 9476 and ICANN's private-use `internal`; `arpa` is infrastructure. */
const RESERVED = new Set(
  'alt arpa example example.com example.net example.org internal invalid local localhost onion test'.split(' '),
)

/**
 * Line breaks, other control characters, and characters without a width, which IDNA drops: the names on both sides
 * would merge.
 */
const SEPARATOR = /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u200B\u2060\uFEFF]/u
/** Shows, before an `@`, that the text has two addresses, or a name and an address. */
const ANOTHER_NAME = /[\s;,@]/
/** Letters, marks, digits, emoji, hyphens, joiners, and the middle dots of Catalan and Japanese; no other punctuation. */
const UNICODE_LABEL = /^(?:[\p{L}\p{M}\p{N}\p{So}\p{Sk}\p{Join_Control}_\u30FB-]|(?<=l)\u00B7(?=l))+$/u

/** The dot and the other characters that IDNA treats as one. */
const DOT = /[.\u3002\uFF0E\uFF61]/
const ENDING_DOT = new RegExp(`${DOT.source}$`)
const INPUT_LENGTH_MAX = 2048
const NAME_LENGTH_MAX = 253
const LABEL_LENGTH_MAX = 63
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Hosts below a domain may carry underscores (`_dmarc`); the domain itself may not. */
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Takes a domain, a host, a URL or an e-mail address, in any case and script.
 * @throws AppError DOMAIN_INVALID with `details.reason`, a `DomainInvalidReason`; nothing else for any string.
 */
export function normaliseDomain(input: string): Domain {
  if (input.length > INPUT_LENGTH_MAX) throw createError('too-long')
  const text = input.trim()
  if (SEPARATOR.test(text)) throw createError('several-names')
  const typed = extractHost(text)
  if (typed === '') throw createError('empty')
  if (isAddress(typed)) throw createError('ip-address')
  return toRegistrableDomain(normaliseHost(typed))
}

/**
 * Turns one host name, without anything around it, into lower case and punycode, without the trailing dot.
 * @throws AppError DOMAIN_INVALID with `details.reason`
 */
function normaliseHost(typed: string): string {
  const name = replaceDottedI(typed.replace(ENDING_DOT, ''))
  refuseLong(name)
  // Also turns disguised addresses such as 0x7f.1 into plain ones.
  const host = domainToASCII(name)
  if (isAddress(host)) throw createError('ip-address')
  if (host.length > NAME_LENGTH_MAX) throw createError('too-long')
  const labels = host.split('.')
  if (!labels.every((label) => HOST_LABEL.test(label) && isReadable(label))) throw createError('invalid-label')
  if (isReserved(labels)) throw createError('reserved')
  if (labels.length === 1) throw createError('single-label')
  return host
}

/**
 * Punycode takes time quadratic in the length of a label, so long names stop here. It never makes a name shorter: each
 * character of the composed form takes at least one of the 63. Letters and marks that compose count as one.
 */
function refuseLong(name: string): void {
  const lengths = name.normalize('NFKC').split(DOT).map(countCharacters)
  if (lengths.reduce((sum, length) => sum + length + 1, -1) > NAME_LENGTH_MAX) throw createError('too-long')
  if (lengths.some((length) => length > LABEL_LENGTH_MAX)) throw createError('invalid-label')
}

/** Turkish spreadsheets turn `firma.com` into `FİRMA.COM`; plain Unicode rules would keep the dot as a character. */
function replaceDottedI(host: string): string {
  return host.replace(/\u0130|[iI]\u0307/g, 'i')
}

/** Lower-cases a text so that names in it match however they were written. */
export function lowercaseTurkish(text: string): string {
  return replaceDottedI(text).toLowerCase()
}

/** True when the label's Unicode form encodes to the same label (RFC 5891 section 5.4). */
function isReadable(label: string): boolean {
  if (!label.startsWith('xn--')) return true
  const unicode = domainToUnicode(label)
  return UNICODE_LABEL.test(unicode) && !unicode.startsWith('xn--') && domainToASCII(unicode) === label
}

const HOST_ONLY = { extractHostname: false, validateHostname: false, detectIp: false }

/** ASCII that a host name cannot hold. A URL's parser would cut or decode it in silence. */
const NOT_OF_A_HOST = /[^A-Za-z0-9.\-\u0080-\u{10FFFF}]/u

export interface MailHost {
  /** What the MX records are asked of, in punycode; it may lie below the company's domain. */
  host: string
  domain: Domain
}

/**
 * Reads the part of an e-mail address behind the `@`.
 * @throws AppError DOMAIN_INVALID with `details.reason`; nothing else for any string
 */
export function normaliseMailHost(text: string): MailHost {
  if (text === '') throw createError('empty')
  if (text.startsWith('[') || isAddress(text)) throw createError('ip-address')
  if (NOT_OF_A_HOST.test(text) || SEPARATOR.test(text)) throw createError('invalid-label')
  const host = normaliseHost(text)
  // RFC 5321 section 4.1.2 allows neither a dot at the end nor an underscore.
  if (ENDING_DOT.test(text) || !host.split('.').every((label) => LABEL.test(label))) throw createError('invalid-label')
  return { host, domain: toRegistrableDomain(host) }
}

/** Cuts a host to one label below the public suffix: `mail.firma.com.tr` becomes `firma.com.tr`. */
function toRegistrableDomain(host: string): Domain {
  const { domain: icann, isIcann } = parse(host, HOST_ONLY)
  if (!isIcann) throw createError('unknown-ending')
  const domain = parse(host, { ...HOST_ONLY, allowPrivateDomains: true }).domain ?? icann
  if (!domain) throw createError('public-suffix')
  if (!domain.split('.').every((label) => LABEL.test(label))) throw createError('invalid-label')
  return domain as Domain
}

/** Accepts any host name and ignores private suffixes; null for a public suffix and for a text that is no name. */
export function findRegistrableDomain(host: string): string | null {
  return parse(host, HOST_ONLY).domain
}

/** Returns the public suffix of a domain: `com.tr` for `firma.com.tr`. */
export function getPublicSuffix(domain: Domain): string {
  return domain.slice(domain.indexOf('.') + 1)
}

function extractHost(text: string): string {
  const rest = text.replace(/^mailto:/i, '').replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\//i, '')
  const authority = rest.split(/[/?#\\]/, 1)[0] ?? ''
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1).trim()
  const names = host.split(/[\s;,]+/).filter((part) => part.includes('.'))
  if (names.length > 1 || ANOTHER_NAME.test(authority.slice(0, Math.max(at, 0)))) throw createError('several-names')
  return isIP(host) > 0 ? host : host.replace(/:\d*$/, '')
}

function isAddress(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIP(bare) > 0 || /^[\d.]*\.\d+$/.test(bare)
}

function isReserved(labels: string[]): boolean {
  return RESERVED.has(labels.at(-1) ?? '') || RESERVED.has(labels.slice(-2).join('.'))
}

function createError(reason: DomainInvalidReason): AppError {
  const fields = [{ field: 'domain', message: `must be a domain: ${REASONS[reason]}` }]
  return new AppError('DOMAIN_INVALID', `not a domain: ${REASONS[reason]}`, { details: { reason, fields } })
}
