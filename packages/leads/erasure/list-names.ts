/**
 * Lists the hosts that a refused row names, so that an erasure finds the row through an index. The list of public suffixes
 * changes, so a name is kept with each name above it: `www.firma.com.tr`, `firma.com.tr` and `com.tr`. Pure.
 */
import { domainToASCII } from 'node:url'
import { lowercaseTurkish } from '#signals/normalise'

/** A row with more names is read itself. */
const NAMES_MAX = 1_000
/** No registrable domain has more. */
const LABELS_MAX = 8
const NAME_LENGTH_MAX = 253

/** The dot, and what IDNA treats as one. */
const DOT = /[.\u3002\uFF0E\uFF61]/
const ASCII = /^[\0-\x7f]*$/
const AROUND_ASCII = /[^A-Za-z0-9.-]+/
const AROUND_NAMES = /[^\p{L}\p{M}\p{Nd}.\u3002\uFF0E\uFF61-]+/u
/** IDNA allows some signs in a name; elsewhere a sign such as © ends it. */
const AROUND_NAMES_WITH_SIGNS =
  /[^\p{L}\p{M}\p{N}\p{So}\p{Join_Control}\p{Emoji_Modifier}\u00B7\u30FB.\u3002\uFF0E\uFF61-]+/u
const SIGN = /[\p{No}\p{Nl}\p{So}\p{Join_Control}\p{Emoji_Modifier}\u00B7\u30FB]/u
/** `%2F`, and a line break as programs write it. */
const ESCAPED = /(?:%[0-9a-f]{2})+|\\[nrt]/gi
/** Not seen, and ignored by IDNA. */
const INVISIBLE = /[\u00AD\u200B\u2060\uFEFF]/g

/** Takes a text, or what JSON can hold. Null: more names than `max`. */
export function listNames(input: unknown, max = NAMES_MAX): string[] | null {
  const names = new Set<string>()
  for (const text of listTexts(input)) {
    if (!DOT.test(text) && !text.includes('%')) continue
    for (const word of text.split(/\s+/)) addNames(names, word)
    if (names.size > max) return null
  }
  return [...names]
}

function listTexts(input: unknown): string[] {
  if (typeof input === 'string') return [input]
  if (typeof input !== 'object' || input === null) return []
  return Object.entries(input).flatMap(([key, value]) => [key, ...listTexts(value)])
}

function addNames(names: Set<string>, word: string): void {
  for (const spelling of listSpellings(word)) {
    for (const around of listPartings(spelling)) {
      for (const hosts of spelling.split(around)) if (DOT.test(hosts)) addParents(names, hosts)
    }
  }
}

function listSpellings(word: string): Iterable<string> {
  const unescaped = unescape(word)
  const visible = word.replace(INVISIBLE, '')
  return word === unescaped && word === visible ? [word] : new Set([word, unescaped, unescape(unescaped), visible])
}

function unescape(word: string): string {
  return word.replace(ESCAPED, (escaped) => {
    try {
      return escaped.startsWith('%') ? decodeURIComponent(escaped) : ' '
    } catch {
      return ' '
    }
  })
}

function listPartings(text: string): RegExp[] {
  if (ASCII.test(text)) return [AROUND_ASCII]
  return SIGN.test(text) ? [AROUND_NAMES, AROUND_NAMES_WITH_SIGNS] : [AROUND_NAMES]
}

/** An empty label, as between two dots, parts two names. */
function addParents(names: Set<string>, hosts: string): void {
  let [name, labels] = ['', 0]
  for (const label of hosts.split(DOT).toReversed()) {
    const encoded = encodeLabel(label)
    labels = encoded === '' || (labels === 0 && /^\d+$/.test(encoded)) ? 0 : labels + 1
    if (labels === 0 || labels > LABELS_MAX) continue
    name = labels === 1 ? encoded : `${encoded}.${name}`
    if (labels > 1 && name.length <= NAME_LENGTH_MAX) names.add(name)
  }
}

/** One label at a time, so that one that is none hides no other name. Empty: it is none. */
function encodeLabel(label: string): string {
  if (label.length > NAME_LENGTH_MAX) return ''
  const bare = label.replace(/^-+|-+$/g, '')
  if (ASCII.test(bare)) return bare.toLowerCase()
  const composed = lowercaseTurkish(bare).normalize('NFKC').toLowerCase()
  return ASCII.test(composed) ? composed : domainToASCII(composed)
}
