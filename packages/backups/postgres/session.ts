import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { messageOf } from '#platform/errors'
import { refuseTransactionMode, resetAtEnd } from '#platform/pooler'
import { ServerClient } from '#platform/server-client'
import { rawConnection } from '#backups/postgres/raw-connection'
import { codeOf, connectionFailure } from '#backups/postgres/connection-failure'
import { ReadingSocket } from '#backups/postgres/reading-socket'
import { limitOptions, SESSION_SQL } from '#backups/postgres/session-settings'
import { urlsByTlsMode } from '#backups/postgres/tls-mode'

const CONNECT_TIMEOUT_MS = 10_000
/** A connection whose other end is gone is noticed, as the server notices it. */
const KEEPALIVE_AFTER_MS = 30_000
/**
 * Of a session that asks for what the dump's first one holds already: only a migration can stand between, and it waits
 * for us, with every reader of the table behind it.
 */
export const SHARED_LOCK_TIMEOUT_MS = 3_000

/**
 * A session with the settings of ours. `prepare` sees the client before it connects.
 * @throws AppError DATABASE_UNAVAILABLE, TRANSACTION_POOLER
 */
export async function openSession(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  const [first, second] = urlsByTlsMode(databaseUrl)
  try {
    return await openOnceReady(first, prepare).catch((error: unknown) => {
      // with `sslmode=prefer`, a server without TLS is no error
      if (second === undefined || messageOf(error) !== NO_TLS) throw error
      return openOnceReady(second, prepare)
    })
  } catch (error) {
    throw connectionFailure(error, databaseUrl)
  }
}

/** In node-postgres's words. */
const NO_TLS = 'The server does not support SSL connections'

const STARTING_UP = '57P03'
const STARTS_WITHIN_TRIES = 20
const TRY_AGAIN_AFTER_MS = 500

/** Only a server that starts up is tried again: whatever else it refuses, it refuses again. */
async function openOnceReady(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  for (let tries = STARTS_WITHIN_TRIES; ; tries -= 1) {
    try {
      return await openUnlimited(databaseUrl, prepare)
    } catch (error) {
      if (codeOf(error) !== STARTING_UP || tries === 1) throw error
      await pause(TRY_AGAIN_AFTER_MS)
    }
  }
}

/** A limit may be so short that it ends the session before any statement: then the first message lifts it. */
async function openUnlimited(databaseUrl: string, prepare?: (client: Client) => void): Promise<Client> {
  const { client, serverMajor } = await connect(databaseUrl, { prepare })
  try {
    return await applySettings(client, databaseUrl)
  } catch (error) {
    if (!ENDED_BY_LIMIT.test(codeOf(error) || messageOf(error))) throw error
    const again = await connect(databaseUrl, { prepare, options: limitOptions(serverMajor()) })
    return applySettings(again.client, databaseUrl)
  }
}

/** By SQLSTATE, or in the words of the socket and of node-postgres for a session that ended between two statements. */
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
 * A database's own limit may be a millisecond, which cuts off even the first thing that pg_dump asks, or this, or what
 * comes after it: a timer that ran out as this ended still strikes.
 */
async function unlessCancelled<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === 1 || codeOf(error) !== CANCELLED) throw error
    }
  }
}

interface Connecting {
  prepare?: ((client: Client) => void) | undefined
  /** As libpq takes them: `-c name=value`, after those of the URL. */
  options?: string | undefined
}

async function connect(databaseUrl: string, { prepare, options }: Connecting) {
  const client = newClient(databaseUrl, options)
  let version = ''
  rawConnection(client).on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'server_version') version = parameterValue
  })
  prepare?.(client)
  await client.connect()
  return { client, serverMajor: () => Number.parseInt(version, 10) }
}

/** A connection that breaks rejects what waits for it and raises nothing else. */
function newClient(databaseUrl: string, options: string | undefined): Client {
  const client = new ServerClient({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'hunter-backup',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    stream: newSocket as () => Socket, // its types leave out what it is called with
  })
  client.on('error', () => undefined)
  const { connectionParameters } = client as unknown as ParsedClient
  const database = databaseOf(databaseUrl)
  // node-postgres leaves %3B and the like in a name as they are
  if (database !== '') connectionParameters.database = database
  if (options !== undefined) {
    connectionParameters.options = [connectionParameters.options, options].filter(Boolean).join(' ')
  }
  return client
}

/** TLS reads from the connection by itself. */
function newSocket({ ssl }: { ssl: unknown }): Socket {
  return ssl ? new Socket() : new ReadingSocket()
}

/** Parts of node-postgres's client that its types leave out. */
interface ParsedClient {
  connectionParameters: { database: string; options?: string }
}

export function databaseOf(databaseUrl: string): string {
  return decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
}

export function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
