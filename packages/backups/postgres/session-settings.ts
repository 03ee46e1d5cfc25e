/** Settings of every session that we open. They override the server's, the database's and the role's. */

/**
 * Limits that would end a session or a statement while it waits for the store, a worker or a lock. Older servers lack
 * some: `idle_session_timeout` came with 14, `transaction_timeout` with 17.
 */
const LIMITS = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: '0',
  tcp_user_timeout: '0',
  // A frozen Lambda never closes its socket. Keepalives let the server notice within two minutes and release the locks
  // and the snapshot; its own default is two hours.
  tcp_keepalives_idle: '60',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '6',
} as const

/** First version of each limit that some supported versions lack. */
const SINCE: Record<string, number> = { idle_session_timeout: 14, transaction_timeout: 17 }

/** Settings that pg_dump sets, and others that change how values are written, read back or interpreted. */
const VALUES = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  standard_conforming_strings: 'on', // The server parses a whole query under it before it runs the first statement.
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  search_path: '',
  client_min_messages: 'warning',
} as const

/** Settings that change which rows are read, where objects are created, or whether writing is allowed. */
const BEHAVIOUR = {
  row_security: 'off', // An error instead of silently filtered rows.
  synchronize_seqscans: 'off',
  enable_tidscan: 'on', // Parts of a table are ranges of pages.
  gin_fuzzy_search_limit: '0', // A limit would fill a materialized view from some of the rows.
  zero_damaged_pages: 'off', // A damaged page is an error, not an empty page.
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

/** Long enough for an ordinary migration to end; a dump that waits longer fails and is retried. */
const LOCK_TIMEOUT_MS = 30_000

export const SESSION_SETTINGS = { ...LIMITS, ...VALUES, ...BEHAVIOUR, lock_timeout: `${LOCK_TIMEOUT_MS}` } as const

/**
 * Sets only the settings that the server knows and that differ: some need a superuser, which is unnecessary where the
 * value is right already. Operators are schema-qualified, because the search path is not set yet.
 */
export const SESSION_SQL = `
  SELECT pg_catalog.set_config(s.name, v.value, false)
  FROM (VALUES ${Object.entries(SESSION_SETTINGS)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) AS v (name, value)
  JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) pg_catalog.lower(v.name)
  WHERE s.setting OPERATOR(pg_catalog.<>) v.value`

/** Builds start-up options, for limits so short that they would strike before the first statement. */
export function buildLimitOptions(serverMajor: number): string {
  const known = Object.keys(LIMITS).filter((name) => name.endsWith('timeout') && (SINCE[name] ?? 0) <= serverMajor)
  return known.map((name) => `-c ${name}=0`).join(' ')
}
