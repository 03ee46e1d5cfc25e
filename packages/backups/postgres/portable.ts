import { type DdlEntry, mapEntries } from '#backups/postgres/pg-dump-entries'
import { NOT_NULL, withColumnNotNull } from '#backups/postgres/not-null'

/** The server that was dumped, and the one that the text is for. */
export interface Majors {
  source: number
  target: number
}

/** Since these versions a server knows the words that pg_dump 18 writes for each that it reads. */
const SINCE = { notNullConstraints: 18, transactionTimeout: 17, runAsOwner: 16, unloggedSequences: 15, streaming: 14 }

const TRANSACTION_TIMEOUT = /^SET transaction_timeout = 0;\n/m
const PERSISTENCE = /( AS IDENTITY \(\n {4}SEQUENCE NAME [^\n]*)\n {4}(?:UN)?LOGGED\n/
/** The options at the end of CREATE SUBSCRIPTION; its connection string stands before them. */
const OPTIONS =
  /^(?<before>[\s\S]* WITH \(connect = false, slot_name = (?:NONE|'[^']*'))(?<options>[^\n]*)(?<after>\);\n)/

/** pg_dump's text without what the server does not know, such as that which it was read from. */
export function portable(sql: string, serverMajor: number): string {
  const known = serverMajor >= SINCE.transactionTimeout ? sql : sql.replace(TRANSACTION_TIMEOUT, '')
  const isKnown = serverMajor >= (NOT_NULL.test(known) ? SINCE.notNullConstraints : SINCE.runAsOwner)
  return isKnown ? known : mapEntries(known, (entry) => knownEntry(entry, serverMajor))
}

function knownEntry(entry: DdlEntry, serverMajor: number): string {
  const { type, sql } = entry
  if (type === 'TABLE') return withColumnNotNull(sql)
  if (type === 'SEQUENCE' && serverMajor < SINCE.unloggedSequences) return sql.replace(PERSISTENCE, '$1\n')
  if (type !== 'SUBSCRIPTION') return sql
  return withOptions(sql, (options) => {
    const owned = options.replace(', run_as_owner = true', '')
    return serverMajor < SINCE.streaming ? owned.replace(', streaming = off', '') : owned
  })
}

/**
 * A dump's text for another server: without what that one does not know, and with the words for what was the only way
 * on the old one and is no longer the default.
 */
export function fitTo(sql: string, { source, target }: Majors): string {
  const known = portable(sql, target)
  if (source >= SINCE.runAsOwner || target <= source) return known
  return mapEntries(known, (entry) => {
    if (entry.type !== 'SUBSCRIPTION') return entry.sql
    return withOptions(entry.sql, (options) => oldWays(options, { source, target }))
  })
}

function oldWays(options: string, { source, target }: Majors): string {
  const streams = source < SINCE.streaming && target >= SINCE.streaming && !options.includes(', streaming = ')
  const streamed = streams ? `, streaming = off${options}` : options
  if (target < SINCE.runAsOwner || streamed.includes(', run_as_owner = ')) return streamed
  const [known, commit] = splitAt(streamed, ', synchronous_commit = ')
  return `${known}, run_as_owner = true${commit}`
}

function splitAt(text: string, word: string): [string, string] {
  const at = text.indexOf(word)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

function withOptions(sql: string, change: (options: string) => string): string {
  const { before, options, after } = OPTIONS.exec(sql)?.groups ?? {}
  if (before === undefined || options === undefined || after === undefined) return sql
  return before + change(options) + after + sql.slice(before.length + options.length + after.length)
}
