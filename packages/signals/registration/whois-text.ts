/** Parses WHOIS texts. No format is standard, so it knows the labels and layouts in common use. */
import { domainToUnicode } from 'node:url'
import { parseRegistryDate } from '#signals/registration/dates'
import {
  type Finding,
  parseHosts,
  cleanName,
  type RegistrationFacts,
  hasFacts,
  parseStatuses,
} from '#signals/registration/facts'
import { lowercaseTurkish } from '#signals/normalise'
import { isNoMatch } from '#signals/registration/whois-replies'

interface Field {
  /** Lower case, without dots and repeated spaces. */
  label: string
  value: string
}

const REGISTRAR =
  /^(?:sponsoring )?registrar(?: name| organization)?$|^registration service provider$|^authorized agency$/
const CREATED =
  /^(?:domain )?(?:name )?(?:creation|created|create|registered|registration|activated|activation)(?: date| on| at| time| activated)?$|^(?:domain )?record (?:created|activated)(?: on)?$|^domain name commencement date$/
const EXPIRES =
  /^(?:domain |registry |registrar registration |record )*(?:expiry|expiration|expires|expire|exp|renewal)(?: date| on| at| time)?$|^paid till$|^valid(?:ity| until)$|^registered until$/
const NAME_SERVER =
  /^(?:domain |p |s )?(?:name ?servers?|nservers?|ns|dns|dns servers?)(?: \d{1,2})?$|^(?:domain|name) servers in (?:the )?listed order$/
const STATUS = /^(?:domain |epp ?|registration )?(?:status|state)$/

const LINES_MAX = 2_000
const LABEL_CHARS_MAX = 60

/** Null when the text says nothing about this domain. Never throws. */
export function readWhois(text: string, domain: string): Finding | null {
  const facts = readFacts(parseFields(text))
  if (hasFacts(facts)) return isAbout(text, domain) ? { outcome: 'registered', facts } : null
  return isNoMatch(text, domain) ? { outcome: 'no-such-domain' } : null
}

function isAbout(text: string, domain: string): boolean {
  const lower = lowercaseTurkish(text)
  return lower.includes(domain) || lower.includes(domainToUnicode(domain))
}

function readFacts(fields: Field[]): RegistrationFacts {
  const values = (pattern: RegExp) => fields.filter(({ label }) => pattern.test(label)).map(({ value }) => value)
  const first = (pattern: RegExp, read: (value: string) => string | null) =>
    values(pattern)
      .map(read)
      .find((value) => value !== null) ?? null
  return {
    registrar: first(REGISTRAR, cleanName),
    createdAt: first(CREATED, parseRegistryDate),
    expiresAt: first(EXPIRES, parseRegistryDate),
    nameServers: parseHosts(values(NAME_SERVER).flatMap((value) => value.split(/[\s,]+/, 20))),
    statuses: parseStatuses(values(STATUS).flatMap((value) => value.replace(/\(?https?:.*$/i, '').split(',', 20))),
  }
}

/**
 * Parses `label: value`, `[label] value`, and a label alone whose values follow on the next lines, up to a blank line
 * or the next label without a value.
 */
function parseFields(text: string): Field[] {
  const fields: Field[] = []
  let heading = ''
  let isFilled = false
  for (const line of text.split(/\r\n|\r|\n/, LINES_MAX)) {
    const { label, value } = parseLine(line)
    if (label && value) fields.push({ label, value })
    else if (label) [heading, isFilled] = [label, false]
    else if (!value && isFilled) heading = ''
    else if (value && heading) {
      fields.push({ label: heading, value })
      isFilled = true
    }
  }
  return fields
}

/** Blank lines and comments have neither label nor value; a line below a heading has only a value. */
function parseLine(line: string): Field {
  const plain = line.trim()
  if (!plain || /^[%#>;]/.test(plain)) return { label: '', value: '' }
  const bracketed = /^(?:[a-z]\. )?\[([^\]]{1,60})\]\s{0,80}(.*)$/.exec(plain)
  if (bracketed) return { label: normaliseLabel(bracketed[1] ?? ''), value: bracketed[2] ?? '' }
  const colon = plain.indexOf(':')
  const label = plain.slice(0, Math.max(0, colon))
  // `ns1.example.org 2001:db8::1` has no label
  const isLabel = label.length <= LABEL_CHARS_MAX && (!/\d/.test(label) || /^\s?$/.test(plain.charAt(colon + 1)))
  if (!label || !isLabel) return { label: '', value: plain }
  return { label: normaliseLabel(label), value: plain.slice(colon + 1).trim() }
}

function normaliseLabel(text: string): string {
  return text
    .toLowerCase()
    .replace(/[._\-\s]+/g, ' ')
    .trim()
}
