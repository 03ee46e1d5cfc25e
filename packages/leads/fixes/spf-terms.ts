/** Joins the terms of SPF records into one record that receivers can read, and keeps every sender. Pure. */
import { isIPv4, isIPv6 } from 'node:net'
import { parseSpf } from '#signals/mail/spf-record'

interface Joined {
  /** Each once, in their order, `all` or `redirect` last. */
  terms: string[]
  /** Terms that say nothing clear: a person must read them. */
  unclear: string[]
  /** Terms that were misspelt, as they are written now. */
  repaired: string[]
}

/** Strangers write these records: no pattern sees more. */
const TERM_LENGTH_MAX = 300
const ALL = /^[-+?~]?all$/i
/** The first lets most mail through. */
const QUALIFIERS = ['+', '?', '~', '-'] as const

export function repairTerms(records: readonly string[]): Joined {
  const read = records.map(readRecord)
  const redirects = [...new Set(read.flatMap(({ redirect }) => redirect ?? []))]
  const ends = read.flatMap(({ end }) => end ?? [])
  // a redirect becomes a sender like the others when several records become one
  const isAlone = records.length === 1
  const included = isAlone ? [] : redirects.map((name) => `include:${name}`)
  const terms = read.flatMap((record) => record.terms)
  const [explanation] = terms.filter(isExplanation)
  const others = terms.filter((term) => !isExplanation(term) || term === explanation)
  const close = ends.length > 0 ? [chooseAll(ends)] : isAlone ? redirects.map((name) => `redirect=${name}`) : []
  return {
    terms: dropRepeated([...others, ...included, ...close]),
    unclear: read.flatMap(({ unclear }) => unclear),
    repaired: read.flatMap(({ repaired }) => repaired),
  }
}

interface ReadRecord {
  terms: string[]
  /** `-all`; undefined without one. */
  end: string | undefined
  /** The name that applies because the record has no `all`. */
  redirect: string | undefined
  unclear: string[]
  repaired: string[]
}

const isExplanation = (term: string) => /^exp=/i.test(term)
const readRedirect = (term: string) => /^redirect=(.*)$/i.exec(term)?.[1]

/** Receivers test no term after `all`; a modifier may stand anywhere. */
function readRecord(record: string): ReadRecord {
  const all = splitRecord(record).map((piece) => ({ ...piece, term: repairTerm(piece.written) }))
  const at = all.findIndex(({ term }) => term !== null && ALL.test(term))
  const end = all[at]?.term ?? undefined
  const tested = all.filter(({ term }, place) => at < 0 || place < at || (term !== null && isExplanation(term)))
  const clear = tested.flatMap(({ term }) => term ?? [])
  return {
    terms: clear.filter((term) => readRedirect(term) === undefined),
    end,
    redirect: end === undefined ? clear.map(readRedirect).find((name) => name !== undefined) : undefined,
    unclear: tested.filter(({ term }) => term === null).map(({ written }) => written),
    repaired: all.flatMap(({ written, isJoined, term }) =>
      term === null || (term === written && !isJoined) ? [] : [term],
    ),
  }
}

interface Piece {
  written: string
  /** A space was in the middle of it. */
  isJoined: boolean
}

/** `include: _spf.google.com` is one term in two pieces, unless the second means something alone. */
function splitRecord(record: string): Piece[] {
  const pieces: Piece[] = []
  for (const written of record.split(' ').slice(1).filter(Boolean)) {
    const before = pieces.at(-1)
    if (before && /^[-+?~]?(?:include|a|mx|ip4|ip6|exists):$/i.test(before.written) && !isReadable(written)) {
      pieces.splice(-1, 1, { written: before.written + written, isJoined: true })
    } else pieces.push({ written, isJoined: false })
  }
  return pieces
}

function isReadable(term: string): boolean {
  return parseSpf(`v=spf1 ${term}`).badTerms.length === 0
}

const REPAIRS: ((term: string) => string)[] = [
  (term) => term,
  (term) => term.replaceAll(/[^\x21-\x7e]|["']/g, '').replace(/[,;]{1,9}$/, ''),
  (term) => term.replace(/^([-+?~]?)ip(?:v?4|v4)[:=]/i, '$1ip4:').replace(/^([-+?~]?)ip(?:v?6|v6)[:=]/i, '$1ip6:'),
  (term) => term.replace(/^([-+?~]?)includes?[:=]/i, '$1include:'),
  (term) => (isIPv4(term) ? `ip4:${term}` : isIPv6(term) ? `ip6:${term}` : term),
]

/** Each repair builds on those before it; the first readable result counts. Returns null when none is. */
function repairTerm(written: string): string | null {
  if (written.length > TERM_LENGTH_MAX) return null
  let term = written
  for (const repair of REPAIRS) {
    term = repair(term)
    if (term !== '' && isReadable(term)) return term
  }
  return null
}

function dropRepeated(terms: string[]): string[] {
  const seen = new Set<string>()
  return terms.filter((term) => {
    const key = term.replace(/^\+/, '').toLowerCase()
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function chooseAll(ends: string[]): string {
  const weakest = QUALIFIERS.find((qualifier) => ends.some((end) => (/^[-+?~]/.exec(end)?.[0] ?? '+') === qualifier))
  return `${weakest ?? '~'}all`
}
