/** Reads one SPF record (RFC 7208 sections 4.5, 5 and 6) without asking anything. */
import { isIPv4, isIPv6 } from 'node:net'

export interface SpfRecord {
  /** Terms up to `all` that cost a look-up, `redirect` included where it applies: their number. */
  lookups: number
  /** Domains to follow; those with macros depend on the message and are left out. */
  follow: string[]
  /** Names that `a`, `mx` and `exists` look up, macros left out likewise; null is the record's own domain. */
  probes: SpfProbe[]
  /** Qualifier of `all`; null when the record has none. */
  all: '-' | '~' | '?' | '+' | null
  /** Terms that break the grammar: one is enough to void the record. */
  badTerms: string[]
}

export interface SpfProbe {
  mechanism: 'a' | 'mx' | 'exists'
  name: string | null
}

export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

const MECHANISM = /^([-+?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:([:/])(.*))?$/i
const MODIFIER = /^([a-z][a-z0-9_.-]*)=(.*)$/i

/** Strangers write these records, up to 64 KiB of them: nothing long reaches a pattern that looks back. */
const DOMAIN_SPEC_LENGTH_MAX = 300
const DOMAIN = /^[^./]+(?:\.[^./]+)*\.[a-z0-9-]*[a-z-][a-z0-9-]*\.?$/i
const MACRO = /%(?:\{[slodiphcrtv]\d*r?[-.+,/_=]*\}|[%_-])/gi
const LENGTHS = /^(.*?)(?:\/(\d{1,2}))?(?:\/\/(\d{1,3}))?$/

type Qualifier = '-' | '~' | '?' | '+'

interface Term {
  name: string
  qualifier: Qualifier
  /** With its separator: `:example.org/24`, `/24`, or ''. */
  value: string
}

export function parseSpf(record: string): SpfRecord {
  const badTerms: string[] = []
  const terms: Term[] = []
  for (const text of record.split(' ').slice(1).filter(Boolean)) {
    const term = parseTerm(text)
    if (term && isValid(term)) terms.push(term)
    else badTerms.push(text)
  }
  const all = terms.find(({ name }) => name === 'all')
  const tested = all ? terms.slice(0, terms.indexOf(all)) : terms
  const counted = tested.filter(({ name }) => LOOKUP_TERMS.has(name))
  // Modifiers may stand anywhere; `redirect` counts only where nothing says `all` (section 6.1).
  const redirects = terms.filter(({ name }) => name === 'redirect')
  if (redirects.length > 1) badTerms.push('redirect')
  const redirect = all ? [] : redirects.slice(0, 1)
  const follow = [...counted.filter(({ name }) => name === 'include'), ...redirect].map(({ value }) => targetOf(value))
  return {
    lookups: counted.length + redirect.length,
    follow: follow.filter((target) => !target.includes('%')),
    probes: tested.flatMap(probeOf),
    all: all?.qualifier ?? null,
    badTerms,
  }
}

const LOOKUP_TERMS = new Set(['include', 'a', 'mx', 'ptr', 'exists'])

function parseTerm(text: string): Term | null {
  const mechanism = MECHANISM.exec(text)
  if (mechanism) {
    const [, qualifier = '', name = '', separator = '', value = ''] = mechanism
    return { name: name.toLowerCase(), qualifier: (qualifier || '+') as Qualifier, value: separator + value }
  }
  const modifier = MODIFIER.exec(text)
  if (!modifier) return null
  const [, name = '', value = ''] = modifier
  return { name: name.toLowerCase(), qualifier: '+', value: `:${value}` }
}

function isValid({ name, value }: Term): boolean {
  if (name === 'all') return value === ''
  if (name === 'ip4' || name === 'ip6') return isNetwork(name, value.slice(1))
  if (name === 'include' || name === 'exists' || name === 'redirect') return isDomainSpec(value.slice(1))
  if (name === 'a' || name === 'mx') return isHostAndLengths(value)
  if (name === 'ptr') return value === '' || isDomainSpec(value.slice(1))
  return true // unknown modifiers are ignored (section 6)
}

/** `:example.org`, `/24`, `:example.org/24//64`, or nothing. */
function isHostAndLengths(value: string): boolean {
  if (value.length > DOMAIN_SPEC_LENGTH_MAX) return false
  const [, host = '', length4 = '0', length6 = '0'] = LENGTHS.exec(value) ?? []
  if (Number(length4) > 32 || Number(length6) > 128) return false
  return host === '' || (host.startsWith(':') && isDomainSpec(host.slice(1)))
}

function isNetwork(name: 'ip4' | 'ip6', text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  if (more.length > 0) return false
  if (!(name === 'ip4' ? isIPv4(address) : isIPv6(address))) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (name === 'ip4' ? 32 : 128))
}

/** Ends in a macro or in a dot and a top label (section 7.1). */
function isDomainSpec(text: string): boolean {
  if (text.length > DOMAIN_SPEC_LENGTH_MAX) return false
  const plain = text.replace(MACRO, 'x')
  if (plain.includes('%') || !/^[\x21-\x7e]+$/.test(plain)) return false
  return text.endsWith('}') || DOMAIN.test(plain)
}

function probeOf({ name, value }: Term): SpfProbe[] {
  if (name !== 'a' && name !== 'mx' && name !== 'exists') return []
  const host = value.startsWith(':') ? targetOf(name === 'exists' ? value : (value.split('/', 1)[0] ?? '')) : null
  return host?.includes('%') ? [] : [{ mechanism: name, name: host }]
}

function targetOf(value: string): string {
  return value.slice(1).toLowerCase().replace(/\.$/, '')
}
