/**
 * Cleans the facts of a registry's answer, whichever protocol it came by. Strangers wrote them, so every size has a
 * limit here.
 */
import type { Registration } from '#signals/signals'

export type RegistrationFacts = Omit<Registration, 'source' | 'registry'>

export type Finding = { outcome: 'registered'; facts: RegistrationFacts } | { outcome: 'no-such-domain' }

const NAME_CHARS_MAX = 200
const LIST_MAX = 20
const HOST = /^(?=.{1,253}$)(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** Makes a name printable, one line, and short enough for a table; null when nothing is left. */
export function cleanName(text: string): string | null {
  const plain = text
    .slice(0, 4 * NAME_CHARS_MAX)
    .toWellFormed()
    .replace(/[\s\p{Cc}\uFEFF]+/gu, ' ')
    .trim()
    .slice(0, NAME_CHARS_MAX)
  return plain.toWellFormed() || null
}

/** Host names in lower case without the trailing dot, each once, in their order. */
export function parseHosts(texts: readonly string[]): string[] {
  const hosts = texts.map((text) => text.trim().toLowerCase().replace(/\.$/, '')).filter((host) => HOST.test(host))
  return [...new Set(hosts)].slice(0, LIST_MAX)
}

/**
 * Treats `client transfer prohibited` of RDAP (RFC 8056) and `clientTransferProhibited` of WHOIS as the same status.
 */
export function parseStatuses(texts: readonly string[]): string[] {
  const statuses = texts.flatMap((text) => parseStatus(text) ?? [])
  return [...new Set(statuses)].slice(0, LIST_MAX)
}

function parseStatus(text: string): string | null {
  const words = /[a-z]+(?: [a-z]+){0,5}/i.exec(text.slice(0, 64).trim())?.[0].split(' ') ?? []
  const [first, ...others] = words
  if (first === undefined) return null
  if (others.length === 0 && /[a-z][A-Z]/.test(first)) return first
  const capitalised = others.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
  return first.toLowerCase() + capitalised.join('')
}

/** True when the answer has at least one fact. */
export function hasFacts({ registrar, createdAt, expiresAt, nameServers }: RegistrationFacts): boolean {
  return registrar !== null || createdAt !== null || expiresAt !== null || nameServers.length > 0
}
