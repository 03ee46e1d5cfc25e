/** Cuts a member's statements into batches: one transaction with thousands of objects takes more locks than a server has. */
import type { Member } from '#backups/format/manifest'

/** Text in quotes of any kind, and comments: what looks like a boundary in there is none. */
const QUOTED = String.raw`\b[eE]'(?:[^'\\]|\\[^])*'|'[^']*'|"[^"]*"|(?<![\w$])\$(?<tag>\w*)\$[^]*?\$\k<tag>\$|/\*[^]*?\*/`
/** Before pg_dump's announcement of an entry: a body of SQL may hold more than one statement, but no comment. */
const ENTRY = String.raw`(?<boundary>^)--\n-- (?:Name|Data for Name): [^\n]*\n`
const STATEMENT = String.raw`;\n(?<boundary>)`
const COMMENT = String.raw`--[^\n]*`

const ENTRIES = new RegExp(`${QUOTED}|${ENTRY}|${COMMENT}`, 'gm')
const STATEMENTS = new RegExp(`${QUOTED}|${COMMENT}|${STATEMENT}`, 'g')

/** Each takes some six locks: a table, its long values, their index, its key, its sequence and what it refers to. */
const ENTRIES_PER_BATCH = 200

/** Batches that say the same, one after the other, as the whole: in one session, whose settings stay. */
export function batchesOf(kind: Member['kind'], sql: string): string[] {
  if (kind === 'large-objects') return [sql] // some megabytes at most
  const cuts = boundariesIn(sql, kind === 'sequences' ? STATEMENTS : ENTRIES).filter(
    (_at, index) => index % ENTRIES_PER_BATCH === 0,
  )
  const starts = [0, ...cuts.filter((at) => at > 0)]
  return starts.map((start, index) => sql.slice(start, starts[index + 1]))
}

function boundariesIn(sql: string, tokens: RegExp): number[] {
  const boundaries: number[] = []
  for (const { index, 0: token, groups } of sql.matchAll(tokens)) {
    if (groups?.['boundary'] === undefined) continue
    boundaries.push(token.startsWith('--') ? index : index + token.length)
  }
  return boundaries
}
