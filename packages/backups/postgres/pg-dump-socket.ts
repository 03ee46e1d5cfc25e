import type { Client } from 'pg'
import { getRawConnection } from '#backups/postgres/raw-connection'
import { hideRestrict, revealRestrict } from '#backups/postgres/restrict-lines'
import { encodeCString, createMessageReader, createRequestReader, buildMessage } from '#backups/postgres/wire-protocol'

const AUTHENTICATION_OK = buildMessage('R', Buffer.alloc(4))
const READY = buildMessage('Z', Buffer.from('I'))
const TERMINATE = 'X'

/** Collects the server's start-up parameters. Call it before the client connects. */
export function collectParameters(client: Client): Map<string, string> {
  const parameters = new Map<string, string>()
  getRawConnection(client).on('parameterStatus', (status) =>
    parameters.set(status.parameterName, status.parameterValue),
  )
  return parameters
}

/** A connected and authenticated session for pg_dump, which therefore needs neither password nor TLS. */
export interface PgDumpServer {
  parameters: Map<string, string>
  /** Sends one whole message; resolves to the complete answer, which may be empty. */
  ask(request: Buffer): Promise<Buffer>
  /** Rejects when the connection breaks. */
  broken: Promise<never>
  close(): void
}

/** Takes a connection over from node-postgres. */
export function lendClient(client: Client, parameters: Map<string, string>): PgDumpServer {
  const { stream } = getRawConnection(client)
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined) // It may break when no caller waits for it any more.
  let answered = Promise.withResolvers<Buffer>()
  let received: Buffer[] = []
  let isComplete = false
  const read = createMessageReader({
    onEnd: (type) => {
      if (type === 'Z') isComplete = true
    },
  })

  stream.removeAllListeners('data')
  stream.on('data', (chunk: Buffer) => {
    received.push(chunk)
    try {
      read(chunk)
    } catch (error) {
      broken.reject(error)
    }
    if (!isComplete) return
    isComplete = false
    answered.resolve(Buffer.concat(received))
    received = []
  })
  stream.on('error', (error) => broken.reject(error))
  stream.on('close', () => broken.reject(new Error('the connection was closed')))

  return {
    parameters,
    ask: (request) => {
      answered = Promise.withResolvers()
      stream.write(request)
      return ANSWERED.has(readType(request)) ? answered.promise : Promise.resolve(Buffer.alloc(0))
    },
    broken: broken.promise,
    close: () => stream.destroy(),
  }
}

/** Requests that the server ends with ReadyForQuery: a query, a sync, a function call. */
const ANSWERED = new Set(['Q', 'S', 'F'])

/**
 * Passes what pg_dump writes into its socket to a server, except its start-up message. pg_dump waits for an answer to
 * each piece that it writes; a piece may hold a part of a message, or several.
 */
export function createSocketServer(server: PgDumpServer): (piece: Buffer) => Promise<Buffer> {
  const wholeRequests = createRequestReader()
  return async (piece) => {
    const answers: Buffer[] = []
    for (const request of wholeRequests(piece)) {
      if (request[0] === 0) answers.push(startUpAnswer(server.parameters))
      else if (readType(request) !== TERMINATE) answers.push(hideRestrict(await server.ask(revealRestrict(request))))
    }
    return Buffer.concat(answers)
  }
}

function readType(request: Buffer): string {
  return request.toString('latin1', 0, 1)
}

function startUpAnswer(parameters: Map<string, string>): Buffer {
  const statuses = [...parameters].map(([name, value]) => buildMessage('S', encodeCString(name), encodeCString(value)))
  return Buffer.concat([AUTHENTICATION_OK, ...statuses, READY])
}
