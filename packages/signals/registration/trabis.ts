/**
 * The answer of TRABİS, the registry of `.tr`, which no general WHOIS reader understands: sections headed by
 * `** Name:`, labels padded with tabs or dots, the registrar's name among its address lines.
 *
 *     ** Domain Name: firma.com.tr
 *     Domain Status: Active
 *     Transfer Status: The domain is LOCKED to transfer.
 *     ** Registrar:
 *     Organization Name  : …
 *     ** Additional Info:
 *     Created on..............: 2001-Aug-23.
 */
import { domainToASCII } from 'node:url'
import { lowercaseTurkish } from '#signals/normalise'
import { parseRegistryDate } from '#signals/registration/dates'
import { type Finding, parseHosts, cleanName, type RegistrationFacts, hasFacts } from '#signals/registration/facts'
import { isNoMatch } from '#signals/registration/whois-replies'

interface Section {
  /** Lower case. */
  name: string
  lines: string[]
}

const HEAD = 'domain name'
const LINES_MAX = 500

/** Null when the text is not TRABİS's, or describes another domain. Never throws. */
export function readTrabis(text: string, domain: string): Finding | null {
  const sections = parseSections(text)
  if (!sections.some(({ name }) => name.startsWith(HEAD))) {
    return isNoMatch(text, domain) ? { outcome: 'no-such-domain' } : null
  }
  // TRABİS writes Turkish letters in Unicode, not in punycode.
  if (domainToASCII(lowercaseTurkish(findField(sections, HEAD, HEAD) ?? '')) !== domain) return null
  const facts = readFacts(sections)
  return hasFacts(facts) ? { outcome: 'registered', facts } : null
}

function readFacts(sections: Section[]): RegistrationFacts {
  const registrar =
    findField(sections, 'registrar', 'organization name') ?? findField(sections, 'registrar', 'nic handle')
  const created = findField(sections, 'additional info', 'created on')
  const expires = findField(sections, 'additional info', 'expires on')
  return {
    registrar: registrar === null ? null : cleanName(registrar),
    createdAt: created === null ? null : parseRegistryDate(created),
    expiresAt: expires === null ? null : parseRegistryDate(expires),
    // a host below the domain has its address after it
    nameServers: parseHosts(listLines(sections, 'domain servers').map((line) => line.split(/\s/, 1)[0] ?? '')),
    statuses: readStatuses(sections),
  }
}

/** `transferLocked` and `frozen` are our words for two yes-or-no fields of the registry. */
function readStatuses(sections: Section[]): string[] {
  const status = findField(sections, HEAD, 'domain status')?.toLowerCase() ?? ''
  const frozen = findField(sections, HEAD, 'frozen status') ?? '-'
  const transfer = findField(sections, HEAD, 'transfer status') ?? ''
  const known = [
    /^[a-z]{2,30}$/.test(status) ? status : '',
    /^(?:-|no)?$/i.test(frozen) ? '' : 'frozen',
    /\blocked\b/i.test(transfer) && !/\bnot locked\b/i.test(transfer) ? 'transferLocked' : '',
  ]
  return known.filter(Boolean)
}

/** The heading of the first section has a value, so it becomes a field of the section. */
function parseSections(text: string): Section[] {
  const sections: Section[] = []
  for (const line of text.split(/\r\n|\r|\n/, LINES_MAX).map((each) => each.trim())) {
    const heading = /^\*\*\s{0,8}([^:]{1,40}):\s{0,8}(.*)$/.exec(line)
    if (!heading) sections.at(-1)?.lines.push(line)
    else
      sections.push({ name: heading[1]?.trim().toLowerCase() ?? '', lines: heading[2] ? [line.slice(2).trim()] : [] })
  }
  return sections
}

function listLines(sections: Section[], name: string): string[] {
  return sections.filter((section) => section.name.startsWith(name)).flatMap(({ lines }) => lines)
}

function findField(sections: Section[], section: string, label: string): string | null {
  for (const line of listLines(sections, section)) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const name = line.slice(0, colon).replace(/[.\s]+$/, '')
    const value = line.slice(colon + 1).trim()
    if (name.toLowerCase() === label && value) return value
  }
  return null
}
