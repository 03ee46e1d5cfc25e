/** One object's definition in pg_dump's output, under the comment that announces it. */
export interface DdlEntry {
  /** Such as `TABLE`, `FK CONSTRAINT`, `MATERIALIZED VIEW DATA`. */
  type: string
  schema: string
  name: string
  /** The statements, comment included. */
  sql: string
}

export interface DdlScript {
  /** The settings before the first entry. */
  preamble: string
  entries: DdlEntry[]
}

const ANNOUNCEMENT = /^--\n-- Name: (?<name>.*); Type: (?<type>[A-Z][A-Z ]*); Schema: (?<schema>.*); Owner: .*\n--\n/gm
const CLOSING = /\n--\n-- PostgreSQL database dump complete\n--\s*$/

/**
 * Cuts pg_dump's plain output into its entries, in its order. pg_dump puts line breaks in names out of its comments,
 * and a function's body that imitates one only moves text from one entry to a next: nothing is lost.
 */
export function readDdl(sql: string): DdlScript {
  const text = sql.replace(CLOSING, '\n')
  const starts = [...text.matchAll(ANNOUNCEMENT)]
  const entries = starts.map((start, index) => ({
    name: start.groups?.['name'] ?? '',
    type: start.groups?.['type'] ?? '',
    schema: start.groups?.['schema'] ?? '',
    sql: text.slice(start.index, starts[index + 1]?.index),
  }))
  return { preamble: text.slice(0, starts[0]?.index), entries }
}

export function writeDdl({ preamble, entries }: DdlScript): string {
  return preamble + entries.map((entry) => entry.sql).join('')
}

/** Each entry's text changed, and all else as it was; but for pg_dump's closing comment, when there are entries. */
export function mapEntries(sql: string, change: (entry: DdlEntry) => string): string {
  const { preamble, entries } = readDdl(sql)
  return entries.length === 0 ? sql : preamble + entries.map(change).join('')
}
