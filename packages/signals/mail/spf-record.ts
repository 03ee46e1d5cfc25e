/** Parses one SPF record by the grammar of RFC 7208 section 12, without asking the DNS. */
import { isIPv4, isIPv6 } from 'node:net'

export interface SpfRecord {
  /** Number of terms up to `all` that cost a look-up, including an applicable `redirect`. */
  lookups: number
  /** Domains to follow. Leaves out those with macros, which depend on the message. */
  follow: string[]
  /** Names that `a`, `mx` and `exists` look up, also without macros; null stands for the record's own domain. */
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

/** Strangers write these records, up to 64 KiB each: patterns that backtrack never see a longer term. */
const TERM_LENGTH_MAX = 300

const DIRECTIVE = /^([-+?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)((?:[:/].*)?)$/i
const MODIFIER = /^([a-z][a-z0-9_.-]*)=(.*)$/i

/**
 * Macro letters `c`, `r` and `t` occur only in explanations, and a number of parts is never zero (sections 7.2 and
 * 7.3).
 */
const MACRO = /%(?:\{[slodiphv](?:0*[1-9]\d*)?r?[-.+,/_=]*\}|[%_-])/gi
/** Replaces each macro while the rest is parsed. Terms are visible ASCII, so no typed text looks like it. */
const EXPANDED = '\0'
const VISIBLE = /^[\x21-\x7e]*$/
const MACRO_STRING = /^[\x21-\x24\x26-\x7e\0]*$/
const TOP_LABEL = /\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$/i

const LENGTH4 = '(?:\\/(0|[1-9]\\d?))?'
const LENGTH6 = '(?:\\/\\/(0|[1-9]\\d{0,2}))?'
const HOST_AND_LENGTHS = new RegExp(`^(.*?)${LENGTH4}${LENGTH6}$`, 's')

type Qualifier = '-' | '~' | '?' | '+'

/** A mechanism with its qualifier, or a modifier. A modifier with the name of a mechanism is an unknown modifier. */
type Term = Mechanism | { is: 'modifier'; name: string; value: string }

interface Mechanism {
  is: 'mechanism'
  name: string
  qualifier: Qualifier
  /** Includes the separator: `:example.org/24` or ''. */
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
  for (const name of ['redirect', 'exp']) if (filterModifiers(terms, name).length > 1) badTerms.push(name)
  const mechanisms = terms.filter((term) => term.is === 'mechanism')
  const all = mechanisms.find(({ name }) => name === 'all')
  const tested = all ? mechanisms.slice(0, mechanisms.indexOf(all)) : mechanisms
  const counted = tested.filter(({ name }) => LOOKUP_MECHANISMS.has(name))
  // Modifiers may stand anywhere; `redirect` applies only without `all` (section 6.1).
  const redirect = all ? [] : filterModifiers(terms, 'redirect').slice(0, 1)
  const includes = counted.filter(({ name }) => name === 'include').map(({ value }) => value.slice(1))
  const follow = [...includes, ...redirect.map(({ value }) => value)].map(readHost)
  return {
    lookups: counted.length + redirect.length,
    follow: follow.filter((target) => !target.includes('%')),
    probes: tested.flatMap(listProbes),
    all: all?.qualifier ?? null,
    badTerms,
  }
}

const LOOKUP_MECHANISMS = new Set(['include', 'a', 'mx', 'ptr', 'exists'])

function filterModifiers(terms: Term[], name: string): Term[] {
  return terms.filter((term) => term.is === 'modifier' && term.name === name)
}

function parseTerm(text: string): Term | null {
  if (!VISIBLE.test(text)) return null
  const directive = DIRECTIVE.exec(text)
  if (directive) {
    const [, qualifier = '', name = '', value = ''] = directive
    return { is: 'mechanism', name: name.toLowerCase(), qualifier: (qualifier || '+') as Qualifier, value }
  }
  const [, name, value = ''] = MODIFIER.exec(text) ?? []
  return name === undefined ? null : { is: 'modifier', name: name.toLowerCase(), value }
}

function isValid(term: Term): boolean {
  const { name, value } = term
  if (term.is === 'modifier') {
    return name === 'redirect' || name === 'exp' ? isDomainSpec(value) : isMacroString(expandMacros(value))
  }
  if (name === 'all') return value === ''
  if (name === 'ip4' || name === 'ip6') return isNetwork(name, value)
  if (name === 'include' || name === 'exists') return isNamed(value)
  if (name === 'ptr') return value === '' || isNamed(value)
  return isHostAndLengths(value)
}

/** Matches `:` and a domain-spec. */
function isNamed(value: string): boolean {
  return value.startsWith(':') && isDomainSpec(value.slice(1))
}

/**
 * Matches the value of `a` and `mx`: `:example.org`, `/24`, `:example.org/24//64`, or nothing. A name may itself
 * contain `:` and `/`.
 */
function isHostAndLengths(value: string): boolean {
  if (value.length > TERM_LENGTH_MAX) return false
  const [, host = '', length4 = '0', length6 = '0'] = HOST_AND_LENGTHS.exec(value) ?? []
  if (Number(length4) > 32 || Number(length6) > 128) return false
  return host === '' || isNamed(host)
}

function isNetwork(name: 'ip4' | 'ip6', value: string): boolean {
  const [address = '', length = '0', ...more] = value.slice(1).split('/')
  if (!value.startsWith(':') || more.length > 0 || address.includes('%')) return false
  if (!(name === 'ip4' ? isIPv4(address) : isIPv6(address))) return false
  return /^(?:0|[1-9]\d{0,2})$/.test(length) && Number(length) <= (name === 'ip4' ? 32 : 128)
}

/** Matches a macro string that ends in a macro, or in a dot and a top label. */
function isDomainSpec(text: string): boolean {
  if (text.length > TERM_LENGTH_MAX) return false
  const plain = expandMacros(text)
  return isMacroString(plain) && (plain.endsWith(EXPANDED) || TOP_LABEL.test(plain))
}

function isMacroString(plain: string): boolean {
  return MACRO_STRING.test(plain)
}

/** A malformed macro keeps its `%`, which no macro string may contain. */
function expandMacros(text: string): string {
  return text.replace(MACRO, EXPANDED)
}

function listProbes({ name, value }: Mechanism): SpfProbe[] {
  if (name !== 'a' && name !== 'mx' && name !== 'exists') return []
  const named = name === 'exists' ? value : (HOST_AND_LENGTHS.exec(value)?.[1] ?? '')
  const host = named === '' ? null : readHost(named.slice(1))
  return host?.includes('%') ? [] : [{ mechanism: name, name: host }]
}

function readHost(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
