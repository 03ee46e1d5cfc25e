import { type DdlEntry, mapEntries } from '#backups/postgres/pg-dump-entries'
import { NOT_NULL, rewriteInheritedNotNull } from '#backups/postgres/not-null'

/** Version of the dumped server, and of the server that will run the text. */
export interface Majors {
  source: number
  target: number
}

/** First versions that know each word that pg_dump 18 writes. */
const SINCE = { notNullConstraints: 18, transactionTimeout: 17, runAsOwner: 16, unloggedSequences: 15, streaming: 14 }

const TRANSACTION_TIMEOUT = /^SET transaction_timeout = 0;\n/m
const PERSISTENCE = /( AS IDENTITY \(\n {4}SEQUENCE NAME [^\n]*)\n {4}(?:UN)?LOGGED\n/
/** Options at the end of CREATE SUBSCRIPTION, after its connection string. */
const OPTIONS =
  /^(?<before>[\s\S]* WITH \(connect = false, slot_name = (?:NONE|'[^']*'))(?<options>[^\n]*)(?<after>\);\n)/

/** Removes what the server does not know from pg_dump's text, so that the source's own version can run it. */
export function toPortableSql(sql: string, serverMajor: number): string {
  const known = serverMajor >= SINCE.transactionTimeout ? sql : sql.replace(TRANSACTION_TIMEOUT, '')
  const isKnown = serverMajor >= (NOT_NULL.test(known) ? SINCE.notNullConstraints : SINCE.runAsOwner)
  return isKnown ? known : mapEntries(known, (entry) => knownEntry(entry, serverMajor))
}

function knownEntry(entry: DdlEntry, serverMajor: number): string {
  const { type, sql } = entry
  if (type === 'TABLE') return rewriteInheritedNotNull(sql)
  if (type === 'SEQUENCE' && serverMajor < SINCE.unloggedSequences) return sql.replace(PERSISTENCE, '$1\n')
  if (type !== 'SUBSCRIPTION') return sql
  return withOptions(sql, (options) => {
    const owned = options.replace(', run_as_owner = true', '')
    return serverMajor < SINCE.streaming ? owned.replace(', streaming = off', '') : owned
  })
}

/**
 * Adapts a dump's text to another server: removes what that one does not know, and spells out the old server's only
 * behaviour where the default has changed.
 */
export function adaptToServer(sql: string, { source, target }: Majors): string {
  const known = toPortableSql(sql, target)
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
