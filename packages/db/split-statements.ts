/** SQL text as single statements, for what must run one by one. */

export interface Statement {
  /** The statement without its semicolon and the comments before it. */
  sql: string
  /** Where it begins, counted from 1. */
  line: number
}

/** What a semicolon means nothing in, each from where it opens. Order matters: `E'` before `'`. */
const OPAQUE = [
  /--[^\n]*/y,
  /\/\*/y, // may nest: see blockEnd
  /[eE]'(?:[^'\\]|''|\\[\s\S])*'/y,
  /'(?:[^']|'')*'/y,
  /"(?:[^"]|"")*"/y,
  /\$(?:[A-Za-z_]\w*)?\$/y, // ends with itself: see dollarEnd
  /[A-Za-z_][\w$]*/y, // a word may hold a dollar sign
]

export function splitStatements(text: string): Statement[] {
  const statements: Statement[] = []
  let start: number | undefined
  const close = (end: number) => {
    if (start !== undefined) statements.push({ sql: text.slice(start, end).trim(), line: countLine(text, start) })
    start = undefined
  }
  for (let at = 0; at < text.length;) {
    const end = findOpaqueEnd(text, at)
    const isComment = text.startsWith('--', at) || text.startsWith('/*', at)
    if (text[at] === ';') close(at)
    else if (!isComment && start === undefined && !/\s/.test(text[at] ?? '')) start = at
    at = end ?? at + 1
  }
  close(text.length)
  return statements
}

function findOpaqueEnd(text: string, at: number): number | undefined {
  for (const pattern of OPAQUE) {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined) continue
    if (found === '/*') return findBlockEnd(text, at)
    return found.startsWith('$') ? findDollarEnd(text, at, found) : at + found.length
  }
  return undefined
}

function findBlockEnd(text: string, at: number): number {
  const edge = /\/\*|\*\//g
  edge.lastIndex = at
  let depth = 0
  for (let found = edge.exec(text); found; found = edge.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return text.length
}

function findDollarEnd(text: string, at: number, tag: string): number {
  const end = text.indexOf(tag, at + tag.length)
  return end === -1 ? text.length : end + tag.length
}

function countLine(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}
