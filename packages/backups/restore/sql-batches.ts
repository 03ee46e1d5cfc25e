/**
 * Cuts a member's statements into batches: one transaction with thousands of objects takes more locks than a server
 * has.
 */
import type { Member } from '#backups/format/manifest'

/** Quoted text of any kind, and comments: they may contain text that looks like a boundary. */
const QUOTED = String.raw`\b[eE]'(?:[^'\\]|\\[^])*'|'[^']*'|"[^"]*"|(?<![\w$])\$(?<tag>\w*)\$[^]*?\$\k<tag>\$|/\*[^]*?\*/`
/** pg_dump's announcement of an entry. A function's body may hold several statements, but not this comment. */
const ENTRY = String.raw`(?<boundary>^)--\n-- (?:Name|Data for Name): [^\n]*\n`
const STATEMENT = String.raw`;\n(?<boundary>)`
const COMMENT = String.raw`--[^\n]*`

const ENTRIES = new RegExp(`${QUOTED}|${ENTRY}|${COMMENT}`, 'gm')
const STATEMENTS = new RegExp(`${QUOTED}|${COMMENT}|${STATEMENT}`, 'g')

/**
 * An entry takes some six locks: a table, its TOAST table, that one's index, its key, its sequence and the table it
 * refers to.
 */
const ENTRIES_PER_BATCH = 200

/** Returns batches that together equal the whole. Run them in one session, so that settings persist. */
export function splitBatches(kind: Member['kind'], sql: string): string[] {
  if (kind === 'large-objects') return [sql] // a few megabytes at most
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
