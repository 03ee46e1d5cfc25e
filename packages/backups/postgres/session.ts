/**
 * Owns the backups' connections to Postgres: sessions, settings, the wire protocol, and pg_dump. This file opens a
 * session.
 */
import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { getErrorMessage } from '#platform/errors'
import { refuseTransactionMode, resetAtEnd } from '#platform/pooler'
import { ServerClient } from '#platform/server-client'
import { getRawConnection } from '#backups/postgres/raw-connection'
import { getErrorCode, toConnectionFailure } from '#backups/postgres/connection-failure'
import { ReadingSocket } from '#backups/postgres/reading-socket'
import { buildLimitOptions, SESSION_SQL } from '#backups/postgres/session-settings'
import { resolveTlsMode } from '#backups/postgres/tls-mode'

const CONNECT_TIMEOUT_MS = 10_000
/** Keepalives detect a dead peer on our side, as the server's do on its side. */
const KEEPALIVE_AFTER_MS = 30_000
/**
 * Lock timeout of a session that wants a lock that the dump's first session holds: only a migration can be in between,
 * which waits for us and blocks every reader of the table.
 */
export const SHARED_LOCK_TIMEOUT_MS = 3_000

/**
 * Opens a session with our settings. `prepare` gets the client before it connects. @throws AppError
 * DATABASE_UNAVAILABLE, TRANSACTION_POOLER
 */
export async function openSession(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  const [first, second] = resolveTlsMode(databaseUrl)
  try {
    return await openOnceReady(first, prepare).catch((error: unknown) => {
      // `sslmode=prefer` allows a server without TLS.
      if (second === undefined || getErrorMessage(error) !== NO_TLS) throw error
      return openOnceReady(second, prepare)
    })
  } catch (error) {
    throw toConnectionFailure(error, databaseUrl)
  }
}

/** node-postgres's message. */
const NO_TLS = 'The server does not support SSL connections'

const STARTING_UP = '57P03'
const STARTS_WITHIN_TRIES = 20
const TRY_AGAIN_AFTER_MS = 500

/** Retries only while a server starts up: any other refusal is permanent. */
async function openOnceReady(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  for (let tries = STARTS_WITHIN_TRIES; ; tries -= 1) {
    try {
      return await openUnlimited(databaseUrl, prepare)
    } catch (error) {
      if (getErrorCode(error) !== STARTING_UP || tries === 1) throw error
      await pause(TRY_AGAIN_AFTER_MS)
    }
  }
}

/**
 * Lifts the limits with the start-up message when one is so short that it ends the session before the first statement.
 */
async function openUnlimited(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  const { client, serverMajor } = await connect(databaseUrl, { prepare })
  try {
    return await applySettings(client, databaseUrl)
  } catch (error) {
    if (!ENDED_BY_LIMIT.test(getErrorCode(error) || getErrorMessage(error))) throw error
    const again = await connect(databaseUrl, { prepare, options: buildLimitOptions(serverMajor()) })
    return applySettings(again.client, databaseUrl)
  }
}

/**
 * SQLSTATEs of such an end, and messages of the socket and of node-postgres for a session that ended between two
 * statements.
 */
const ENDED_BY_LIMIT = /^(?:25P0[34]|57P05|EPIPE|ECONNRESET|Connection terminated|Client has encountered)/

async function applySettings(client: Client, databaseUrl: string): Promise<Client> {
  const openAnother = async () => (await connect(databaseUrl, {})).client
  try {
    const isPooled = await unlessCancelled(() => refuseTransactionMode(client, openAnother))
    await unlessCancelled(async () => {
      await client.query('SET statement_timeout = 0')
      await client.query('SELECT 1')
    })
    await client.query(SESSION_SQL)
    if (isPooled) resetAtEnd(client)
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}

const CANCELLED = '57014'
const TRIES = 10

/**
 * Retries a cancelled statement. A database's limit may be a millisecond, which also hits our statement that lifts it,
 * and a timer that has just expired may still cancel the next one.
 */
async function unlessCancelled<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === 1 || getErrorCode(error) !== CANCELLED) throw error
    }
  }
}

interface Connecting {
  prepare?: ((client: Client) => void) | undefined
  /** Options in libpq's form, `-c name=value`, after those of the URL. */
  options?: string | undefined
}

async function connect(databaseUrl: string, { prepare, options }: Connecting) {
  const client = newClient(databaseUrl, options)
  let version = ''
  getRawConnection(client).on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'server_version') version = parameterValue
  })
  prepare?.(client)
  await client.connect()
  return { client, serverMajor: () => Number.parseInt(version, 10) }
}

/** A broken connection rejects pending queries and emits no unhandled error. */
function newClient(databaseUrl: string, options: string | undefined): Client {
  const client = new ServerClient({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'hunter-backup',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    stream: newSocket as () => Socket, // The types omit the parameter.
  })
  client.on('error', () => undefined)
  const { connectionParameters } = client as unknown as ParsedClient
  const database = getDatabaseName(databaseUrl)
  // node-postgres leaves %3B and similar escapes in a name undecoded.
  if (database !== '') connectionParameters.database = database
  if (options !== undefined) {
    connectionParameters.options = [connectionParameters.options, options].filter(Boolean).join(' ')
  }
  return client
}

/** TLS reads from the connection by itself, so it needs a plain socket. */
function newSocket({ ssl }: { ssl: unknown }): Socket {
  return ssl ? new Socket() : new ReadingSocket()
}

/** Members of node-postgres's client that its types omit. */
interface ParsedClient {
  connectionParameters: { database: string; options?: string }
}

export function getDatabaseName(databaseUrl: string): string {
  return decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
}

export function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
