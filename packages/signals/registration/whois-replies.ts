/** Recognises the WHOIS answers that hold no data; every registry words them in its own way. */
import { domainToUnicode } from 'node:url'
import { lowercaseTurkish } from '#signals/normalise'

const NO_MATCH = [
  /\bno match\b/i,
  /\bnot found\b/i,
  /\bno (?:entries|data|object|objects|matching record|records?|domain) (?:was |were )?found\b/i,
  /\bnothing found\b/i,
  /\bno such domain\b/i,
  /\b(?:does not|doesn't) exist\b/i,
  /\bis (?:free|available)\b/i,
  /\bstatus: {0,20}(?:free|available)\b/i,
  /\b(?:is )?not (?:been )?registered\b/i,
]

const LIMITED = [
  /\b(?:limit|quota)\b.{0,40}\bexceeded\b/i,
  /\bexceeded\b.{0,60}\b(?:limit|quota|number of|queries|requests)/i,
  /\btoo many (?:requests|queries|connections|lookups)\b/i,
  /\b(?:query|request) rate\b/i,
  /\bexcessive (?:queries|querying|requests)\b/i,
]

const REFUSED = [/\baccess (?:is )?(?:denied|refused)\b/i, /\bnot authori[sz]ed\b/i, /\bblack ?listed\b/i]

/** Longer lines are terms of use, which may say anything. */
const LINE_CHARS_MAX = 160
const LINES_MAX = 60

/**
 * Words of "no such domain" sentences. A line without the domain must consist of them: an address can be "not found" in
 * an access list, and a service "not available".
 */
const NO_MATCH_WORDS = new Set(
  `a above any available been data database does doesn't domain domains entries entry error exist exists for found free has
  have in information is it match matches matching name names no not nothing object objects of or our queried query
  record records registered registration registry requested results search selected source sources status such that the
  there this try was were whois yet`.split(/\s+/),
)

/** Words about the asker. A line with one may name the domain and still say nothing about it. */
const ASKER =
  /\b(?:access|acl|account|address|authori[sz]ed|client|hosts?|ip|limit|permi\w+|service|users?|white ?list\w*|you|your)\b/i

/** True when a line says that the domain does not exist, and says nothing about the asker. */
export function isNoMatch(text: string, domain: string): boolean {
  const names = [domain, domainToUnicode(domain)]
  return splitLines(text).some((line) => {
    if (!NO_MATCH.some((pattern) => pattern.test(line))) return false
    const lower = lowercaseTurkish(line)
    return (names.some((name) => lower.includes(name)) && !ASKER.test(line)) || isNothingElse(lower)
  })
}

function isNothingElse(line: string): boolean {
  const words = line.match(/[\p{L}\p{N}']+/gu) ?? []
  return words.every((word) => NO_MATCH_WORDS.has(word) || /^\d{1,3}$/.test(word))
}

export function findRefusal(text: string): 'RATE_LIMITED' | 'REFUSED' | null {
  if (matchesLine(text, LIMITED)) return 'RATE_LIMITED'
  return matchesLine(text, REFUSED) ? 'REFUSED' : null
}

function matchesLine(text: string, patterns: RegExp[]): boolean {
  return splitLines(text).some((line) => patterns.some((pattern) => pattern.test(line)))
}

function splitLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/, LINES_MAX).filter((line) => line.length <= LINE_CHARS_MAX)
}
