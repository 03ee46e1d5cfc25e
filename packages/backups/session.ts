import { Socket } from 'node:net'
import { Client } from 'pg'
import { AppError, messageOf } from '#platform/errors'
import { ReadingSocket } from '#backups/reading-socket'

/**
 * What pg_dump sets, and what else changes how values are written. Both sides of a comparison use it, whatever the
 * server's, the database's and the role's defaults are.
 */
export const SESSION_SETTINGS = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  standard_conforming_strings: 'on', // the server reads a whole query by it before it runs the first statement
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  synchronize_seqscans: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  row_security: 'off', // an error, rather than rows filtered in silence
  search_path: '',
  client_min_messages: 'warning',
} as const

/** Long enough for an ordinary migration to end; a dump that waits longer fails and is tried again. */
const LOCK_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
/**
 * Of a session that asks for what the dump's first one holds already: only a migration can stand between, and it waits
 * for us, with every reader of the table behind it.
 */
export const SHARED_LOCK_TIMEOUT_MS = 3_000

export const SESSION_SQL = [
  ...Object.entries(SESSION_SETTINGS).map(
    ([name, value]) => `SELECT pg_catalog.set_config('${name}', '${value}', false)`,
  ),
  `SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
].join(';\n')

/** `prepare` sees the client before it connects. @throws AppError DATABASE_UNAVAILABLE */
export async function openClient(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  return connectAsAsked(databaseUrl, prepare).catch(doesNotAnswer)
}

function doesNotAnswer(cause: unknown): never {
  throw new AppError('DATABASE_UNAVAILABLE', `the database does not answer: ${messageOf(cause)}`, { cause })
}

/** With `sslmode=prefer`, a server without TLS is no error. */
async function connectAsAsked(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  const [first, second] = connectionUrls(databaseUrl)
  try {
    return await connect(first, prepare)
  } catch (error) {
    if (second === undefined || messageOf(error) !== NO_TLS) throw error
    return connect(second, prepare)
  }
}

async function connect(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  const client = newClient(databaseUrl)
  prepare?.(client)
  await client.connect()
  try {
    await liftStatementTimeout(client)
    await client.query(KEEPALIVE_SQL)
  } catch (error) {
    await client.end()
    throw error
  }
  return client
}

/**
 * A machine that is gone, as a frozen function's, says no goodbye: the server looks after a minute, and lets go of the
 * locks and the snapshot a minute later. Its own default is two hours.
 */
const KEEPALIVE_SQL = `SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 6`
/** The same the other way round. */
const KEEPALIVE_AFTER_MS = 30_000

const CANCELLED = '57014'
const TRIES = 10

/**
 * A database's own limit may be a millisecond, which cuts off even the first thing that pg_dump asks, or this, or what
 * comes after it: a timer that ran out as this ended still strikes.
 */
async function liftStatementTimeout(client: Client): Promise<void> {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      await client.query('SET statement_timeout = 0')
      await client.query('SELECT 1')
      return
    } catch (error) {
      if (tries === 1 || (error as { code?: string }).code !== CANCELLED) throw error
    }
  }
}

/** In node-postgres's words. */
const NO_TLS = 'The server does not support SSL connections'

/**
 * `sslmode` as every other program of Postgres reads it: `require` encrypts and verifies nothing unless there is a
 * `sslrootcert`; `verify-ca` and `verify-full` verify. Left alone, node-postgres takes them all for `verify-full`.
 */
function connectionUrls(databaseUrl: string): [first: string, second?: string] {
  if (!databaseUrl.includes('sslmode=')) return [databaseUrl]
  const withMode = (mode: string) => {
    const url = new URL(databaseUrl)
    url.searchParams.set('sslmode', mode)
    url.searchParams.set('uselibpqcompat', 'true')
    return url.href
  }
  const mode = new URL(databaseUrl).searchParams.get('sslmode') ?? ''
  if (mode === 'no-verify') return [databaseUrl] // node-postgres's own word for `require`
  if (mode === 'prefer' || mode === 'allow') return [withMode('prefer'), withMode('disable')]
  return [withMode(mode)]
}

/** A session with the settings above. @throws AppError DATABASE_UNAVAILABLE */
export async function openSession(databaseUrl: string): Promise<Client> {
  const client = await openClient(databaseUrl)
  try {
    await client.query(SESSION_SQL)
  } catch (error) {
    await client.end()
    doesNotAnswer(error)
  }
  return client
}

/** A connection that breaks rejects what waits for it and raises nothing else. */
function newClient(databaseUrl: string): Client {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'hunter-backup',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    stream: newSocket as () => Socket, // its types leave out what it is called with
  })
  client.on('error', () => undefined)
  const database = databaseOf(databaseUrl)
  // node-postgres leaves %3B and the like in a name as they are
  if (database !== '') (client as unknown as ParsedClient).connectionParameters.database = database
  return client
}

/** TLS reads from the connection by itself. */
function newSocket({ ssl }: { ssl: unknown }): Socket {
  return ssl ? new Socket() : new ReadingSocket()
}

/** Parts of node-postgres's client that its types leave out. */
interface ParsedClient {
  connectionParameters: { database: string }
}

export function databaseOf(databaseUrl: string): string {
  return decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
}

export function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
