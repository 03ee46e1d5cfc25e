/** One object's definition in pg_dump's output, with the comment that announces it. */
export interface DdlEntry {
  /** Example: `TABLE`, `FK CONSTRAINT`, `MATERIALIZED VIEW DATA`. */
  type: string
  schema: string
  name: string
  /** The statements, including the comment. */
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
 * Splits pg_dump's plain output into its entries, in order. pg_dump replaces line breaks of names in its comments. A
 * function's body that imitates a comment only moves text from one entry to the next: nothing is lost.
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

/** Rewrites each entry and keeps everything else; drops pg_dump's closing comment when there are entries. */
export function mapEntries(sql: string, change: (entry: DdlEntry) => string): string {
  const { preamble, entries } = readDdl(sql)
  return entries.length === 0 ? sql : preamble + entries.map(change).join('')
}
