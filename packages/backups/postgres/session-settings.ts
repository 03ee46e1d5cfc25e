/** The settings of every session of ours, whatever the server's, the database's and the role's own are. */

/**
 * Limits that would end a session or a statement while it waits for the store, a worker or a lock. A server leaves out
 * those that it does not know: `idle_session_timeout` came with 14, `transaction_timeout` with 17.
 */
const LIMITS = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: '0',
  tcp_user_timeout: '0',
  // A machine that is gone, as a frozen function's, says no goodbye: the server looks after a minute, and lets go of the
  // locks and the snapshot a minute later. Its own default is two hours.
  tcp_keepalives_idle: '60',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '6',
} as const

/** The version that each limit came with, where not all that we support have it. */
const SINCE: Record<string, number> = { idle_session_timeout: 14, transaction_timeout: 17 }

/** What pg_dump sets, and what else changes how values are written, read back or understood. */
const VALUES = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  standard_conforming_strings: 'on', // the server reads a whole query by it before it runs the first statement
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  search_path: '',
  client_min_messages: 'warning',
} as const

/** What changes which rows are read, where objects go, or whether we may write at all. */
const BEHAVIOUR = {
  row_security: 'off', // an error, rather than rows filtered in silence
  synchronize_seqscans: 'off',
  enable_tidscan: 'on', // parts of a table are ranges of pages
  gin_fuzzy_search_limit: '0', // a materialized view would be filled from some of the rows
  zero_damaged_pages: 'off', // a damaged page is an error, and not an empty one
  ignore_checksum_failure: 'off',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  default_tablespace: '',
  default_table_access_method: 'heap',
  check_function_bodies: 'off',
  restrict_nonsystem_relation_kind: '',
  exit_on_error: 'off',
} as const

/** Long enough for an ordinary migration to end; a dump that waits longer fails and is tried again. */
const LOCK_TIMEOUT_MS = 30_000

export const SESSION_SETTINGS = { ...LIMITS, ...VALUES, ...BEHAVIOUR, lock_timeout: `${LOCK_TIMEOUT_MS}` } as const

/**
 * Sets what the server knows and has otherwise: only a superuser may set some of them, and nobody has to where they are
 * as they should be. Operators are named in full, because the search path may still be anybody's.
 */
export const SESSION_SQL = `
  SELECT pg_catalog.set_config(s.name, v.value, false)
  FROM (VALUES ${Object.entries(SESSION_SETTINGS)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) AS v (name, value)
  JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) pg_catalog.lower(v.name)
  WHERE s.setting OPERATOR(pg_catalog.<>) v.value`

/** As a connection's first message takes them, for limits so short that they would strike before any statement. */
export function limitOptions(serverMajor: number): string {
  const known = Object.keys(LIMITS).filter((name) => name.endsWith('timeout') && (SINCE[name] ?? 0) <= serverMajor)
  return known.map((name) => `-c ${name}=0`).join(' ')
}
